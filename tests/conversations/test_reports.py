"""Reports over the web channel, against the running assistant, database, worker and dispatch system."""

import json
import sqlite3
from itertools import count

import httpx
import pytest

from tests.system import Resident, eventually, number_in

DAY = 26 * 3600.0
_houses = count(10_001)


def stored(system, number: str) -> dict:
    with sqlite3.connect(system.folder / "minsheng.db") as db:
        db.row_factory = sqlite3.Row
        row = db.execute("SELECT * FROM reports WHERE number = ?", (number.replace("-", ""),)).fetchone()
    return dict(row) if row else {}


def count_reports(system) -> int:
    with sqlite3.connect(system.folder / "minsheng.db") as db:
        return db.execute("SELECT count(*) FROM reports").fetchone()[0]


def new_matter() -> str:
    """A report that tells everything, at a spot where nobody has reported anything."""
    return f"徐汇区漕溪北路{next(_houses)}号门口路灯坏了三天了"


def file(resident: Resident) -> str:
    """File a report the shortest way; returns its number."""
    assert "电话" in resident.say(new_matter())
    assert "请核对" in resident.say("不留")
    return number_in(resident.say("提交"))


def test_only_what_is_missing_is_asked(resident, system):
    assert "具体在哪里" in resident.say("门口路灯坏了")
    assert "哪个区" in resident.say("中山北路100号")
    contact = resident.say("徐汇")
    assert "核实情况" in contact, "what is kept and why is said before the contact is asked for"
    summary = resident.say("13800000000")
    for part in ("门口路灯坏了", "中山北路100号", "徐汇区", "13800000000", "路灯"):
        assert part in summary
    report = stored(system, number_in(resident.say("对")))
    assert report["district"] == "徐汇区"
    assert report["category"] == "road.streetlight"
    assert system.plain(report["contact"]) == "13800000000"
    assert report["consent"]


def test_several_matters_of_one_message_are_reported_one_after_another(resident):
    assert "2 件事" in resident.say("徐汇区漕溪北路9100号路灯坏了，还有门口的垃圾堆了好几天没人收")
    assert "路灯坏了" in resident.say("不留")
    resident.send("提交")
    told = resident.hear()
    assert "编号" in told[0]["text"]
    assert "要不要留一个电话" in resident.choose("接着反映", told), "the place is taken over"
    summary = resident.say("不留")
    assert "垃圾" in summary and "徐汇区" in summary


def test_nothing_is_stored_without_a_yes(resident, system):
    before = count_reports(system)
    resident.say(new_matter())
    resident.say("不留")
    assert "不提交" in resident.say("取消")
    assert count_reports(system) == before


def test_a_confirmation_sent_twice_files_one_report(resident, system):
    resident.say(new_matter())
    resident.say("不留")
    before = count_reports(system)
    for _ in range(3):
        assert resident.send("提交", "the-same-id").status_code == 202
    number_in(resident.hear()[0]["text"])
    assert resident.say("谢谢")
    assert count_reports(system) == before + 1


def test_the_summary_can_be_corrected_item_by_item(resident):
    resident.say(new_matter())
    resident.send("不留")
    summary = resident.hear()
    assert "具体在哪里" in resident.choose("改地点", summary)
    assert "静安区" in resident.say("静安区共和新路1000号")
    assert "请核对" in resident.say("不对，是虹口区")


def test_a_question_inside_a_report_is_answered_and_the_report_goes_on(resident):
    resident.say("门口路灯坏了")
    reply = resident.say("对了,身份证到期怎么换")
    assert "身份证到期换领" in reply
    assert "具体在哪里" in reply


def test_silence_for_a_day_and_then_the_rest(resident, system):
    resident.say("门口路灯坏了")
    with sqlite3.connect(system.folder / "minsheng.db") as db:
        sender = db.execute("SELECT sender_id FROM events ORDER BY id DESC LIMIT 1").fetchone()[0]
        for row, data in db.execute("SELECT id, data FROM events WHERE sender_id = ?", (sender,)).fetchall():
            event = json.loads(system.plain(data))
            event["timestamp"] -= DAY
            db.execute(
                "UPDATE events SET timestamp = timestamp - ?, data = ? WHERE id = ?", (DAY, json.dumps(event), row)
            )
    reply = resident.say("中山北路9200号")
    assert "接着上次的「门口路灯坏了」" in reply
    assert "哪个区" in reply


def test_a_pin_on_the_map_is_kept_with_the_report(resident, system):
    resident.say("门口路灯坏了")
    pin = {"latitude": "31.19", "longitude": "121.44", "label": "徐汇区漕溪北路9300号"}
    assert "电话" in resident.say(f"/inform_location{json.dumps(pin)}")
    resident.say("不留")
    report = stored(system, number_in(resident.say("对")))
    assert (report["latitude"], report["longitude"], report["district"]) == (31.19, 121.44, "徐汇区")


def test_a_number_is_looked_up_by_its_owner_in_full_and_by_strangers_in_part(resident, system):
    number = file(resident)
    assert "漕溪北路" in resident.say(f"查一下 {number}")
    assert "漕溪北路" in resident.say("我的诉求怎么样了")
    stranger = Resident(system)
    answer = stranger.say(number)
    assert "已提交" in answer
    assert "漕溪北路" not in answer
    assert "没有找到" in stranger.say("查一下 20261124-ABCD-EFGHJ")


def test_a_stranger_cannot_withdraw_it(resident, system):
    number = file(resident)
    Resident(system).say(f'/withdraw_report{{"report_number": "{number}"}}')
    assert stored(system, number)["state"] == "submitted"
    assert "已撤回" in resident.say(f'/withdraw_report{{"report_number": "{number}"}}')
    assert stored(system, number)["state"] == "withdrawn"


