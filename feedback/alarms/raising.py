"""Which reports raise an alarm."""

from __future__ import annotations

from sqlalchemy.orm import object_session

from feedback.alarms.models import Alarm
from feedback.models import SELF_HARM, ReportEvent


def raise_alarm(event: ReportEvent) -> None:
    """A reaction: an urgent report alarms whoever is on duty, in the transaction that files it."""
    report = event.report
    if report.urgent or report.category == SELF_HARM:
        object_session(report).add(Alarm(report=report, raised_at=event.created_at))
