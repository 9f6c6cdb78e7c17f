"""热点: reports that rise together in a place or a meaning are found while they rise, and shown to staff.

A voice is a report or an endorsement; its signals (`signals.py`) are counted over the last hours and held against their
normal level (`normal.py`); those that rise and share their reports are one surge (`rising.py`), kept as a topic that staff
decide on (`watch.py`, `decisions.py`).
"""

from feedback.topics.models import Topic, TopicReport

__all__ = ["Topic", "TopicReport"]
