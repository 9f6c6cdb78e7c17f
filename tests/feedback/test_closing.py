from datetime import timedelta

import pytest

from feedback import (
    NotAllowed,
    Report,
    UnknownReport,
    WindowEnded,
    accept,
    answer,
    display,
    endorse,
    judge,
    rate,
    reopen,
    stars_in,
    withdraw,
)
from feedback.closing import close_ended, mark_reviewed, take_up_again
from feedback.dispatch.delivery import deliver_next
from feedback.dispatch.updates import poll
from feedback.errors import NotAnswerable, NotStars, OutcomeMissing, WordsMissing
from feedback.lifecycle import change as move_along
from feedback.notifications import verdicts
from feedback.verdicts import gives_reason, says_unsolved
from storage import reading, utcnow, writing
from tests.feedback.conftest import token
from tests.feedback.hearing import told

STAFF = "工作人员 甲"


@pytest.fixture
def resolve(change, client, dispatch_system):
    """Has a department finish what was accepted last."""

    def do(note: str = "灯泡已换") -> None:
        deliver_next(client)
        dispatch_system.act(dispatch_system.jobs(), "finish", note)
        poll(client)

    return do


@pytest.fixture
def resolved(filed, change, resolve) -> int:
    report_id = filed()
    change(report_id, accept, STAFF)
    resolve()
    return report_id


@pytest.fixture
def report(database):
    """A report as it is stored, with chosen parts of it as a tuple."""

    def read(report_id: int, *names: str):
        with reading() as session:
            stored = session.get_one(Report, report_id)
            return tuple(getattr(stored, name) for name in names)

    return read


def merge(report_id: int, into: int) -> None:
    with writing() as session:
        merged = session.get_one(Report, report_id)
        merged.merged_into = session.get_one(Report, into)
        move_along(merged, "merge", STAFF)


def ago(report_id: int, days: float) -> None:
    """As if the report had been resolved so long ago."""
    with writing() as session:
        session.get_one(Report, report_id).resolved_at = utcnow() - timedelta(days=days)


# What words say


@pytest.mark.parametrize(
    "words, stars",
    [
        *[
            ("五星", 5),
            ("5分", 5),
            ("给4颗星吧", 4),
            ("打3分", 3),
            ("两星", 2),
            ("0分", 1),
            ("零星", 1),
            ("4", 4),
            ("★★★★", 4),
        ],
        *[("非常满意", 5), ("很满意", 5), ("满分", 5), ("十分满意", 5), ("10分", 5), ("五星好评", 5), ("太好了", 5)],
        *[("满意", 4), ("还算满意", 4), ("挺好的", 4), ("不错", 4), ("没什么不满意的", 4), ("还是很满意的", 5)],
        *[("一般", 3), ("还行吧", 3), ("还可以", 3), ("马马虎虎", 3)],
        *[("不满意", 2), ("不太满意", 2), ("不是很满意", 2), ("算不上满意", 2), ("很失望", 2), ("敷衍", 2)],
        *[("非常不满意", 1), ("十分不满意", 1), ("太差", 1), ("差评", 1), ("态度很差", 1)],
        *[("好的", None), ("谢谢", None), ("五分钟就来了", None), ("三分之一还没修", None), ("没解决", None)],
        *[("差不多吧", None), ("不好意思", None), ("3.5星", None), ("第二次反映了", None), ("15分", None), ("", None)],
    ],
)
def test_stars_in_words(words, stars):
    assert stars_in(words) == stars


@pytest.mark.parametrize("words", ["2星", "给两星", "不满意", "很不满意", "一般般", "★★", "打3分吧", "不太满意"])
def test_a_verdict_alone_gives_no_reason(words):
    assert not gives_reason(words)


@pytest.mark.parametrize("words", ["2星，太慢", "不满意，等了一个月", "差评！来的人态度恶劣", "一般，修得很粗糙"])
def test_a_reason_is_more_than_the_verdict(words):
    assert gives_reason(words)


@pytest.mark.parametrize(
    "words",
    [
        "没解决",
        "井盖还是松的",
        "没有盖好",
        "根本没处理",
        "还是老样子",
        "还是没水",
        "又堵了",
        "都没人来",
        "未解决",
        "没有彻底解决",
    ],
)
def test_words_that_say_the_matter_is_as_it_was(words):
    assert says_unsolved(words)


