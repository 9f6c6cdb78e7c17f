"""The deadlines of a report follow what happens to it: begun, moved, reached, ended. Called by `feedback/reactions.py`.

The resolution runs from filing, not from acceptance: the resident counts from when they told it, a late acceptance must not give
the city more time, and the date can be told at once. A department that returns the report restarts nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy.orm import object_session

from feedback.deadlines import clock
from feedback.deadlines.models import STAGES, Deadline, DeadlinePolicy
from feedback.deadlines.policies import budget, in_words, office_clock, policies_of
from feedback.models import LEVELS, Report, ReportEvent
from feedback.working_time import ElapsedTime

WARN_AT = 0.75
"""The share of a budget after which staff are warned."""
ASKED = "report.waiting"
ANSWERED = (
    "report.resumed",
    "report.supplemented",
    "report.photo_added",
    "report.contact_told",
    "report.contact_changed",
)
"""What lets the clock go on after the resident was asked."""


def begin(event: ReportEvent) -> None:
    """A report was filed: all its clocks start."""
    _begin(event.report, STAGES, event.created_at)


def begin_again(event: ReportEvent) -> None:
    """A report was reopened: it is to be solved anew; the resident has been in contact with us."""
    _begin(event.report, ("resolution",), event.created_at)


def contacted(event: ReportEvent) -> None:
    _reach(event.report, ("contact",), event.created_at)


def dispatched(event: ReportEvent) -> None:
    _reach(event.report, ("dispatch",), event.created_at)


def solved(event: ReportEvent) -> None:
    """Nothing is left to do: what was not dispatched by now need not be."""
    _reach(event.report, ("contact", "resolution"), event.created_at)
    cancel(event)


def cancel(event: ReportEvent) -> None:
    """The report goes no further by itself: withdrawn, or part of another."""
    event.report.waiting_since = None
    for deadline in _open(event.report):
        _end(deadline, event.created_at, "cancelled")


def revive(event: ReportEvent) -> None:
    """A merger was undone: the deadlines count on as if there had been none, since the resident has waited all the while."""
    for deadline in event.report.deadlines:
        if deadline.outcome == "cancelled" and deadline.round == event.report.reopened:
            deadline.ended_at = deadline.outcome = None
    paused_or_resumed(event)


def paused_or_resumed(event: ReportEvent) -> None:
    """The resident was asked for something, or has answered."""
    moment, goes = max(marks_of(event.report), default=(None, True))
    event.report.waiting_since = None if goes else moment
    for deadline in _open(event.report):
        recount(deadline)


def corrected(event: ReportEvent) -> None:
    """A category that was put right moves a deadline to an earlier date only: the resident was promised the other one, and no
    time is to be had by calling a matter another."""
    if "category" not in event.data or not _open(event.report):
        return
    policies = _policies(event.report)
    known = {deadline.stage for deadline in event.report.deadlines}
    _begin(event.report, policies.keys() - known, event.report.created_at)
    for deadline in _open(event.report):
        if deadline.stage in policies and not deadline.missed_at:
            _shorten(deadline, policies[deadline.stage])


def _shorten(deadline: Deadline, policy: DeadlinePolicy) -> None:
    shorter = _made(policy, deadline.started_at, deadline.round)
    if shorter and _would_be_due(shorter) < _would_be_due(deadline):
        deadline.budget_minutes, deadline.working = shorter.budget_minutes, shorter.working
        deadline.because = shorter.because
        recount(deadline)


def _would_be_due(deadline: Deadline) -> datetime:
    """When it would be due if the clock had never stood still, to compare policies by."""
    return clock_of(deadline).after(deadline.started_at, budget_of(deadline))


def _begin(report: Report, stages: Iterable[str], at: datetime) -> None:
    policies = _policies(report) if stages else {}
    for stage in STAGES:
        deadline = stage in stages and stage in policies and _made(policies[stage], at, report.reopened or 0)
        if deadline:
            report.deadlines.append(deadline)
            recount(deadline)


def _policies(report: Report) -> dict[str, DeadlinePolicy]:
    session = object_session(report)
    with session.no_autoflush:
        return policies_of(session, report)


def _made(policy: DeadlinePolicy, at: datetime, round_: int) -> Deadline | None:
    """A deadline that a policy gives, not yet part of the report; None where it gives none."""
    if policy.amount is None:
        return None
    return Deadline(
        stage=policy.stage,
        round=round_,
        started_at=at,
        budget_minutes=budget(policy) // timedelta(minutes=1),
        working=policy.unit != "hours",
        because=in_words(policy),
    )


def _open(report: Report) -> list[Deadline]:
    return [deadline for deadline in report.deadlines if not deadline.ended_at]


def _reach(report: Report, stages: Iterable[str], at: datetime) -> None:
    for deadline in _open(report):
        if deadline.stage in stages:
            if deadline.due_at and deadline.due_at < at:
                miss(deadline)
            elif deadline.stage == "contact":
                report.contacted_in_time = True
            _end(deadline, at, "missed" if deadline.missed_at else "met")


def _end(deadline: Deadline, at: datetime, outcome: str) -> None:
    deadline.ended_at, deadline.outcome, deadline.next_check_at = at, outcome, None


def miss(deadline: Deadline) -> None:
    """Write down that the stage was not reached by the time it was due."""
    deadline.missed_at = deadline.due_at
    deadline.warned_at = deadline.warned_at or deadline.due_at
    deadline.report.overdue = True
    if deadline.stage == "contact":
        deadline.report.contacted_in_time = False


def recount(deadline: Deadline) -> None:
    """Find out anew when it is due and when it has to be looked at, from the history of its report."""
    amount, marks = budget_of(deadline), marks_of(deadline.report)
    deadline.due_at = clock.reaches(clock_of(deadline), amount, deadline.started_at, marks)
    deadline.next_check_at = next_check(deadline)


def next_check(deadline: Deadline) -> datetime | None:
    """When something is to be done about it: warn, call it missed, or move the report up."""
    if deadline.missed_at:
        return next_escalation(deadline)
    amount = budget_of(deadline) if deadline.warned_at else WARN_AT * budget_of(deadline)
    return clock.reaches(clock_of(deadline), amount, deadline.started_at, marks_of(deadline.report))


def next_escalation(deadline: Deadline) -> datetime | None:
    """When the next level takes over: once missed, and then when the present level has had half of the budget; counted from its
    last change, whichever deadline brought it, and from the resident's last answer. None at the top, and while the resident is asked."""
    report, marks = deadline.report, marks_of(deadline.report)
    since = clock.running_since(deadline.started_at, marks)
    if not since or not level_above(report):
        return None
    moved = [other.escalated_at for other in report.deadlines if other.escalated_at]
    return clock_of(deadline).after(max(since, *moved), budget_of(deadline) / 2) if moved else deadline.due_at


def level_above(report: Report) -> str | None:
    """The level that an overdue report goes up to; None at the city."""
    levels = list(LEVELS)
    return next(iter(levels[levels.index(report.level) + 1 :]), None)


def budget_of(deadline: Deadline) -> timedelta:
    return timedelta(minutes=deadline.budget_minutes)


def clock_of(deadline: Deadline) -> clock.Clock:
    return office_clock() if deadline.working else ElapsedTime()


def marks_of(report: Report) -> list[clock.Mark]:
    """When the clocks of a report stopped and went on, from its history."""
    told = (event for event in report.events if event.name == ASKED or event.name in ANSWERED)
    return [(event.created_at, event.name != ASKED) for event in told]
