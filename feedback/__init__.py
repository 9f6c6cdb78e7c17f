"""Reports: what residents tell the city, and what becomes of it. Loads neither Rasa nor TensorFlow."""

from feedback.errors import CannotMerge, FeedbackError, NotAllowed, ReasonMissing, UnknownLinkCode, UnknownReport
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
from feedback.lifecycle import lead
from feedback.merging import merge, part
from feedback.models import Report, ReportEvent, WorkOrder
from feedback.notifications import Notice, take_notices
from feedback.report_number import display
from feedback.residents import abusive_messages, mark_abuse, new_link_code, owns, use_link_code
from feedback.review import accept, correct, reassign, reject
from feedback.similar import Similar, endorse, endorsed_by, find_similar, leave, similar_reports
from feedback.topics import Topic

__all__ = [
    "CannotMerge",
    "FeedbackError",
    "FileReport",
    "NotAllowed",
    "Notice",
    "ReasonMissing",
    "Report",
    "ReportEvent",
    "Similar",
    "Topic",
    "UnknownLinkCode",
    "UnknownReport",
    "WorkOrder",
    "abusive_messages",
    "accept",
    "correct",
    "display",
    "endorse",
    "endorsed_by",
    "erase_contact",
    "file_report",
    "find_report",
    "find_similar",
    "latest_danger",
    "latest_report",
    "lead",
    "leave",
    "mark_abuse",
    "masked",
    "may_be_shown",
    "merge",
    "move",
    "new_link_code",
    "owns",
    "part",
    "rate",
    "reassign",
    "reject",
    "reopen",
    "reports_of",
    "similar_reports",
    "supplement",
    "supplements",
    "take_contact",
    "take_notices",
    "urge",
    "use_link_code",
    "withdraw",
]
