"""The lives of a report and of a work order: which change leads from which state to which."""

from __future__ import annotations

from statemachine import State, StateMachine
from statemachine.exceptions import TransitionNotAllowed

from feedback.errors import NotAllowed
from feedback.models import Report, ReportEvent, WorkOrder

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
    withdrawn = State(final=True)

    accept = submitted.to(accepted)
    # Urgent reports do not wait for acceptance.
    dispatch = accepted.to(dispatched) | submitted.to(dispatched)
    start = dispatched.to(in_progress)
    resolve = dispatched.to(resolved) | in_progress.to(resolved)
    bounce = dispatched.to(accepted) | in_progress.to(accepted)
    close = resolved.to(closed)
    reopen = resolved.to(accepted) | closed.to(accepted)
    reject = submitted.to(rejected) | accepted.to(rejected)
    withdraw = submitted.to(withdrawn) | accepted.to(withdrawn) | dispatched.to(withdrawn) | in_progress.to(withdrawn)


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
    "withdraw": ("撤回", "report.withdrawn"),
}


def change(report: Report, name: str, actor: str, reason: str | None = None, **data) -> ReportEvent:
    """Move a report along and write down who did it and why; the event belongs to the same transaction.

    Raises:
        NotAllowed: the report's state does not admit the change.
    """
    words, event_name = CHANGES[name]
    before = report.state
    try:
        ReportLife(report, state_field="state").send(name)
    except TransitionNotAllowed as refused:
        raise NotAllowed(words, REPORT_STATES[before]) from refused
    return record(report, event_name, actor, reason, before=before, **data)


def change_work_order(work_order: WorkOrder, name: str) -> bool:
    """Move a work order along; False if its state does not admit the change (a late or repeated update)."""
    try:
        WorkOrderLife(work_order, state_field="state").send(name)
    except TransitionNotAllowed:
        return False
    return True


def record(
    report: Report, name: str, actor: str, reason: str | None = None, before: str | None = None, **data
) -> ReportEvent:
    """Add an event to a report's history; without `before` the state did not change."""
    event = ReportEvent(
        name=name, actor=actor, reason=reason, before=before or report.state, after=report.state, data=data
    )
    report.events.append(event)
    return event