@pytest.mark.parametrize("words", ["满意", "不满意", "还是不错的", "解决了", "修好了", "态度差", "太慢", "谢谢"])
def test_words_that_say_nothing_of_the_kind(words):
    assert not says_unsolved(words)


# Verdicts


@pytest.mark.parametrize(
    "stars, words, solved, state, review",
    [
        (5, "", True, "closed", False),
        (4, "很快", True, "closed", False),
        (3, "一般", None, "closed", False),
        (2, "态度不好", None, "resolved", True),
        (1, "还是没亮", False, "accepted", True),
        (4, "人很客气，但是没解决", False, "accepted", False),
    ],
)
def test_what_the_owners_verdict_does(resolved, change, report, stars, words, solved, state, review):
    change(resolved, judge, "web-1", stars, words)
    assert report(resolved, "stars", "solved", "state", "needs_review") == (stars, solved, state, review)


def test_the_reason_may_follow_the_stars(resolved, change, report):
    change(resolved, judge, "web-1", 3)
    change(resolved, judge, "web-1", 3, "等了很久")
    with reading() as session:
        ratings = session.get_one(Report, resolved).ratings
        assert [(rating.stars, rating.words) for rating in ratings] == [(3, "等了很久")]
        assert [e.reason for e in session.get_one(Report, resolved).events if e.name == "report.rated"] == [
            "3 星",
            "3 星 等了很久",
        ]


def test_a_reopened_report_is_rated_anew_and_both_ratings_are_kept(resolved, change, resolve, report):
    change(resolved, judge, "web-1", 1, "没解决")
    resolve("这次换了线路")
    change(resolved, judge, "web-1", 5)
    with reading() as session:
        assert [rating.stars for rating in session.get_one(Report, resolved).ratings] == [1, 5]
    assert report(resolved, "stars", "solved", "state", "reopened") == (5, True, "closed", 1)


@pytest.mark.parametrize("stars", [0, 6, -1])
def test_only_one_to_five_stars(resolved, change, stars):
    with pytest.raises(NotStars, match="1 到 5"):
        change(resolved, judge, "web-1", stars)


def test_nothing_is_rated_before_it_is_resolved(filed, change):
    with pytest.raises(NotAllowed, match="已提交"):
        change(filed(), judge, "web-1", 5)


def test_who_joined_may_rate_but_only_the_owner_moves_the_report(resolved, change, report):
    change(resolved, endorse, "web-2", "也没亮")
    change(resolved, judge, "web-2", 1, "没解决")
    assert report(resolved, "stars", "solved", "state", "needs_review") == (None, None, "resolved", False)
    with reading() as session:
        assert session.get_one(Report, resolved).ratings[0].conversation_id == "web-2"


def test_whose_report_was_merged_rates_the_one_that_leads(filed, resolved, change, report):
    merged = filed(conversation_id="web-3")
    merge(merged, into=resolved)
    change(merged, judge, "web-3", 2)
    with reading() as session:
        assert [r.conversation_id for r in session.get_one(Report, resolved).ratings] == ["web-3"]
    assert report(resolved, "stars", "state") == (None, "resolved")
    change(merged, reopen, "我这边还是黑的")
    assert report(resolved, "state", "reopened") == ("accepted", 1)
    assert report(merged, "state") == ("merged",)


def test_a_stranger_may_not_rate(resolved, change):
    with pytest.raises(UnknownReport):
        change(resolved, judge, "web-9", 1)


def test_verdicts_in_words(resolved, change, resolve, report):
    assert change(resolved, rate, "不满意") == "noted"
    assert report(resolved, "stars", "needs_review", "state") == (2, True, "resolved")
    assert change(resolved, rate, "没解决") == "reopened"
    assert report(resolved, "stars", "solved", "state") == (2, False, "accepted"), "no stars were said"
    resolve()
    assert change(resolved, rate, "修好了，谢谢") == "closed"
    assert report(resolved, "stars", "solved", "state") == (4, True, "closed")


def test_whoever_has_a_part_can_press_stars_and_the_owner_that_it_is_not_solved(resolved, change, filed):
    with reading() as session:
        stored = session.get_one(Report, resolved)
        assert [b["title"] for b in verdicts(stored, own=True)] == ["1 星", "2 星", "3 星", "4 星", "5 星", "没解决"]
        assert [b["title"] for b in verdicts(stored, own=False)][-1] == "5 星"
        assert f'"{stored.number}", "stars": 3' in verdicts(stored, own=True)[2]["payload"]
    unresolved = filed()
    with reading() as session:
        assert verdicts(session.get_one(Report, unresolved), own=True) == []


