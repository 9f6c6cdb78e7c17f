import pytest
import yaml

from feedback import Report, accept, first_responsible, gaps, reopen, route
from feedback.dispatch.delivery import deliver_next
from feedback.dispatch.updates import poll
from feedback.models import OutboxMessage
from feedback.routing import InvalidRule, RoutingRule, known_departments, problems, save_rule, seed_rules
from feedback.routing.rules import SEEDS
from nlu.categories import categories
from storage import reading, writing

XUJIAHUI = {"district": "徐汇区", "subdistrict": "徐家汇街道"}


@pytest.fixture
def rule(database):
    """Adds a rule; returns its id."""

    def add(**values) -> int:
        with writing() as session:
            return save_rule(session, {"level": "district"} | values, "工作人员 甲").id

    return add


@pytest.fixture
def seeded(database) -> None:
    with writing() as session:
        seed_rules(session)


def routed(category: str = "road.streetlight", without=(), **place):
    with reading() as session:
        return route(session, Report(category=category, **place), without)


# Which rule wins: each fits 路灯 in 徐家汇街道, and each is better than those before it.
ORDER = [
    {"department": "任何事的市级"},
    {"department": "任何事的{district}", "district": "徐汇区"},
    {"department": "任何事的{subdistrict}", **XUJIAHUI},
    {"department": "道路的全市", "category": "road"},
    {"department": "路灯的全市", "category": "road.streetlight"},
    {"department": "道路的{district}", "category": "road", "district": "徐汇区"},
    {"department": "路灯的{district}", "category": "road.streetlight", "district": "徐汇区"},
    {"department": "道路的{subdistrict}", "category": "road", **XUJIAHUI},
    {"department": "路灯的{subdistrict}", "category": "road.streetlight", **XUJIAHUI},
]


def test_the_most_specific_rule_wins_and_the_default_comes_before_the_backstops(rule):
    won = []
    for values in ORDER:
        rule(**values)
        won.append(routed(**XUJIAHUI).lead)
    assert won == [
        *["交通委"] * 3,
        "道路的全市",
        "路灯的全市",
        "道路的徐汇区",
        "路灯的徐汇区",
        "道路的徐家汇街道",
        "路灯的徐家汇街道",
    ]


def test_those_that_returned_it_are_passed_by_down_to_the_city(rule):
    for values in ORDER[:3]:
        rule(**values)
    gone = []
    for _ in range(5):
        gone.append(routed(without=gone, **XUJIAHUI).lead)
    assert gone == ["交通委", "任何事的徐家汇街道", "任何事的徐汇区", "任何事的市级", "城运中心"]
    assert routed(without=gone, **XUJIAHUI).lead == "城运中心", "there is always somebody"


def test_a_route_says_why(rule):
    number = rule(department="{district}绿化市容局", category="road", district="徐汇区", note="试点")
    assert routed(district="徐汇区").because == f"因为：road 类 × 徐汇区的规则 #{number}（区级，试点）"
    assert routed(district="静安区").because == "因为：「路灯」的默认主办部门"
    assert routed(without=["交通委"], district="静安区").because.endswith("（交通委已退单）")


def test_a_rule_that_needs_a_place_is_passed_by_where_none_is_told(rule):
    rule(department="{subdistrict}办事处", category="road", level="subdistrict")
    assert routed(**XUJIAHUI).lead == "徐家汇街道办事处"
    assert routed(district="徐汇区").lead == "交通委"
    assert routed().lead == "交通委"


def test_an_inactive_rule_does_nothing_and_a_change_counts_at_once(rule):
    number = rule(department="路灯所", category="road.streetlight")
    assert routed().lead == "路灯所"
    with writing() as session:
        save_rule(session, {"level": "city", "department": "照明中心", "category": "road.streetlight"}, "乙", number)
    assert (routed().lead, routed().level) == ("照明中心", "city")
    with writing() as session:
        session.get_one(RoutingRule, number).active = False
    assert routed().lead == "交通委"
    with writing() as session:
        session.delete(session.get_one(RoutingRule, number))
    number = rule(department="路灯所", category="road.streetlight")
    assert routed().lead == "路灯所"


def test_a_change_that_is_undone_leaves_no_trace(rule):
    with pytest.raises(RuntimeError), writing() as session:
        save_rule(session, {"level": "city", "department": "照明中心", "category": "road"}, "乙")
        assert route(session, Report(category="road.streetlight")).lead == "照明中心"
        raise RuntimeError
    assert routed().lead == "交通委"


WRONG = [
    ({"category": "road.moon"}, "category"),
    ({"district": "月球区"}, "district"),
    ({"subdistrict": "徐家汇街道"}, "subdistrict"),
    ({"district": "静安区", "subdistrict": "徐家汇街道"}, "subdistrict"),
    ({"level": "moon"}, "level"),
    ({"department": ""}, "department"),
    ({"department": "{street}所"}, "department"),
    ({"department": "字" * 61}, "department"),
    ({"supporters": ["路灯所"]}, "supporters"),
    ({"supporters": ["{x}"]}, "supporters"),
    ({"note": "字" * 201}, "note"),
]


@pytest.mark.parametrize(("values", "field"), WRONG)
def test_a_rule_that_can_t_be_is_refused_with_words_for_its_field(values, field):
    assert list(problems({"level": "district", "department": "路灯所"} | values)) == [field]


