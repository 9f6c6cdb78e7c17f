"""What residents do with reports: file, find, add to, withdraw."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from feedback import report_number
from feedback.dispatch.outbox import assign
from feedback.draft import PLACE
from feedback.errors import NotAllowed, UnknownReport
from feedback.lifecycle import ENDED, OPEN, REPORT_STATES, RESIDENT, SYSTEM, cancel_work_orders, change, record
from feedback.merging import pass_lead
from feedback.models import SELF_HARM, Report
from feedback.privacy import consent
from feedback.privacy.contact import masked, without_contact
from feedback.privacy.identity import forget_contact, note_departments
from feedback.residents import conversations_of
from feedback.review import correct
from feedback.similar import count_endorsed
from nlu.categories import OTHER, categories
from storage import utcnow

CHANNELS = {"web": "网页", "wechat": "微信", "telegram": "Telegram", "open311": "Open311", "other": "其他"}


@dataclass(frozen=True)
class FileReport:
    """What a resident confirmed. `message_id` names the confirming message: the same one twice files once."""

    conversation_id: str
    message_id: str
    text: str
    kind: str
    category: str
    urgent: bool = False
    district: str | None = None
    subdistrict: str | None = None
    address: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    contact: str | None = None
    consent: str = consent.CURRENT
    """Version of the text that was agreed to before the contact was told."""
    identity: str = ""
    """`named`, `confidential` or `anonymous`; empty means confidential where a contact is told, else anonymous."""
    publishable: bool = False


def file_report(session: Session, filed: FileReport) -> Report:
    """Store a report; an urgent one is dispatched at once. Returns the stored one for a repeated message.

    Raises:
        ConsentMissing: a contact is told, and its owner agreed to no text that the register knows.
    """
    if known := _filed_with(session, filed.message_id):
        return known
    identity = filed.identity or ("confidential" if filed.contact else "anonymous")
    contact = filed.contact[:100] if filed.contact and identity != "anonymous" else None
    report = Report(
        number=report_number.new_number(utcnow()),
        conversation_id=filed.conversation_id,
        source_message_id=filed.message_id,
        channel=channel_of(filed.conversation_id),
        kind=filed.kind,
        urgent=filed.urgent,
        category=filed.category if filed.category in categories() else OTHER,
        text=without_contact(filed.text, filed.contact),
        district=filed.district,
        subdistrict=filed.subdistrict,
        address=(filed.address or "")[:500] or None,
        latitude=filed.latitude,
        longitude=filed.longitude,
        contact=contact,
        consent=consent.given(filed.consent) if contact else None,
        identity=identity,
        publishable=filed.publishable,
        state="submitted",
    )
    try:
        with session.begin_nested():
            session.add(report)
            record(report, "report.submitted", RESIDENT)
    except IntegrityError:
        # Another process had the same message at the same time, and was first.
        if known := _filed_with(session, filed.message_id):
            return known
        raise
    if filed.urgent and filed.category != SELF_HARM:
        assign(report, SYSTEM, "紧急诉求，先派单后补手续")
    session.flush()
    return report


def _filed_with(session: Session, message_id: str) -> Report | None:
    return session.scalar(select(Report).where(Report.source_message_id == message_id))


def channel_of(conversation_id: str) -> str:
    """The channel of a conversation, which its id begins with (`web-…`)."""
    name = conversation_id.partition("-")[0]
    return name if name in CHANNELS else "other"


def find_report(session: Session, written: str) -> Report:
    """The report of a number as somebody wrote it.

    Raises:
        UnknownReport: no such number, or not a number at all.
    """
    number = report_number.parse(written)
    report = number and session.scalar(select(Report).where(Report.number == number))
    if not report:
        raise UnknownReport
    return report


def reports_of(session: Session, conversation_id: str, most: int = 5) -> list[Report]:
    """The reports of the resident who writes in a conversation, newest first."""
    mine = select(Report).where(Report.conversation_id.in_(conversations_of(session, conversation_id)))
    return list(session.scalars(mine.order_by(Report.id.desc()).limit(most)))


def latest_report(session: Session, conversation_id: str) -> Report | None:
    """The report that a resident filed last; None if there is none."""
    return next(iter(reports_of(session, conversation_id, most=1)), None)


def latest_danger(session: Session, conversation_id: str, despair: bool) -> Report | None:
    """The latest report of an emergency, or of despair, among the resident's last ones."""
    dangers = (r for r in reports_of(session, conversation_id) if r.kind == "emergency")
    return next((r for r in dangers if (r.category == SELF_HARM) == despair), None)


