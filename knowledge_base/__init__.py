"""The knowledge base: guides to public services, their import, search over them, and what could not be answered.

Loads neither Rasa nor TensorFlow; its Rasa component (`knowledge_base.rasa_component`) stands apart.
"""

from knowledge_base.aspects import (
    PAPERS,
    FollowUp,
    asks_a_field,
    aspect_of,
    case_of,
    details_of,
    follow_up_of,
    lines_wording,
    may_ask,
    rest_of,
    subject_of,
)
from knowledge_base.gaps import asked_by, rate_answer, record_gap, take_answered, unlink
from knowledge_base.guides import find_case, find_guide, prepare
from knowledge_base.models import Gap, GuideRow
from knowledge_base.schema import FIELDS, Guide

__all__ = [
    "FIELDS",
    "FollowUp",
    "Gap",
    "Guide",
    "GuideRow",
    "PAPERS",
    "asks_a_field",
    "asked_by",
    "aspect_of",
    "case_of",
    "details_of",
    "find_case",
    "find_guide",
    "follow_up_of",
    "lines_wording",
    "may_ask",
    "prepare",
    "rate_answer",
    "record_gap",
    "rest_of",
    "subject_of",
    "take_answered",
    "unlink",
]