def test_two_rules_for_the_same_are_refused_and_who_changed_one_is_kept(rule):
    number = rule(department="路灯所", category="road", district="徐汇区")
    with pytest.raises(InvalidRule, match=f"#{number} 已经管"):
        rule(department="别处", category="road", district="徐汇区")
    with writing() as session:
        changed = save_rule(
            session, {"level": "city", "department": "别处", "category": "road", "district": "徐汇区"}, "乙", number
        )
        assert (changed.id, changed.updated_by) == (number, "乙")


def test_the_seeds_are_valid_and_change_no_lead(seeded):
    for seed in yaml.safe_load(SEEDS.read_text("utf-8")):
        assert problems({"level": "district"} | seed) == {}
    with writing() as session:
        assert seed_rules(session) == 0, "an edited table is left alone"
    for code, category in categories().items():
        assert routed(code, district="徐汇区").lead == routed(code).lead == category.department


def test_a_district_s_centre_takes_what_comes_back(seeded):
    assert routed(without=["交通委"], district="徐汇区").lead == "徐汇区城市运行管理中心"
    assert routed(without=["交通委"]).lead == "城运中心"


def test_no_category_in_any_district_is_left_to_the_city_alone(seeded):
    with reading() as session:
        assert gaps(session) == []
    with writing() as session:
        session.query(RoutingRule).filter_by(district="徐汇区").one().active = False
    with reading() as session:
        assert list(map(str, gaps(session))) == ["徐汇区 × 其他"]


def test_staff_choose_among_the_departments_that_there_are(rule):
    rule(department="{district}绿化所", category="greening", supporters=["{subdistrict}办事处"])
    with reading() as session:
        known = known_departments(session, Report(category="other", district="徐汇区"))
    assert {"徐汇区绿化所", "交通委"} <= set(known)
    assert not [name for name in known if "{" in name or "办事处" in name]


# Lead and supporters


@pytest.fixture
def supported(rule, filed, change) -> int:
    """An accepted report with a lead and two supporters."""
    rule(category="road", department="路灯所", supporters=["供电公司", "{district}城管"], level="subdistrict")
    report_id = filed()
    change(report_id, accept, "甲")
    return report_id


def deliver_all(client) -> None:
    while deliver_next(client):
        pass


def orders(report_id: int) -> list[tuple[str, str, str]]:
    with reading() as session:
        return [(o.department, o.role, o.state) for o in session.get_one(Report, report_id).work_orders]


def test_lead_and_supporters_each_get_an_order_that_says_why(supported):
    assert orders(supported) == [
        ("路灯所", "lead", "sent"),
        ("供电公司", "support", "sent"),
        ("徐汇区城管", "support", "sent"),
    ]
    with reading() as session:
        report = session.get_one(Report, supported)
        assert report.level == "subdistrict"
        assert all("road 类 × 全市" in order.because for order in report.work_orders)
        sent = session.query(OutboxMessage).all()
        assert [m.payload["attribute[department]"] for m in sent] == ["路灯所", "供电公司", "徐汇区城管"]


def test_the_report_follows_its_lead_alone(supported, client, dispatch_system, history):
    deliver_all(client)
    assert history(supported).count("report.dispatched") == 1
    dispatch_system.act(2, "start")
    dispatch_system.act(3, "return", "没有我们的事")
    poll(client)
    assert history(supported)[-3:] == ["work_order.started", "work_order.returned", "dispatched"]
    dispatch_system.act(1, "finish", "已修好")
    poll(client)
    assert history(supported)[-3:] == ["report.resolved", "work_order.unfinished", "resolved"]
    with reading() as session:
        report = session.get_one(Report, supported)
        assert report.bounces == 0
        assert report.events[-1].reason == "主办已办结，供电公司的协办还没有完成"
    dispatch_system.act(2, "finish", "也好了")
    poll(client)
    assert history(supported)[-2:] == ["work_order.finished", "resolved"]


def test_a_supporter_s_order_that_waits_tells_the_resident_nothing(supported, client, dispatch_system, history):
    deliver_next(client)
    dispatch_system.fail = ["down", "down"]
    deliver_next(client)
    deliver_next(client)
    assert "report.dispatch_delayed" not in history(supported)


def test_what_is_opened_again_goes_back_to_who_did_it_and_stays_at_its_level(
    supported, client, dispatch_system, change
):
    deliver_all(client)
    for job in (1, 2, 3):
        dispatch_system.act(job, "finish", "好了")
    poll(client)
    with writing() as session:
        session.get_one(Report, supported).level = "city"  # overdue meanwhile
    change(supported, reopen, "又坏了")
    assert orders(supported)[-1] == ("路灯所", "lead", "sent")
    assert len(orders(supported)) == 4
    with reading() as session:
        assert session.get_one(Report, supported).level == "city"


def test_accepting_an_urgent_report_that_is_on_its_way_sends_it_no_second_time(filed, change):
    report_id = filed(urgent=True)
    change(report_id, accept, "甲")
    assert len(orders(report_id)) == 1


def test_the_first_that_received_it_is_responsible_until_another_takes_it(filed, change, client, dispatch_system, rule):
    from feedback import reassign

    def responsible() -> str | None:
        with reading() as session:
            return first_responsible(session.get_one(Report, report_id))

    rule(department="{district}城运中心", district="徐汇区")
    report_id = filed()
    change(report_id, accept, "甲")
    assert responsible() is None
    deliver_all(client)
    assert responsible() == "交通委"
    dispatch_system.act(1, "return", "不是我们的")
    poll(client)
    change(report_id, reassign, "甲")
    deliver_all(client)
    assert responsible() == "交通委", "the second has not taken it yet"
    dispatch_system.act(2, "receive")
    poll(client)
    assert responsible() == "徐汇区城运中心"
