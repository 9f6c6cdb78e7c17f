"""What follows by itself when something happens to a report: one table, read by `lifecycle.record`.

A reaction takes the event, in the transaction of the change, and changes rows; it records nothing itself.
"""

from __future__ import annotations

from collections.abc import Callable

from feedback import milestones
from feedback.alarms import raising
from feedback.models import ReportEvent

REACTIONS: dict[str, tuple[Callable[[ReportEvent], None], ...]] = {
    "report.submitted": (raising.raise_alarm,),
    "report.accepted": (milestones.contacted,),
    "report.rejected": (milestones.contacted, milestones.closed),
    "report.answered": (milestones.contacted, milestones.resolved),
    "report.dispatched": (milestones.contacted, milestones.dispatched),
    "report.praise_delivered": (milestones.contacted, milestones.dispatched, milestones.closed),
    "report.started": (milestones.contacted,),
    "report.returned": (milestones.returned,),
    "report.resolved": (milestones.contacted, milestones.resolved),
    "report.reopened": (milestones.reopened,),
    "report.closed": (milestones.closed,),
    "report.withdrawn": (milestones.closed,),
}


def react(event: ReportEvent) -> None:
    """Do what the table says about an event."""
    for reaction in REACTIONS.get(event.name, ()):
        reaction(event)
