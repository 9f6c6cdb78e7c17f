"""Who may do what with routing in the console: a table, walked over real requests."""

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from feedback import Report, accept, reassign
from feedback.accounts import ROLES, add_staff
from feedback.bounces import take_back
from feedback.console import mount_console
from feedback.lifecycle import change as move
from feedback.lifecycle import change_work_order
from feedback.routing import RoutingRule, save_rule
from storage import reading, writing

PASSWORD = "a long password"


class Staff(TestClient):
    """A member of staff who is logged in."""

    def __init__(self, role: str) -> None:
        app = FastAPI()
        mount_console(app, lambda conversation_id: [])
        super().__init__(app, follow_redirects=False)
        with writing() as session:
            add_staff(session, role, role, PASSWORD)
        self.get("/console/login")
        self.submit("/console/login", username=role, password=PASSWORD)

    def submit(self, url: str, **form):
        return self.post(url, data=form, headers={"X-CSRFToken": self.cookies["starlette_admin_csrftoken"]})

    def act(self, name: str, report_id: int, **form):
        return self.submit(f"/console/_api/report/row-action?pk={report_id}&name={name}", **form)


@pytest.fixture
def staff(database):
    return Staff


@pytest.fixture
def bounced(filed, change):
    """A report that came back so many times."""

    def bounce(times: int) -> int:
        report_id = filed()
        change(report_id, accept, "甲")
        for count in range(times):
            change(report_id, _return)
            if count + 1 < times:
                change(report_id, reassign, "甲")
        return report_id

    def _return(session, report: Report) -> None:
        order = report.work_orders[-1]
        order.external_id = f"{report.id}-{order.id}"
        move(report, "dispatch", "派单系统")
        change_work_order(order, "give_back")
        take_back(order, "不归我们")

    return bounce


@pytest.fixture
def rule_id(database) -> int:
    with writing() as session:
        return save_rule(session, {"level": "district", "category": "road", "department": "路灯所"}, "甲").id


RULE = {"category": "greening", "district": "徐汇区", "level": "district", "department": "绿化所", "active": "on"}
RULING = {"department": "水务局", "reason": "管线是他们的"}
EVERYBODY = frozenset(ROLES)
COORDINATORS = frozenset({"coordinator", "admin"})
# What is done, who may, the status for who may, the status for who may not.
PERMISSIONS = [
    ("look", EVERYBODY, 200, 403),
    ("create", COORDINATORS, 303, 403),
    ("edit", COORDINATORS, 303, 403),
    ("delete", COORDINATORS, 200, 400),
    ("reject", EVERYBODY, 200, 400),
    ("reassign", EVERYBODY, 200, 400),
    ("adjudicate", COORDINATORS, 200, 400),
]


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize(("verb", "allowed", "yes", "no"), PERMISSIONS)
def test_permissions(staff, bounced, rule_id, role, verb, allowed, yes, no):
    person = staff(role)
    page = "/console/routing-rule"
    do = {
        "look": lambda: person.get(f"{page}/list"),
        "create": lambda: person.submit(f"{page}/create", **RULE),
        "edit": lambda: person.submit(f"{page}/edit?pk={rule_id}", **RULE),
        "delete": lambda: person.submit(f"/console/_api/routing-rule/row-action?pk={rule_id}&name=delete"),
        "reject": lambda: person.act("reject", bounced(1), reason="", rule="court"),
        "reassign": lambda: person.act("reassign", bounced(1), department="水务局"),
        "adjudicate": lambda: person.act("adjudicate", bounced(2), **RULING),
    }[verb]
    assert do().status_code == (yes if role in allowed else no)


def test_nobody_looks_at_the_rules_without_logging_in(database):
    app = FastAPI()
    mount_console(app, lambda conversation_id: [])
    answer = TestClient(app, follow_redirects=False).get("/console/routing-rule/list")
    assert answer.status_code == 303
    assert "/login" in answer.headers["location"]


def test_a_rule_is_made_and_changed_in_the_console_with_the_name_of_who_did(staff):
    coordinator = staff("coordinator")
    coordinator.submit("/console/routing-rule/create", **RULE, supporters="水务局\r\n\r\n{district}城管 ")
    with reading() as session:
        rule = session.query(RoutingRule).one()
        assert (rule.department, rule.supporters, rule.active) == ("绿化所", ["水务局", "{district}城管"], True)
        assert rule.updated_by == "工作人员 coordinator"
    coordinator.submit(f"/console/routing-rule/edit?pk={rule.id}", **(RULE | {"category": "", "active": ""}))
    with reading() as session:
        rule = session.query(RoutingRule).one()
        assert (rule.category, rule.supporters, rule.active) == ("", [], False)


def test_a_rule_for_a_place_that_is_none_is_refused_with_words(staff):
    answer = staff("admin").submit("/console/routing-rule/create", **(RULE | {"subdistrict": "陆家嘴街道"}))
    assert answer.status_code == 422
    assert "徐汇区没有「陆家嘴街道」" in answer.text
    with reading() as session:
        assert session.query(RoutingRule).count() == 0


def test_the_page_of_rules_shows_the_gaps(staff):
    assert "徐汇区 × 其他" in staff("clerk").get("/console/routing-rule/list").text


def test_a_clerk_sees_that_a_coordinator_must_rule_and_a_coordinator_the_form_with_the_suggestion(staff, bounced):
    report_id = bounced(2)
    page = staff("clerk").get(f"/console/report/detail?pk={report_id}").text
    assert "由协调员裁定" in page
    assert "adjudicate" not in page
    page = staff("coordinator").get(f"/console/report/detail?pk={report_id}").text
    assert "建议：城运中心" in page
    assert "交通委（退过单）" in page


def test_the_page_of_a_report_hints_at_what_can_t_be_taken_and_has_the_rule_chosen(staff, filed):
    report_id = filed(text="法院已经判决他赔我三万，他拒不付钱")
    page = staff("clerk").get(f"/console/report/detail?pk={report_id}").text
    assert "可能不属于受理范围：法院裁判或诉讼中" in page
    assert "value=&#34;court&#34; selected" in page


def test_a_refusal_is_told_in_words(staff, bounced):
    answer = staff("clerk").act("reassign", bounced(1), department="月球局")
    assert (answer.status_code, answer.json()["msg"]) == (400, "没有「月球局」这个部门，请从列表里选。")
