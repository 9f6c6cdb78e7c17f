"""Reports: what residents tell the city, and what becomes of it. Loads neither Rasa nor TensorFlow."""

from feedback.errors import FeedbackError, NotAllowed, ReasonMissing, UnknownReport
from feedback.intake import FileReport, file_report, find_report, rate, reopen, reports_of, supplement, withdraw
from feedback.models import Report, ReportEvent, WorkOrder
from feedback.notifications import Notice, take_notices
from feedback.report_number import display
from feedback.review import accept, correct, reassign, reject

__all__ = [
    "FeedbackError",
    "FileReport",
    "NotAllowed",
    "Notice",
    "ReasonMissing",
    "Report",
    "ReportEvent",
    "UnknownReport",
    "WorkOrder",
    "accept",
    "correct",
    "display",
    "file_report",
    "find_report",
    "rate",
    "reassign",
    "reject",
    "reopen",
    "reports_of",
    "supplement",
    "take_notices",
    "withdraw",
]
