"""The lives of a report and of a work order: which change leads from which state to which."""

from __future__ import annotations

from functools import cache

from sqlalchemy.orm import object_session
from statemachine import State, StateMachine
from statemachine.exceptions import TransitionNotAllowed

from feedback.errors import NotAllowed
from feedback.models import Report, ReportEvent, WorkOrder
from feedback.reactions import react
from storage import utcnow

REPORT_STATES = {
    "submitted": "已提交",
    "accepted": "已立案",
    "dispatched": "已派单",
    "in_progress": "处置中",
    "resolved": "已办结",
    "closed": "已结案",
    "rejected": "不予受理",
    "merged": "已并案",
    "withdrawn": "已撤回",
}
RESIDENT = "市民"
"""The actor of what residents do themselves; who they are is no part of the history."""
SYSTEM = "系统"
"""The actor of what follows by itself."""
OPEN = ("submitted", "accepted", "dispatched", "in_progress")
"""States of a report that is still to be dealt with."""
WORK_ORDER_STATES = {
    "sent": "已派出",
    "received": "已签收",
    "in_progress": "处置中",
    "done": "已完成",
    "returned": "已退单",
    "cancelled": "已取消",
}


class ReportLife(StateMachine):
    """已提交 → 已立案 → 已派单 → 处置中 → 已办结 → 已结案, and the ways out of it."""

    submitted = State(initial=True)
    accepted = State()
    dispatched = State()
    in_progress = State()
    resolved = State()
    closed = State()
    rejected = State(final=True)
    merged = State()
    withdrawn = State(final=True)

    accept = submitted.to(accepted)
    # Urgent reports do not wait for acceptance.
    dispatch = accepted.to(dispatched) | submitted.to(dispatched)
    start = dispatched.to(in_progress)
    resolve = dispatched.to(resolved) | in_progress.to(resolved)
    # Staff answer a question or a suggestion themselves, without a department.
    answer = submitted.to(resolved) | accepted.to(resolved)
    # Praise wants no deed: once it has reached whom it is for, nothing is left to do.
    pass_on = submitted.to(closed) | accepted.to(closed)
    bounce = dispatched.to(accepted) | in_progress.to(accepted)
    close = resolved.to(closed)
    reopen = resolved.to(accepted) | closed.to(accepted)
    reject = submitted.to(rejected) | accepted.to(rejected)
    merge = submitted.to(merged) | accepted.to(merged) | dispatched.to(merged) | in_progress.to(merged)
    # A department that had it was told to stop, so it begins again from where staff decide.
    part = merged.to(accepted, cond="was_accepted") | merged.to(submitted)
    withdraw = (
        submitted.to(withdrawn)
        | accepted.to(withdrawn)
        | dispatched.to(withdrawn)
        | in_progress.to(withdrawn)
        | merged.to(withdrawn)
    )

    def was_accepted(self) -> bool:
        return any(event.after in ("accepted", "dispatched") for event in self.model.events)


class WorkOrderLife(StateMachine):
    """已派出 → 已签收 → 处置中 → 已完成, or 已退单, or 已取消. A department may skip steps, never go back."""

    sent = State(initial=True)
    received = State()
    in_progress = State()
    done = State(final=True)
    returned = State(final=True)
    cancelled = State(final=True)

    receive = sent.to(received)
    start = sent.to(in_progress) | received.to(in_progress)
    finish = sent.to(done) | received.to(done) | in_progress.to(done)
    give_back = sent.to(returned) | received.to(returned) | in_progress.to(returned)
    cancel = sent.to(cancelled) | received.to(cancelled) | in_progress.to(cancelled)


CHANGES = {
    "accept": ("立案", "report.accepted"),
    "dispatch": ("派单", "report.dispatched"),
    "start": ("开始处置", "report.started"),
    "resolve": ("办结", "report.resolved"),
    "bounce": ("退单", "report.returned"),
    "close": ("结案", "report.closed"),
    "reopen": ("重新办理", "report.reopened"),
    "reject": ("不予受理", "report.rejected"),
    "answer": ("答复", "report.answered"),
    "pass_on": ("转达", "report.praise_delivered"),
    "merge": ("并案", "report.merged"),
    "part": ("取消并案", "report.parted"),
    "withdraw": ("撤回", "report.withdrawn"),
}
MERGED, WITHDRAWN = "merged", "withdrawn"
ENDED = ("done", "returned", "cancelled")
"""States of a work order that nobody works on any more."""


def change(report: Report, name: str, actor: str, reason: str | None = None, **data) -> ReportEvent:
    """Move a report along and write down who did it and why; the event belongs to the same transaction.

    Raises:
        NotAllowed: the report's state does not admit the change.
    """
    words, event_name = CHANGES[name]
    before = report.state
    try:
        _move(ReportLife, report, name)
    except TransitionNotAllowed as refused:
        raise NotAllowed(words, REPORT_STATES[before]) from refused
    return record(report, event_name, actor, reason, before=before, **data)


def change_work_order(work_order: WorkOrder, name: str) -> bool:
    """Move a work order along; False if its state does not admit the change (a late or repeated update)."""
    try:
        _move(WorkOrderLife, work_order, name)
    except TransitionNotAllowed:
        return False
    if work_order.state in ENDED:
        work_order.ended_at = utcnow()
    if work_order.state == "cancelled" and work_order.message:
        work_order.message.take_back()
    return True


def _move(life: type[StateMachine], model: Report | WorkOrder, name: str) -> None:
    """Move a model along its life. Making a machine costs more than all else in a change, so where its definition leaves only one
    way, that is looked up; the machine decides where there are conditions, and refuses.

    Raises:
        TransitionNotAllowed
    """
    target = _only_ways(life).get((model.state, name))
    if target:
        model.state = target
    else:
        life(model, state_field="state").send(name)


@cache
def _only_ways(life: type[StateMachine]) -> dict[tuple[str, str], str]:
    """By state and change, where the change leads without any condition."""
    ways = [way for state in life.states for way in state.transitions]
    conditional = {(way.source.id, way.event) for way in ways if list(way.cond)}
    return {(way.source.id, way.event): way.target.id for way in ways if (way.source.id, way.event) not in conditional}


def cancel_work_orders(report: Report) -> None:
    """Stop what departments still have of a report."""
    for work_order in report.work_orders:
        change_work_order(work_order, "cancel")


def record(
    report: Report, name: str, actor: str, reason: str | None = None, before: str | None = None, **data
) -> ReportEvent:
    """Add an event to a report's history, and let follow what `reactions.py` says; without `before` the state did not change."""
    event = ReportEvent(
        report=report,
        name=name,
        actor=actor,
        reason=reason,
        before=before or report.state,
        after=report.state,
        data=data,
        created_at=utcnow(),
    )
    # Added to the session, not to the list, which a long history would have to be read for.
    if session := object_session(report):
        session.add(event)
    react(event)
    return event


def lead(report: Report) -> Report:
    """The report that a merged one now belongs to, through any number of mergers; itself if it stands alone."""
    while report.merged_into:
        report = report.merged_into
    return report


def family(report: Report) -> list[Report]:
    """A report and all that were merged into it, through any number of mergers; itself first."""
    return [report, *(below for merged in report.merged for below in family(merged))]
