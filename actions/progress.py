"""How reports are going: told in full, in a list, to those who ask when, to those who can't wait."""

from __future__ import annotations

from rasa_sdk import Tracker
from sqlalchemy.orm import Session

from actions.message import button, quoted
from actions.resident_action import ResidentAction
from actions.voice import Voice
from actions.which import shown
from feedback import Report, display, due_of, endorsed_by, masked, supplements, urge
from feedback.city_time import day
from feedback.draft import describe_place
from feedback.lifecycle import OPEN, REPORT_STATES
from feedback.mentioned import short_matter, short_title
from feedback.notifications import verdicts
from feedback.wishes import URGE, WHEN, wants
from nlu.categories import category
from storage import reading


def look_up(voice: Voice, session: Session, report: Report, words: str) -> None:
    """Tell the owner of a report what they want to know of it."""
    if report.state in OPEN and wants(URGE, words):
        urge_on(voice, session, report, words)
    elif report.state in OPEN and wants(WHEN, words):
        tell_when(voice, report)
    else:
        tell_in_full(voice, report)


def tell_state(voice: Voice, report: Report, joined: bool = False) -> None:
    """The state alone; with the matter for somebody who joined the report."""
    what = voice.words("joined", what=voice.name(category(report.category).name)) if joined else ""
    state = voice.name(REPORT_STATES[report.state])
    buttons = verdicts(report, own=False) if joined else []
    voice.say("report_state", buttons, number=f"{display(report.number)} {what}".strip(), state=state)


def tell_in_full(voice: Voice, report: Report) -> None:
    """Everything that the owner of a report may know, with what they added."""
    told = voice.words(
        "report_in_full",
        number=display(report.number),
        state=voice.name(REPORT_STATES[report.state]),
        text=report.text,
        category=voice.name(category(report.category).name),
        place=describe_place(report.district, report.subdistrict, report.address) or voice.name("没有说明"),
    )
    reached = [voice.words("reached_at", contact=masked(report.contact))] if report.contact else []
    added = [voice.words("addition", words=quoted(words)) for words in supplements(report)]
    handled = [voice.words("with_department", department=o.department) for o in report.work_orders[-1:]]
    voice.quote("\n".join([told, *reached, *added, *handled]), verdicts(report, own=True))


def urge_on(voice: Voice, session: Session, report: Report, words: str, what: str = "") -> None:
    """Write down that somebody can't wait, and say where the report is; `what`: its name for whom its words are not for."""
    urge(session, report, words)
    voice.say("urged", what=what or short_matter(report), stands=stands(voice, report))


def tell_when(voice: Voice, report: Report) -> None:
    """What can be said honestly of when it is done and who does it."""
    told = {"what": short_matter(report), "stands": stands(voice, report)}
    if due := due_of(report):
        voice.say("when_due", due=day(due), **told)
    else:
        voice.say("when_done", **told)


def stands(voice: Voice, report: Report) -> str:
    """Where an open report is, with the department that has it or gets it."""
    orders = report.work_orders
    department = orders[-1].department if orders else category(report.category).department
    return voice.words(f"stands.{report.state}", department=department)


class MyReports(ResidentAction):
    """Each report with number, matter, place and state; of those of others that somebody joined their own words."""

    def name(self) -> str:
        return "action_my_reports"

    def act(self, voice: Voice, tracker: Tracker) -> list[dict]:
        with reading() as session:
            list_reports(voice, session, tracker)
        return []


def list_reports(voice: Voice, session: Session, tracker: Tracker) -> None:
    """List the reports of a resident and those that they joined, to choose from."""
    mine, joined = shown(session, tracker), endorsed_by(session, tracker.sender_id)
    if not mine + joined:
        voice.say("none_yet")
        return
    named = [(short_title(report), report) for report in mine]
    named += [(voice.words("joined", what=voice.name(category(r.category).name)), r) for r in joined]
    lines = [
        f"{rank}. {display(report.number)} {title}，{voice.name(REPORT_STATES[report.state])}"
        for rank, (title, report) in enumerate(named, 1)
    ]
    voice.quote(
        "\n".join([voice.words("my_reports"), *lines]),
        [button(title, "check_report", report_number=display(report.number)) for title, report in named],
    )
