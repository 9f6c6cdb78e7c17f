"""对账: compares our work orders with what the destinations say of them, repairs what may be repaired and shows the rest.

For each destination: first whatever it tells from the last comparison on (an update that was missed comes with its words), then
how each order stands there, in batches. What it says counts where the life of a work order admits it, as if it had been told.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from feedback.city_time import CITY_TIME
from feedback.dispatch.delivery import SYSTEM
from feedback.dispatch.destinations import Destination, Sent, Update, destinations
from feedback.dispatch.destinations.destination import REFERENCE
from feedback.dispatch.errors import CannotTell, DispatchError, DispatchUnavailable
from feedback.dispatch.updates import MEANING, NOTHING_NEW, OVERLAP, carry_out, fetch
from feedback.lifecycle import ENDED, WORK_ORDER_STATES, record
from feedback.models import OutboxMessage, WorkOrder
from feedback.report_number import display
from storage import Base, reading, utcnow, writing

log = logging.getLogger(__name__)

BATCH = 200
ENDED_LATELY = timedelta(days=30)
"""So long after an order ended with us, it is still compared."""
FIRST_LOOK = timedelta(days=7)
"""How far back updates are asked for where nothing was ever compared."""
KINDS = {
    "missed": "漏收的进展，已补上",
    "repaired": "状态不同，已按对方更正",
    "differs": "状态不同，没有更正",
    "still_open": "我们已结束，对方还在办",
    "unknown_there": "对方没有这张工单",
    "unknown_status": "对方的状态不认识",
    "not_compared": "没有比对",
    "setup": "去处要检查",
}
"""What a difference can be, and whether anything was done about it."""
NEEDS_STAFF = ("differs", "still_open", "unknown_there", "unknown_status", "not_compared", "setup")
_OPEN_STATUSES = {*NOTHING_NEW, *(status for status, (order, _) in MEANING.items() if order in ("receive", "start"))}
_LEADS_TO = {"receive": "received", "start": "in_progress", "finish": "done", "give_back": "returned"}


class Reconciliation(Base):
    """A comparison with one destination."""

    __tablename__ = "reconciliations"

    id: Mapped[int] = mapped_column(primary_key=True)
    destination: Mapped[str] = mapped_column(String(40))
    day: Mapped[str | None] = mapped_column(String(10))
    """The city's day, of the daily one: there is only one, whoever makes it. None if somebody asked for it."""
    started_at: Mapped[datetime] = mapped_column(default=utcnow)
    ended_at: Mapped[datetime | None]
    """None while it runs, and if it broke off."""
    compared: Mapped[int] = mapped_column(default=0)
    """Work orders."""

    differences: Mapped[list[Difference]] = relationship(back_populates="reconciliation", order_by="Difference.id")

    __table_args__ = (UniqueConstraint("destination", "day"),)


class Difference(Base):
    """A line of the report of a comparison."""

    __tablename__ = "dispatch_differences"

    id: Mapped[int] = mapped_column(primary_key=True)
    reconciliation_id: Mapped[int] = mapped_column(ForeignKey("reconciliations.id"), index=True)
    work_order_id: Mapped[int | None] = mapped_column(ForeignKey("work_orders.id"), index=True)
    kind: Mapped[str] = mapped_column(String(20))
    words: Mapped[str] = mapped_column(Text, default="")

    reconciliation: Mapped[Reconciliation] = relationship(back_populates="differences")
    work_order: Mapped[WorkOrder | None] = relationship()


def reconcile_daily() -> None:
    """Compare with each destination once a day, with one that did not answer again at the next time. A job; several workers share
    the destinations."""
    day = f"{utcnow().astimezone(CITY_TIME):%Y-%m-%d}"
    for destination in destinations().values():
        begun = _begin(destination.name, day)
        if begun is not None and not _compare(destination, begun):
            with writing() as session:
                session.get_one(Reconciliation, begun).day = None


def reconcile(chosen: Mapping[str, Destination]) -> list[int]:
    """Compare with destinations now; the ids of the comparisons."""
    begun = {name: _begin(name, None) for name in chosen}
    for name, reconciliation_id in begun.items():
        _compare(chosen[name], reconciliation_id)
    return list(begun.values())


def _begin(destination: str, day: str | None) -> int | None:
    """Begin a comparison; None if that day's was made, or another worker is at it."""
    try:
        with writing() as session:
            begun = Reconciliation(destination=destination, day=day)
            session.add(begun)
            session.flush()
            return begun.id
    except IntegrityError:
        return None


def _compare(destination: Destination, reconciliation_id: int) -> bool:
    """Make a comparison; False if it broke off since the destination did not answer."""
    compared = 0
    _note(reconciliation_id, [("setup", None, words) for words in destination.check()])
    answered = _catch_up(destination, reconciliation_id)
    for orders in _batches(destination.name):
        try:
            standings = destination.standings([sent for sent, _ in orders])
        except CannotTell as error:
            _note(reconciliation_id, [("not_compared", None, str(error))])
            answered = answered and not error.for_now
            break
        compared += len(orders)
        _note(reconciliation_id, [line for sent, order_id in orders
                                  for line in _settle(destination.name, order_id, standings.get(sent.reference))])  # fmt: skip
    with writing() as session:
        done = session.get_one(Reconciliation, reconciliation_id)
        done.ended_at, done.compared = utcnow() if answered else None, compared
    told = {"destination": destination.name, "compared": compared, "answered": answered}
    log.info("dispatch.reconciled", extra=told)
    return answered


