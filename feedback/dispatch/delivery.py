"""Delivers the outbox: at least once, each time with the same idempotency key, later and later after failures.

`take` chooses what is due and marks it as being sent; `attempt` talks to the destination, with no transaction open; `note` writes
down what came of it. `postman.py` does the three for many at once.

A destination that honours keys is simply sent to again. At one that doesn't, what may have been carried out is looked up by our
reference first; where that can't be told, staff decide (`stuck.py`).
"""

from __future__ import annotations

import logging
import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, exists, select, update
from sqlalchemy.orm import Session, aliased, contains_eager, joinedload

from feedback.dispatch import breaker
from feedback.dispatch.breaker import Standing, asked_to_wait, standing
from feedback.dispatch.destinations.destination import REFERENCE, Destination
from feedback.dispatch.errors import CannotTell, DispatchError, DispatchRefused, DispatchUnavailable
from feedback.dispatch.models import Breaker
from feedback.errors import NotAllowed
from feedback.lifecycle import change, change_work_order, record
from feedback.models import OutboxMessage, Report, WorkOrder
from feedback.privacy.identity import for_department
from feedback.settings import settings
from storage import utcnow, writing

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=30)
"""A message that a worker took is free again after this time, unless the worker renews it: it was killed."""
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 300.0
"""Seconds: how far away the second attempt is at most, and any."""
SETTLES = timedelta(seconds=30)
"""Before something is looked up, a request that is still on its way has to arrive."""
HELD_AT_ONCE = 20
SYSTEM = "派单系统"
UNFINISHED = ("waiting", "sending", "unsure", "dead")
"""While a message is in one of these states, later ones of the same report wait for it."""


@dataclass(frozen=True)
class Delivery:
    """A message on its way, without its row."""

    message_id: int
    attempt: int
    destination: str
    request: dict[str, str]
    key: str
    in_doubt: bool
    """Whether an earlier attempt may have been carried out."""


@dataclass(frozen=True)
class Result:
    """What came of a delivery: the receiver's number, if it gives one, or an error."""

    delivery: Delivery
    number: str | None = None
    error: DispatchError | None = None
    in_doubt: bool = False
    settles: bool = False
    """Whether the destination is asked for our reference before the next attempt."""


def deliver_next(destinations: Mapping[str, Destination], clock: Callable[[], datetime] = utcnow) -> bool:
    """Deliver one message that is due; False if none is."""
    with writing() as session:
        taken = (delivery for name in destinations for delivery in take(session, name, 1, clock()))
        delivery = next(taken, None)
    if delivery:
        note_all([attempt(destinations[delivery.destination], delivery)], clock)
    return bool(delivery)


def take(session: Session, destination: str, most: int, now: datetime) -> list[Delivery]:
    """Take messages that are due at a destination, as many as its circuit breaker admits."""
    state = standing(session.get(Breaker, destination), now)
    if state is Standing.OPEN:
        _hold_back(session, destination, now)
        return []
    if state is Standing.HALF_OPEN:
        # The one with the fewest attempts tries: what always fails must not keep the destination shut for the others.
        probe = session.scalars(
            _due(destination, now).order_by(OutboxMessage.attempts, OutboxMessage.id).limit(1)
        ).all()
        admitted = probe and breaker.become_probe(session, destination, now, until=now + LEASE)
        messages = probe if admitted else []
    else:
        messages = session.scalars(_due(destination, now).order_by(OutboxMessage.next_attempt_at).limit(most)).all()
    return [_taken(message, now) for message in messages]


def _due(destination: str, now: datetime) -> Select:
    """What may be sent now. Messages of one report keep their order; a worker skips what another has just taken."""
    earlier, order = aliased(OutboxMessage), aliased(WorkOrder)
    waits = (
        exists()
        .where(earlier.work_order_id == order.id, order.report_id == WorkOrder.report_id)
        .where(earlier.id < OutboxMessage.id, earlier.state.in_(UNFINISHED))
        .correlate(OutboxMessage, WorkOrder)
    )
    return (
        select(OutboxMessage)
        .join(OutboxMessage.work_order)
        .where(OutboxMessage.destination == destination, OutboxMessage.next_attempt_at <= now, ~waits)
        .options(contains_eager(OutboxMessage.work_order).joinedload(WorkOrder.report, innerjoin=True))
        .with_for_update(skip_locked=True, of=OutboxMessage)
    )