def test_what_the_owner_did_is_told_to_those_alone_who_joined(resolved, change):
    change(resolved, endorse, "web-2", "我也是")
    told()
    change(resolved, judge, "web-1", 5)
    assert list(told()) == ["web-2"]


# The window


def test_a_report_is_closed_when_its_window_ends_and_the_resident_learns_how_to_go_on(resolved, history, change):
    assert close_ended() == 0
    told()
    ago(resolved, days=7.01)
    assert close_ended() == 1
    assert close_ended() == 0
    assert history(resolved)[-2:] == ["report.closed", "closed"]
    with reading() as session:
        closed = session.get_one(Report, resolved).events[-1]
        assert (closed.actor, closed.reason) == ("系统", "办结满 7 天")
    assert ["办结满 7 天，现已结案" in text for text in told()["web-1"]] == [True]


def test_all_of_a_long_list_are_closed(filed, monkeypatch):
    monkeypatch.setattr("feedback.closing.BATCH", 2)
    with writing() as session:
        for report_id in [filed() for _ in range(5)]:
            stored = session.get_one(Report, report_id)
            stored.state, stored.resolved_at = "resolved", utcnow() - timedelta(days=8)
    assert close_ended() == 5


@pytest.mark.parametrize("days, fits", [(6.99, True), (7.01, False)])
def test_it_can_be_opened_again_until_the_window_ends(resolved, change, report, days, fits):
    change(resolved, judge, "web-1", 5)
    ago(resolved, days)
    if fits:
        change(resolved, reopen, "又不亮了")
    else:
        with pytest.raises(WindowEnded, match="重新反映"):
            change(resolved, reopen, "又不亮了")
    assert report(resolved, "state") == ("accepted" if fits else "closed",)


def test_a_late_bad_verdict_is_kept_for_staff(resolved, change, report):
    ago(resolved, days=30)
    close_ended()
    change(resolved, judge, "web-1", 1, "还是没亮")
    assert report(resolved, "stars", "state", "needs_review") == (1, "closed", True)
    with pytest.raises(WindowEnded):
        change(resolved, rate, "没解决")


def test_the_third_reopening_is_watched_by_the_level_above(resolved, change, resolve, report):
    for time in (1, 2, 3):
        change(resolved, reopen, "没解决")
        assert report(resolved, "reopened", "supervised", "needs_review") == (time, time == 3, time == 3)
        resolve()
    with reading() as session:
        assert {order.department for order in session.get_one(Report, resolved).work_orders} == {"交通委"}


# Staff look at what residents are not satisfied with


def test_staff_ask_back_and_write_down_what_came_of_it(resolved, change, report, history):
    change(resolved, judge, "web-1", 2)
    with pytest.raises(WordsMissing, match="回访情况"):
        change(resolved, mark_reviewed, STAFF, "  ")
    change(resolved, mark_reviewed, STAFF, "已致歉，市民接受")
    assert report(resolved, "needs_review") == (False,)
    assert history(resolved)[-2:] == ["report.reviewed", "resolved"]


def test_staff_take_it_up_again_however_late(resolved, change, report):
    ago(resolved, days=30)
    close_ended()
    change(resolved, judge, "web-1", 1)
    with pytest.raises(WordsMissing):
        change(resolved, take_up_again, STAFF, "")
    change(resolved, take_up_again, STAFF, "线路没查")
    assert report(resolved, "state", "needs_review", "reopened") == ("accepted", False, 1)


# Questions, suggestions, praise


def test_a_question_is_answered(filed, change, report):
    report_id = filed(kind="consultation", text="这条路什么时候通车")
    with pytest.raises(WordsMissing):
        change(report_id, answer, STAFF, "")
    change(report_id, answer, STAFF, "年底通车。")
    assert report(report_id, "state", "outcome") == ("resolved", None)
    assert "年底通车。" in told()["web-1"][0]
    change(report_id, reopen, "没说清楚")
    assert report(report_id, "state", "work_orders") == ("accepted", []), "staff answer it again"
    change(report_id, answer, STAFF, "十二月。")