Line = tuple[str, int | None, str]
"""A kind, a work order, and words."""


def _note(reconciliation_id: int, lines: Sequence[Line]) -> None:
    if not lines:
        return
    with writing() as session:
        for kind, order_id, words in lines:
            difference = Difference(reconciliation_id=reconciliation_id, kind=kind, work_order_id=order_id, words=words)
            session.add(difference)
            log.warning("dispatch.difference", extra={"kind": kind, "work_order_id": order_id, "words": words})


def _catch_up(destination: Destination, reconciliation_id: int) -> bool:
    """Carry out what was told since the last comparison that ended and never reached us; False if nobody answered."""
    with reading() as session:
        before = select(Reconciliation.started_at).where(
            Reconciliation.destination == destination.name,
            Reconciliation.ended_at.is_not(None),
            Reconciliation.id != reconciliation_id,
        )
        since = session.scalar(before.order_by(Reconciliation.id.desc()).limit(1)) or utcnow() - FIRST_LOOK
    try:
        count = fetch(destination, since - OVERLAP)
    except DispatchError as error:
        _note(reconciliation_id, [("not_compared", None, f"取不到进展：{error}")])
        return not isinstance(error, DispatchUnavailable)
    _note(reconciliation_id, [("missed", None, f"{count} 条")] if count else [])
    return True


def _batches(destination: str) -> Iterator[list[tuple[Sent, int]]]:
    """The orders that a destination should know and that are open or ended lately, oldest first."""
    recent = or_(WorkOrder.state.not_in(ENDED), WorkOrder.ended_at > utcnow() - ENDED_LATELY)
    wanted = (
        select(WorkOrder.id, WorkOrder.external_id, OutboxMessage.payload)
        .join(WorkOrder.message)
        .where(OutboxMessage.destination == destination, OutboxMessage.state == "delivered", recent)
        .order_by(WorkOrder.id)
        .limit(BATCH)
    )
    after = 0
    while True:
        with reading() as session:
            rows = session.execute(wanted.where(WorkOrder.id > after)).all()
        if not rows:
            return
        yield [(Sent(payload[REFERENCE], number), order_id) for order_id, number, payload in rows]
        after = rows[-1].id


def _settle(destination: str, order_id: int, theirs: Update | None) -> list[Line]:
    """Compare one order, and carry out what may be: nothing, or one line."""
    with writing() as session:
        order = session.get_one(WorkOrder, order_id, with_for_update=True)
        kind, words = _difference(order, theirs)
        if kind == "unknown_there":
            _tell_staff(order, words)
        if kind == "repaired":
            carry_out(session, theirs, destination)
            if order.state != _state_of(theirs):  # a ruling binds the department, or the like
                kind = "differs"
        return [(kind, order_id, words)] if kind else []


def _difference(order: WorkOrder, theirs: Update | None) -> tuple[str, str]:
    """What kind of difference there is, and both sides in words; an empty kind if there is none that matters."""
    ours = WORK_ORDER_STATES[order.state]
    if theirs is None:
        return ("", "") if order.state == "cancelled" or not order.external_id else ("unknown_there", f"我们：{ours}")
    words = f"我们：{ours}；对方：{theirs.status}"
    if theirs.status not in MEANING and theirs.status not in NOTHING_NEW:
        return "unknown_status", words
    if order.state in ENDED:
        return ("still_open", words) if theirs.status in _OPEN_STATUSES else ("", "")
    return ("repaired", words) if _is_ahead(_state_of(theirs), order.state) else ("", "")


def _state_of(theirs: Update) -> str:
    return _LEADS_TO.get(MEANING.get(theirs.status, ("", None))[0], "sent")


def _is_ahead(theirs: str, ours: str) -> bool:
    """Whether an order has gone further with them: some only know open and closed, so the other way round means nothing."""
    steps = list(WORK_ORDER_STATES)
    return steps.index(theirs) > steps.index(ours)


def _tell_staff(order: WorkOrder, words: str) -> None:
    """Once for an order: its report's page shows why nothing happens."""
    told = [event.data.get("work_order") for event in order.report.events if event.name == "work_order.unknown_there"]
    if order.id not in told:
        record(order.report, "work_order.unknown_there", SYSTEM, words, work_order=order.id)


def shown(difference: Difference) -> dict:
    """A difference as staff read it."""
    order = difference.work_order
    return {
        "kind": KINDS[difference.kind],
        "needs_staff": difference.kind in NEEDS_STAFF,
        "words": difference.words,
        "pk": order and order.report_id,
        "number": order and display(order.report.number),
        "department": order and order.department,
    }


def latest(session: Session) -> list[Reconciliation]:
    """The last comparison with each destination."""
    newest: dict[str, Reconciliation] = {}
    for found in session.scalars(select(Reconciliation).order_by(Reconciliation.id.desc()).limit(200)):
        newest.setdefault(found.destination, found)
    return sorted(newest.values(), key=lambda found: found.destination)
