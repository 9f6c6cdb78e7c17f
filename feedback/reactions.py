"""What follows by itself when something happens to a report: one table, read by `lifecycle.record`.

A reaction takes the event, in the transaction of the change, and changes rows; it records nothing itself.
"""

from __future__ import annotations

from collections.abc import Callable

from feedback import milestones, spots
from feedback.alarms import raising
from feedback.attachments import waiting
from feedback.deadlines import stages
from feedback.models import ReportEvent

REACTIONS: dict[str, tuple[Callable[[ReportEvent], None], ...]] = {
    "report.submitted": (spots.located, stages.begin, raising.raise_alarm, waiting.go_along),
    "report.accepted": (milestones.contacted, stages.contacted),
    "report.rejected": (milestones.contacted, milestones.closed, stages.solved),
    "report.answered": (milestones.contacted, milestones.resolved, stages.solved),
    "report.dispatched": (milestones.contacted, milestones.dispatched, stages.contacted, stages.dispatched),
    "report.praise_delivered": (milestones.contacted, milestones.dispatched, milestones.closed),
    "report.started": (milestones.contacted, stages.contacted),
    "report.waiting": (milestones.contacted, stages.contacted, stages.paused_or_resumed),
    "report.resumed": (stages.paused_or_resumed,),
    "report.supplemented": (spots.located, stages.paused_or_resumed),
    "report.photo_added": (stages.paused_or_resumed,),
    "report.contact_told": (stages.paused_or_resumed,),
    "report.contact_changed": (stages.paused_or_resumed,),
    "report.corrected": (spots.located, stages.corrected),
    "report.returned": (milestones.returned,),
    "report.resolved": (milestones.contacted, milestones.resolved, stages.solved),
    "report.reopened": (milestones.reopened, stages.begin_again),
    "report.closed": (milestones.closed, stages.solved),
    "report.merged": (milestones.contacted, stages.cancel),
    "report.parted": (stages.revive,),
    "report.withdrawn": (milestones.closed, stages.cancel),
}


def react(event: ReportEvent) -> None:
    """Do what the table says about an event."""
    for reaction in REACTIONS.get(event.name, ()):
        reaction(event)