def _taken(message: OutboxMessage, now: datetime) -> Delivery:
    delivery = Delivery(
        message_id=message.id,
        attempt=message.attempts + 1,
        destination=message.destination,
        # How to reach the resident is told as they wish it now, and is kept in no copy.
        request={**message.payload, **for_department(message.work_order.report)},
        key=message.idempotency_key,
        in_doubt=message.in_doubt,
    )
    message.state, message.attempts, message.next_attempt_at = "sending", delivery.attempt, now + LEASE
    message.in_doubt = True  # until its result is known
    return delivery


def _hold_back(session: Session, destination: str, now: datetime) -> None:
    """What comes while the breaker is open isn't tried, but staff and the resident hear why it waits."""
    due = _due(destination, now).where(OutboxMessage.last_error.is_(None))
    for message in session.scalars(due.order_by(OutboxMessage.next_attempt_at).limit(HELD_AT_ONCE)):
        _tell_delay(message, session.get_one(Breaker, destination).last_error or "")


def renew(session: Session, deliveries: Iterable[Delivery], now: datetime) -> None:
    """Keep what is still being sent: the destination is slow, the worker alive."""
    ids = [delivery.message_id for delivery in deliveries]
    mine = update(OutboxMessage).where(OutboxMessage.id.in_(ids), OutboxMessage.state == "sending")
    session.execute(mine.values(next_attempt_at=now + LEASE), execution_options={"synchronize_session": False})


def attempt(destination: Destination, delivery: Delivery) -> Result:
    """Look the message up at its destination if that is called for, and send it; touches no database."""
    looks_up, in_doubt = not destination.honours_keys, delivery.in_doubt
    try:
        if in_doubt and looks_up:
            if number := _look_up(destination, delivery.request[REFERENCE]):
                return Result(delivery, number)
            in_doubt = False
        return Result(delivery, destination.send(delivery.request, delivery.key))
    except DispatchUnavailable as error:
        in_doubt = in_doubt or error.acted is not False
        return Result(delivery, error=error, in_doubt=in_doubt, settles=in_doubt and looks_up)
    except DispatchError as error:
        return Result(delivery, error=error, in_doubt=in_doubt)
    except Exception as error:  # a mistake of ours is no reason to lose the message from sight
        log.exception("work_order.attempt_failed", extra={"outbox_id": delivery.message_id})
        words = DispatchUnavailable(f"发送程序出错: {type(error).__name__}", acted=None)
        return Result(delivery, error=words, in_doubt=True, settles=looks_up)


def _look_up(destination: Destination, reference: str) -> str | None:
    """The number of what may be there. A question that is refused has no answer: the order itself was not refused.

    Raises:
        CannotTell, DispatchUnavailable
    """
    try:
        return destination.find(reference)
    except DispatchRefused as error:
        raise CannotTell(f"查询没有结果：{error}") from error


def note_all(results: Sequence[Result], clock: Callable[[], datetime] = utcnow) -> None:
    """Write down what came of deliveries, in one transaction; if that fails, each in its own: somebody may have changed one of the
    reports at the same time, and one that is at odds keeps none of the others back."""
    if not results:
        return
    try:
        _note_together(results, clock())
    except Exception as error:
        if len(results) > 1:
            log.warning("work_order.results_apart", extra={"count": len(results), "error": repr(error)})
        for result in results:
            _note_alone(result, clock())


def _note_alone(result: Result, now: datetime) -> None:
    try:
        _note_together([result], now)
    except Exception:  # it is taken up again when its lease has ended
        log.exception("work_order.result_not_noted", extra={"outbox_id": result.delivery.message_id})


def _note_together(results: Sequence[Result], now: datetime) -> None:
    with writing() as session, session.no_autoflush:
        messages = _messages(session, [result.delivery.message_id for result in results])
        breakers = breaker.breakers(session, {result.delivery.destination for result in results})
        for result in results:
            note(messages[result.delivery.message_id], breakers[result.delivery.destination], result, now)
        session.add_all(each for each in breakers.values() if each.failures)
    for result in results:
        told = {"outbox_id": result.delivery.message_id, "destination": result.delivery.destination}
        log.info("work_order.attempted", extra=told | {"external_id": result.number, "error": str(result.error or "")})


