"""Each process is killed in the middle of a story; nothing is lost, nothing happens twice."""

import sqlite3

from tests.conversations.test_reports import count_reports, new_matter
from tests.system import Resident, System, eventually, number_in


def test_the_story_survives_the_death_of_each_process(system: System):
    resident = Resident(system)
    resident.say(new_matter())

    system.kill("bot.actions_server")
    resident.send("不留")
    assert "请核对" in resident.hears("请核对", 60)

    system.kill("bot.rasa_server")
    before = count_reports(system)
    resident.send("提交")
    number = number_in(resident.hears("编号", 90))
    assert count_reports(system) == before + 1

    system.kill("bot.web")
    eventually(lambda: _answers(resident, f"查 {number}"), 60)

    system.kill("bot.worker")
    system.kill("bot.reference_dispatch")
    urgent = number_in(resident.say("着火了"))
    assert "消防" in resident.hears("已派给", 90)
    with sqlite3.connect(system.folder / "minsheng.db") as db:
        jobs = db.execute(
            "SELECT count(*) FROM work_orders w JOIN reports r ON r.id = w.report_id WHERE r.number = ?",
            (urgent.replace("-", ""),),
        ).fetchone()
    assert jobs == (1,)
    with sqlite3.connect(system.folder / "reference_dispatch.db") as db:
        of_the_report = f"{urgent.replace('-', '')}-%"
        found = db.execute("SELECT count(*) FROM jobs WHERE reference LIKE ?", (of_the_report,)).fetchone()
    assert found == (1,)
    assert "正在重新启动" in system.output()


def _answers(resident: Resident, text: str) -> bool:
    """The web application is back and the conversation goes on where it was."""
    import httpx

    try:
        return "已提交" in resident.say(text)
    except httpx.HTTPError:
        return False
