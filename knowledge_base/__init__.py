"""The knowledge base: guides to public services, their import, search over them, and what could not be answered.

Loads neither Rasa nor TensorFlow; its Rasa component (`knowledge_base.rasa_component`) stands apart.
"""

from knowledge_base.gaps import record_gap
from knowledge_base.guides import find_guide, prepare
from knowledge_base.models import Gap, GuideRow
from knowledge_base.schema import FIELDS, Guide

__all__ = ["FIELDS", "Gap", "Guide", "GuideRow", "find_guide", "prepare", "record_gap"]