@pytest.mark.parametrize(
    "outcome, words, heard",
    [
        ("adopted", "", "已被采纳"),
        ("kept", "明年再议", "留作参考。原因：明年再议"),
        ("declined", "路太窄", "没有采纳。原因：路太窄"),
    ],
)
def test_a_suggestion_is_told_what_became_of_it_and_why(filed, change, report, outcome, words, heard):
    report_id = filed(kind="suggestion", text="加一条公交线")
    change(report_id, answer, STAFF, words, outcome)
    assert report(report_id, "outcome") == (outcome,)
    assert heard in told()["web-1"][0]


def test_a_suggestion_needs_an_outcome_and_no_needs_a_reason(filed, change, report):
    report_id = filed(kind="suggestion")
    for outcome in (None, "perhaps"):
        with pytest.raises(OutcomeMissing):
            change(report_id, answer, STAFF, "好", outcome)
    with pytest.raises(WordsMissing):
        change(report_id, answer, STAFF, " ", "declined")
    assert report(report_id, "state") == ("submitted",)


def test_what_is_to_be_done_is_not_answered(filed, change):
    with pytest.raises(NotAnswerable):
        change(filed(), answer, STAFF, "知道了")


def test_an_answered_question_is_sent_to_no_department(filed, change, client, dispatch_system):
    report_id = filed(kind="consultation")
    change(report_id, accept, STAFF)
    change(report_id, answer, STAFF, "年底。")
    assert not deliver_next(client)
    assert dispatch_system.jobs() == 0


def test_praise_reaches_the_praised_and_is_closed(filed, change, client, dispatch_system, history, report):
    report_id = filed(kind="praise", category="service.attitude", text="窗口小王很耐心")
    change(report_id, accept, STAFF)
    deliver_next(client)
    assert dispatch_system.jobs() == 1
    assert history(report_id)[-2:] == ["report.praise_delivered", "closed"]
    texts = told()["web-1"]
    assert "已转达给" in texts[-1] and not any("派给" in text and "处置" in text for text in texts)
    dispatch_system.act(1, "finish", "谢谢")
    poll(client)
    assert history(report_id)[-1] == "closed"
    with pytest.raises(NotAllowed):
        change(report_id, reopen, "没解决")
    with pytest.raises(NotAllowed):
        change(report_id, judge, "web-1", 5)


# What is told


def test_who_joined_hears_that_the_matter_was_withdrawn(filed, change):
    report_id = filed()
    change(report_id, endorse, "web-2", "也没亮")
    change(report_id, withdraw)
    heard = told()
    assert "由提出的人撤回" in heard["web-2"][0]
    assert "web-1" not in heard


def test_a_merged_reports_owner_learns_that_it_goes_on(filed):
    lead, report_id = filed(), filed(conversation_id="web-3")
    merge(report_id, into=lead)
    assert "合并办理" in told()["web-3"][0]
    with writing() as session:
        move_along(session.get_one(Report, report_id), "part", STAFF)
    assert "单独办理" in told()["web-3"][0]


# In the console


def act(clerk, report_id: int, name: str, **form) -> int:
    """Press an action's button and send its form."""
    where = f"/console/_api/report/row-action?pk={report_id}&name={name}"
    return clerk.post(where, data={**form, **token(clerk, "/console/report/list")}).status_code


def test_staff_answer_a_suggestion_in_the_console(clerk, filed, report):
    report_id = filed(kind="suggestion")
    assert act(clerk, report_id, "answer", reason="路太窄") == 400, "without an outcome"
    assert act(clerk, report_id, "answer", reason="路太窄", outcome="declined") == 200
    assert report(report_id, "state", "outcome") == ("resolved", "declined")


def test_the_unsatisfied_are_listed_until_staff_has_asked_them_back(clerk, resolved, change, report):
    change(resolved, judge, "web-1", 2)
    with reading() as session:
        number = display(session.get_one(Report, resolved).number)
    assert number in clerk.get("/console/report/list?shelf=needs_review").text
    assert act(clerk, resolved, "mark_reviewed", reason="已致歉") == 200
    assert number not in clerk.get("/console/report/list?shelf=needs_review").text
    assert act(clerk, resolved, "take_up_again", reason="线路没查") == 200
    assert report(resolved, "state") == ("accepted",)


@pytest.mark.parametrize("name", ["mark_reviewed", "take_up_again", "answer"])
def test_an_action_that_does_not_fit_is_refused(clerk, filed, history, name):
    report_id = filed()
    assert act(clerk, report_id, name, reason="好") != 200
    assert history(report_id) == ["report.submitted", "submitted"]