@pytest.mark.parametrize("cry", ["着火了", "楼上起火了快来人啊", "救命 厨房烧起来了"])
def test_fire_never_meets_the_form(resident, system, cry):
    reply = resident.say(cry)
    assert "119" in reply
    report = stored(system, number_in(reply))
    assert (report["urgent"], report["category"], report["kind"]) == (1, "safety.fire", "emergency")
    assert "已派给消防救援支队" in resident.hears("已派给")
    assert "补充" in resident.say("在徐汇区天钥桥路1号")
    assert "天钥桥路" in stored(system, report["number"])["address"]


def test_danger_in_the_middle_of_the_form_ends_it(resident):
    resident.say("门口路灯坏了")
    assert "119" in resident.say("着火了！！")
    assert "请核对" not in resident.say("你好")


def test_a_life_at_risk_gets_warm_words_and_no_form(resident, system):
    reply = resident.say("我不想活了")
    assert "12356" in reply
    assert "编号" not in reply
    with sqlite3.connect(system.folder / "minsheng.db") as db:
        row = db.execute("SELECT id, urgent FROM reports WHERE category = 'crisis.self_harm'").fetchone()
        assert row[1] == 1
        assert not db.execute("SELECT 1 FROM work_orders WHERE report_id = ?", row[:1]).fetchone()


def test_despair_told_twice_is_one_alarm_and_staff_learn_where(resident, system):
    resident.say("我不想活了")
    assert "12356" in resident.say("真的不想活了，活着没意思")
    assert "12356" in resident.say("我在徐汇区天钥桥路9500号")
    assert "还没有反映过" in resident.say("我的诉求"), "it is no report to look up"
    with sqlite3.connect(system.folder / "minsheng.db") as db:
        told = db.execute("SELECT address FROM reports WHERE address LIKE '%天钥桥路9500号%'").fetchall()
    assert len(told) == 1


def test_who_was_misunderstood_can_go_on(resident):
    resident.say("我不想活了")
    assert "12356" in resident.say("我没有想不开，就是随便说说")
    assert "具体在哪里" in resident.say("门口路灯坏了")


def test_a_contradictory_place_after_a_danger_is_kept(resident, system):
    number = number_in(resident.say("着火了"))
    assert "补充" in resident.say("在徐汇区陆家嘴环路9600号")
    assert "陆家嘴环路9600号" in stored(system, number)["address"]


def test_words_go_to_the_report_that_is_named(resident, system):
    first, _ = file(resident), file(resident)
    assert first in resident.say(f"补充一下 {first}，灯杆也歪了")
    with sqlite3.connect(system.folder / "minsheng.db") as db:
        told = db.execute(
            "SELECT e.data FROM report_events e JOIN reports r ON r.id = e.report_id "
            "WHERE r.number = ? AND e.name = 'report.supplemented'",
            (first.replace("-", ""),),
        ).fetchall()
    assert len(told) == 1


def finish(system, number: str, note: str) -> None:
    """Have the department call a report done."""
    with sqlite3.connect(system.folder / "minsheng.db") as db:
        (job,) = db.execute(
            "SELECT w.external_id FROM work_orders w JOIN reports r ON r.id = w.report_id WHERE r.number = ?",
            (number.replace("-", ""),),
        ).fetchone()
    httpx.post(f"{system.reference}/jobs/{job}/finish", data={"note": note})


def test_the_loop_closes(resident, system):
    """Filed, dispatched by urgency, finished by the department, told, rated."""
    number = number_in(resident.say("着火了"))
    resident.hears("已派给")
    finish(system, number, "火已扑灭，无人受伤")
    assert "火已扑灭" in resident.hears("已办结")
    assert "已结案" in resident.say("很满意")
    assert stored(system, number)["state"] == "closed"


def test_who_is_not_satisfied_is_asked_why_and_can_still_say_that_it_is_not_solved(resident, system):
    number = number_in(resident.say("着火了"))
    resident.hears("已派给")
    finish(system, number, "火已扑灭")
    resident.hears("已办结")
    payload = json.dumps({"report_number": number, "stars": 2})
    assert "哪里让您不满意" in resident.say(f"/rate{payload}")
    assert "再核实" in resident.say("等了两天才有人来，来了也不说话")
    filed = stored(system, number)
    assert (filed["state"], filed["stars"], filed["needs_review"]) == ("resolved", 2, 1)
    assert "重新办理" in resident.say("没解决")
    assert stored(system, number)["state"] == "accepted"


@pytest.mark.parametrize(
    "noise",
    [
        "😀😀😀",
        "。。。",
        "<script>alert(1)</script>",
        "'; DROP TABLE reports; --",
        "/file_report{broken",
        "/nonexistent_intent",
        "/restart",
        "/session_start",
        "/back",
        '/edit_report{"item": "../../etc/passwd"}',
        "a" * 2000,
        "\u202e倒着写",
        "{{slots}} {matter}",
    ],
)
def test_noise_is_answered_and_leaves_the_form_usable(resident, noise):
    resident.say("门口路灯坏了")
    assert resident.say(noise)
    assert resident.say("取消")
    assert resident.say("你好")


def test_nothing_fell_back_to_memory(system, resident):
    """Rasa hides a failing tracker store by keeping conversations in memory."""
    resident.say("你好")
    with sqlite3.connect(system.folder / "minsheng.db") as db:
        assert db.execute("SELECT count(*) FROM events").fetchone()[0] > 0
    assert "fallback" not in system.output().lower()


def test_logs_hold_no_words_of_residents(resident, system):
    secret = "紫色的长颈鹿在喷泉边"
    resident.say(secret)
    eventually(lambda: True)
    assert secret not in system.output()
