"""What did not get to its department: why, and what staff do about it. Every step has a reason and stands in the report's history."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, object_session

from feedback.city_time import clock
from feedback.dispatch.breaker import Standing, standing
from feedback.dispatch.delivery import delivered
from feedback.dispatch.destinations import choose
from feedback.dispatch.models import Breaker
from feedback.dispatch.outbox import message_of, new_key, request_of
from feedback.errors import NeedsCoordinator, NotStuck, NumberTaken, UnknownChoice, WordsMissing
from feedback.lifecycle import change_work_order, record
from feedback.models import OutboxMessage, WorkOrder
from feedback.routing import known_departments
from feedback.work_orders import ROLES, at_work
from storage import utcnow

LONGEST_NUMBER = 100
LONG = timedelta(minutes=1)
"""What waited so long for its first attempt has no worker that would make it."""
STUCK_WORDS = {"unsure": "不确定是否送到，等人工核实", "dead": "没有送到，等人工处理"}


def resend(message: OutboxMessage, actor: str, reason: str) -> None:
    """重发: the same request again, with the same key. Staff have looked: an unsure one is not there.

    Raises:
        NotStuck, WordsMissing
    """
    _check(message, reason)
    message.in_doubt = message.in_doubt and message.state != "unsure"
    _put_back(message)
    _record(message, "work_order.resent", actor, reason)


def renew_request(message: OutboxMessage, actor: str, reason: str) -> None:
    """重新生成: the request is made anew from the report, which staff have corrected. What may be there already keeps its key, so
    that it is not made twice.

    Raises:
        NotStuck, WordsMissing
    """
    _check(message, reason)
    message.payload = request_of(message.work_order)
    if not message.in_doubt:
        message.idempotency_key, message.destination = new_key(), choose(message.work_order)
    _put_back(message)
    _record(message, "work_order.renewed", actor, reason)


def redirect(
    session: Session, message: OutboxMessage, department: str, actor: str, reason: str, coordinator: bool
) -> None:
    """改派: another department gets an order of the same role, and this one is cancelled.

    Raises:
        NotStuck, WordsMissing
        UnknownChoice: no such department, or it has the report already.
        NeedsCoordinator: the order was given by a ruling.
    """
    _check(message, reason)
    order, report = message.work_order, message.work_order.report
    if order.binding and not coordinator:
        raise NeedsCoordinator("这张工单是裁定的")
    busy = {other.department for other in at_work(report)}
    if department in busy or department not in known_departments(session, report):
        raise UnknownChoice("可以改派的部门", department)
    change_work_order(order, "cancel")
    other = WorkOrder(
        department=department, role=order.role, because=f"因为：{actor}改派", binding=order.binding, state="sent"
    )
    report.work_orders.append(other)
    session.flush()
    session.add(message_of(other))
    told = f"{reason.strip()}；{ROLES[order.role]}：{order.department} → {department}"
    record(report, "work_order.redirected", actor, told, department=department)


def register(session: Session, message: OutboxMessage, number: str, actor: str, reason: str) -> None:
    """人工登记: it was handed over in another way, and has this number.

    Raises:
        NotStuck
        WordsMissing: no reason, or no number.
        NumberTaken: another order has it.
    """
    _check(message, reason)
    number = number.strip()[:LONGEST_NUMBER]
    if not number:
        raise WordsMissing("编号")
    same = select(OutboxMessage.id).join(OutboxMessage.work_order).where(WorkOrder.external_id == number)
    if session.scalar(same.where(OutboxMessage.destination == message.destination).limit(1)):
        raise NumberTaken(number)
    _record(message, "work_order.registered", actor, f"{reason.strip()}；编号 {number}")
    delivered(message, number, utcnow())


def why_not_there(order: WorkOrder, now: datetime) -> str:
    """Why a department doesn't have its order yet, as a sentence for staff; empty if it has, or is not to have it any more."""
    message = order.message
    if not message or message.state in ("delivered", "cancelled"):
        return ""
    said = f"：{message.last_error}" if message.last_error else ""
    if message.state in STUCK_WORDS:
        return STUCK_WORDS[message.state] + said
    if message.state == "sending":
        return f"第 {message.attempts} 次派送，正在等对方答复{said}"
    return _why_waiting(message, now) + said


def _why_waiting(message: OutboxMessage, now: datetime) -> str:
    earlier = [
        order for order in message.work_order.report.work_orders if order.message and order.message.id < message.id
    ]
    if stuck := [order.department for order in earlier if order.message.state in STUCK_WORDS]:
        return f"排在{stuck[0]}的工单后面，那张还没有处理好"
    breaker = object_session(message).get(Breaker, message.destination)
    state = standing(breaker, now)
    if state is not Standing.CLOSED:
        until = f"暂停派送到 {clock(breaker.open_until)}" if state is Standing.OPEN else "先试送一件"
        return f"派单系统连续 {breaker.failures} 次没有成功，{until}"
    if message.attempts:
        return f"试过 {message.attempts} 次，{clock(message.next_attempt_at)} 再试"
    if now - message.waiting_since > LONG:
        return f"从 {clock(message.waiting_since)} 起还没有试送，请检查后台任务是否在运行、是否配置了「{message.destination}」"
    return "等待派送"


def _check(message: OutboxMessage, reason: str) -> None:
    if message.state not in ("dead", "unsure"):
        raise NotStuck
    if not reason.strip():
        raise WordsMissing("理由")


def _put_back(message: OutboxMessage) -> None:
    message.state, message.attempts = "waiting", 0
    message.waiting_since = message.next_attempt_at = utcnow()


def _record(message: OutboxMessage, name: str, actor: str, reason: str) -> None:
    record(message.work_order.report, name, actor, reason.strip(), department=message.work_order.department)
