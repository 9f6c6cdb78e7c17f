"""Reports: what residents tell the city, and what becomes of it. Loads neither Rasa nor TensorFlow."""

from feedback.deadlines.queries import deadlines_of, due_of
from feedback.deadlines.waiting import pause, resume
from feedback.errors import FeedbackError, NotAllowed, ReasonMissing, UnknownLinkCode, UnknownReport
from feedback.intake import (
    FileReport,
    erase_contact,
    file_report,
    find_report,
    latest_danger,
    latest_report,
    masked,
    may_be_shown,
    move,
    rate,
    reopen,
    reports_of,
    supplement,
    supplements,
    take_contact,
    urge,
    withdraw,
)
from feedback.models import Report, ReportEvent, WorkOrder
from feedback.notifications import Notice, take_notices
from feedback.report_number import display
from feedback.residents import abusive_messages, mark_abuse, new_link_code, owns, use_link_code
from feedback.review import accept, correct, reassign, reject
from feedback.similar import endorse, endorsed_by, find_similar, leave

__all__ = [
    "FeedbackError",
    "FileReport",
    "NotAllowed",
    "Notice",
    "ReasonMissing",
    "Report",
    "ReportEvent",
    "UnknownLinkCode",
    "UnknownReport",
    "WorkOrder",
    "abusive_messages",
    "accept",
    "correct",
    "deadlines_of",
    "display",
    "due_of",
    "endorse",
    "endorsed_by",
    "erase_contact",
    "file_report",
    "find_report",
    "find_similar",
    "latest_danger",
    "latest_report",
    "leave",
    "mark_abuse",
    "masked",
    "may_be_shown",
    "move",
    "new_link_code",
    "owns",
    "pause",
    "rate",
    "reassign",
    "reject",
    "reopen",
    "reports_of",
    "resume",
    "supplement",
    "supplements",
    "take_contact",
    "take_notices",
    "urge",
    "use_link_code",
    "withdraw",
]