def _messages(session: Session, ids: Sequence[int]) -> dict[int, OutboxMessage]:
    """The messages with all that noting a result reads."""
    report = joinedload(OutboxMessage.work_order, innerjoin=True).joinedload(WorkOrder.report, innerjoin=True)
    query = (
        select(OutboxMessage)
        .where(OutboxMessage.id.in_(ids))
        .options(report.selectinload(Report.deadlines))
        .with_for_update(of=OutboxMessage)
    )
    return {message.id: message for message in session.scalars(query)}


def note(message: OutboxMessage, counter: Breaker, result: Result, now: datetime) -> None:
    """Write down what came of a delivery. Only the latest attempt's failure counts; that it got there always counts."""
    error = result.error
    if isinstance(error, DispatchUnavailable):
        breaker.failed(counter, error, now)
    else:
        breaker.answered(counter)
    if not error:
        delivered(message, result.number, now)
    elif message.state == "sending" and message.attempts == result.delivery.attempt:
        message.in_doubt = result.in_doubt
        _follow(error)(message, result, now)


def delivered(message: OutboxMessage, number: str | None, now: datetime) -> None:
    """The destination has it."""
    if message.state == "delivered":
        return
    message.state, message.delivered_at, message.next_attempt_at = "delivered", now, None
    message.in_doubt, message.last_error = False, None
    message.work_order.external_id = number
    _tell(message.work_order)


def _tell(work_order: WorkOrder) -> None:
    """The report counts as dispatched when its lead has it; a supporter's order is only noted. Of praise nothing more is asked."""
    told = {"department": work_order.department, "external_id": work_order.external_id}
    praise = work_order.report.kind == "praise"
    if praise:
        change_work_order(work_order, "finish")
    try:
        if work_order.role == "lead":
            change(work_order.report, "pass_on" if praise else "dispatch", SYSTEM, **told)
            return
    except NotAllowed:  # withdrawn while it was on its way
        pass
    record(work_order.report, "work_order.delivered", SYSTEM, **told)


def _postpone(message: OutboxMessage, result: Result, now: datetime) -> None:
    """Later again, or never if it was too often or too long ago."""
    error, limits = result.error, settings()
    waited = now - message.waiting_since
    if message.attempts >= limits.dispatch_most_attempts or waited >= timedelta(hours=limits.dispatch_most_hours):
        return _stop(message, "dead", "work_order.given_up", f"试了 {message.attempts} 次没有送到：{error}")
    _tell_delay(message, str(error))
    message.state = "waiting"
    message.next_attempt_at = now + max(pause(message.attempts), asked_to_wait(error), SETTLES * result.settles)


def pause(attempts: int, uniform: Callable[[float, float], float] = random.uniform) -> timedelta:
    """How long to wait after so many attempts: exponential backoff, capped, with full jitter (M. Brooker, "Exponential Backoff
    and Jitter", AWS Architecture Blog, 2015), so that what failed together does not come again together."""
    return timedelta(seconds=uniform(0, min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** (attempts - 1))))


def _tell_delay(message: OutboxMessage, error: str) -> None:
    """The resident is told once, not at every try, and of the lead's order alone."""
    if not message.last_error and message.work_order.role == "lead":
        record(message.work_order.report, "report.dispatch_delayed", SYSTEM, error)
    message.last_error = error[:500]


def _refused(message: OutboxMessage, result: Result, now: datetime) -> None:
    _stop(message, "dead", "work_order.refused", str(result.error))


def _not_sure(message: OutboxMessage, result: Result, now: datetime) -> None:
    _stop(message, "unsure", "work_order.unsure", str(result.error))


def _stop(message: OutboxMessage, state: str, event: str, why: str) -> None:
    """Nothing more is tried: staff decide."""
    message.state, message.next_attempt_at, message.last_error = state, None, why[:500]
    record(message.work_order.report, event, SYSTEM, why, department=message.work_order.department)


def _follow(error: DispatchError) -> Callable[[OutboxMessage, Result, datetime], None]:
    """What an error leads to; one that names its cause more closely, such as a 404, counts as what it is a kind of."""
    handlers = {DispatchUnavailable: _postpone, DispatchRefused: _refused, CannotTell: _not_sure}
    return next(handler for kind, handler in handlers.items() if isinstance(error, kind))
