"""Reports: what residents tell the city, and what becomes of it. Loads neither Rasa nor TensorFlow."""

from feedback.alarms.models import Alarm
from feedback.alarms.ringing import confirm_alarm, open_alarms
from feedback.answers import answer
from feedback.closing import judge, rate, reopen
from feedback.errors import FeedbackError, NotAllowed, ReasonMissing, UnknownLinkCode, UnknownReport, WindowEnded
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
from feedback.verdicts import stars_in

__all__ = [
    "Alarm",
    "FeedbackError",
    "FileReport",
    "NotAllowed",
    "Notice",
    "ReasonMissing",
    "Report",
    "ReportEvent",
    "UnknownLinkCode",
    "UnknownReport",
    "WindowEnded",
    "WorkOrder",
    "abusive_messages",
    "accept",
    "answer",
    "confirm_alarm",
    "correct",
    "display",
    "endorse",
    "endorsed_by",
    "erase_contact",
    "file_report",
    "find_report",
    "find_similar",
    "judge",
    "latest_danger",
    "latest_report",
    "leave",
    "mark_abuse",
    "masked",
    "may_be_shown",
    "move",
    "new_link_code",
    "open_alarms",
    "owns",
    "rate",
    "reassign",
    "reject",
    "reopen",
    "reports_of",
    "stars_in",
    "supplement",
    "supplements",
    "take_contact",
    "take_notices",
    "urge",
    "use_link_code",
    "withdraw",
]
