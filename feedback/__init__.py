"""Reports: what residents tell the city, and what becomes of it. Loads neither Rasa nor TensorFlow."""

from feedback.admissibility import inadmissible
from feedback.alarms.models import Alarm
from feedback.alarms.ringing import confirm_alarm, open_alarms
from feedback.answers import answer
from feedback.attachments.photo import location_of
from feedback.attachments.taking import attach, hold_back_photos, latest_photo_report
from feedback.attachments.viewing import photo_address, public_photos
from feedback.attachments.waiting import waiting_photos
from feedback.bounces import adjudicate, reassign
from feedback.closing import judge, rate, reopen
from feedback.deadlines.queries import deadlines_of, due_of
from feedback.deadlines.waiting import pause, resume
from feedback.dispatch.models import Breaker
from feedback.errors import (
    CannotMerge,
    FeedbackError,
    NeedsCoordinator,
    NotAllowed,
    NotStars,
    OwnReport,
    PhotoRefused,
    ReasonMissing,
    UnknownChoice,
    UnknownLinkCode,
    UnknownReport,
    WindowEnded,
)
from feedback.following import follow, followed_by, join_published, unfollow
from feedback.intake import (
    FileReport,
    erase_contact,
    file_report,
    find_report,
    latest_danger,
    latest_report,
    may_be_shown,
    move,
    reports_of,
    supplement,
    supplements,
    take_contact,
    urge,
    withdraw,
)
from feedback.lifecycle import lead
from feedback.merging import merge, part
from feedback.models import Attachment, Report, ReportEvent, WorkOrder
from feedback.notifications import Notice, take_notices
from feedback.privacy.contact import masked
from feedback.privacy.identity import set_identity
from feedback.privacy.models import Erasure
from feedback.privacy.rights import erase, export_of
from feedback.privacy.scrub import scrub
from feedback.publication import (
    allow_publication,
    can_be_published,
    may_be_published,
    public_report,
    public_text,
    public_view,
    published,
)
from feedback.report_number import display
from feedback.residents import abusive_messages, mark_abuse, new_link_code, owns, use_link_code
from feedback.review import accept, correct, reject
from feedback.routing import Route, RoutingRule, gaps, route
from feedback.similar import Similar, endorse, endorsed_by, find_similar, leave, similar_reports
from feedback.topics import Topic
from feedback.verdicts import stars_in
from feedback.work_orders import first_responsible

__all__ = [
    "Alarm",
    "Attachment",
    "Breaker",
    "CannotMerge",
    "Erasure",
    "FeedbackError",
    "FileReport",
    "NeedsCoordinator",
    "NotAllowed",
    "NotStars",
    "Notice",
    "PhotoRefused",
    "OwnReport",
    "ReasonMissing",
    "Report",
    "ReportEvent",
    "Route",
    "RoutingRule",
    "Similar",
    "Topic",
    "UnknownChoice",
    "UnknownLinkCode",
    "UnknownReport",
    "WindowEnded",
    "WorkOrder",
    "abusive_messages",
    "accept",
    "adjudicate",
    "allow_publication",
    "answer",
    "attach",
    "can_be_published",
    "confirm_alarm",
    "correct",
    "deadlines_of",
    "display",
    "due_of",
    "endorse",
    "endorsed_by",
    "erase",
    "erase_contact",
    "export_of",
    "file_report",
    "find_report",
    "find_similar",
    "first_responsible",
    "follow",
    "followed_by",
    "gaps",
    "hold_back_photos",
    "inadmissible",
    "join_published",
    "judge",
    "latest_danger",
    "latest_photo_report",
    "latest_report",
    "lead",
    "leave",
    "location_of",
    "mark_abuse",
    "masked",
    "may_be_published",
    "may_be_shown",
    "merge",
    "move",
    "new_link_code",
    "open_alarms",
    "owns",
    "part",
    "pause",
    "photo_address",
    "public_photos",
    "public_report",
    "public_text",
    "public_view",
    "published",
    "rate",
    "reassign",
    "reject",
    "reopen",
    "reports_of",
    "resume",
    "route",
    "scrub",
    "set_identity",
    "similar_reports",
    "stars_in",
    "supplement",
    "supplements",
    "take_contact",
    "take_notices",
    "unfollow",
    "urge",
    "use_link_code",
    "waiting_photos",
    "withdraw",
]
