"""Alarms that nobody has confirmed: whom they are for, how they ring again and go up, how they end."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from feedback.alarms.models import Alarm
from feedback.lifecycle import SYSTEM, record
from feedback.models import LEVELS, Staff
from storage import utcnow, writing

log = logging.getLogger(__name__)

RING_EVERY = timedelta(minutes=1)
ESCALATE_EVERY = timedelta(minutes=5)
BATCH = 100


def open_alarms(session: Session) -> list[Alarm]:
    """The alarms that nobody has confirmed, oldest first, with their reports."""
    waiting = select(Alarm).where(Alarm.confirmed_at.is_(None)).order_by(Alarm.raised_at)
    return list(session.scalars(waiting.options(joinedload(Alarm.report))))


def alarms_for(session: Session, staff: Staff) -> list[Alarm]:
    """The open alarms that ring for somebody: all of them for who is on duty, and for everybody where nobody is; for the others
    those that whoever is on duty has let go up."""
    somebody_else = select(Staff.id).where(Staff.on_duty, Staff.active).limit(1)
    if staff.on_duty or not session.scalar(somebody_else):
        return open_alarms(session)
    return [alarm for alarm in open_alarms(session) if alarm.level != "subdistrict"]


def confirm_alarm(session: Session, alarm_id: int, actor: str) -> bool:
    """Somebody has it: the alarm ends for everybody. False if another was first."""
    alarm = session.get_one(Alarm, alarm_id, with_for_update=True)
    if alarm.confirmed_at:
        return False
    alarm.confirmed_at, alarm.confirmed_by = utcnow(), actor
    record(alarm.report, "alarm.confirmed", actor)
    return True


def set_on_duty(session: Session, staff_id: int, on_duty: bool) -> None:
    """Somebody begins or ends to be on duty."""
    session.get_one(Staff, staff_id).on_duty = on_duty


def ring(now: datetime | None = None) -> int:
    """Let the alarms ring whose minute is over, and go up a level after each five minutes; returns how many rang. A job: safe
    beside other workers. The log line `alarm.ringing` is what an operator's own alerting can listen for."""
    now = now or utcnow()
    due = (
        select(Alarm)
        .where(Alarm.confirmed_at.is_(None), or_(Alarm.last_rung_at.is_(None), Alarm.last_rung_at <= now - RING_EVERY))
        .order_by(Alarm.raised_at)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
        .options(selectinload(Alarm.report))
    )
    with writing() as session:
        alarms = session.scalars(due).all()
        for alarm in alarms:
            alarm.rung, alarm.last_rung_at = alarm.rung + 1, now
            _escalate(alarm, now)
            log.warning(
                "alarm.ringing", extra={"number": alarm.report.number, "level": alarm.level, "rung": alarm.rung}
            )
        return len(alarms)


def _escalate(alarm: Alarm, now: datetime) -> None:
    """One level at a time, however long nobody looked."""
    levels = list(LEVELS)
    step = levels.index(alarm.level) + 1
    if step < len(levels) and now - alarm.raised_at >= step * ESCALATE_EVERY:
        alarm.level = levels[step]
        record(alarm.report, "alarm.escalated", SYSTEM, f"无人确认，升级到{LEVELS[alarm.level]}", level=alarm.level)