def may_be_shown(report: Report) -> bool:
    """Whether a resident may look a report up, withdraw or rate it: a cry of despair is none to be handled like a form."""
    return report.category != SELF_HARM


def supplement(session: Session, report: Report, words: str, location: dict | None = None) -> None:
    """Add a resident's words to a report, and what they told of the place if the report lacked it."""
    for part in PLACE:
        if (location or {}).get(part) and not getattr(report, part):
            setattr(report, part, location[part])
    record(report, "report.supplemented", RESIDENT, words=without_contact(words, report.contact))


def supplements(report: Report) -> list[str]:
    """What was added to a report, oldest first."""
    return [event.data["words"] for event in report.events if event.name == "report.supplemented"]


def move(session: Session, report: Report, place: dict[str, str]) -> None:
    """Put the place right that a resident told wrongly. A department that has the report is not told by itself: the history
    says that staff must.

    Raises:
        NotAllowed: the report is done or was never taken.
    """
    if report.state not in OPEN:
        raise NotAllowed("改地点", REPORT_STATES[report.state])
    moved = {"district": report.district, "subdistrict": None, **place}
    correct(session, report, RESIDENT, {name: moved[name] for name in ("district", "subdistrict", "address")})
    report.latitude = report.longitude = None
    if departments := [order.department for order in report.work_orders if order.state not in ENDED]:
        record(report, "work_order.outdated", SYSTEM, f"地点已更正，请告知{'、'.join(departments)}")


def urge(session: Session, report: Report, words: str) -> None:
    """Write down that the resident can't wait, for staff to see."""
    record(report, "report.urged", RESIDENT, words=without_contact(words, report.contact))


def take_contact(session: Session, report: Report, contact: str, agreed: str = consent.CURRENT) -> None:
    """Keep how the resident can be reached, told after all or put right; the history knows no more than the ends of it, since
    it stays when the contact is erased.

    Raises:
        ConsentMissing: its owner agreed to no text that the register knows.
    """
    if report.contact:
        record(report, "report.contact_changed", RESIDENT, contact=[masked(report.contact), masked(contact)])
    else:
        record(report, "report.contact_told", RESIDENT)
    report.contact, report.consent = contact[:100], consent.given(agreed)
    report.text = without_contact(report.text, contact)
    if report.identity == "anonymous":
        report.identity = "confidential"


def erase_contact(session: Session, conversation_id: str) -> bool:
    """Forget how the resident can be reached; their reports stay. False if nothing was known."""
    told = select(Report).where(
        Report.conversation_id.in_(conversations_of(session, conversation_id)), Report.contact.is_not(None)
    )
    kept = session.scalars(told).all()
    for report in kept:
        note_departments(report)
        forget_contact(report)
        record(report, "report.contact_erased", RESIDENT)
    return bool(kept)


def withdraw(session: Session, report: Report) -> None:
    """Take a report back; departments that have it are told by its work orders' state. If others were merged into it, the
    oldest of them goes on in its place.

    Raises:
        NotAllowed: it is done or was never taken.
    """
    before = report.state
    change(report, "withdraw", RESIDENT)
    pass_lead(session, report, before)
    count_endorsed(session, report)
    cancel_work_orders(report)
