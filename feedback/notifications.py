"""What a resident is told of each change of a report, in plain words."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from feedback.models import ReportEvent
from feedback.report_number import display
from storage import utcnow

WORDS = {
    "report.accepted": "您的诉求 {number} 已立案，正在派给承办部门。",
    "report.dispatch_delayed": "派单系统暂时没有回应。您的诉求 {number} 已经保存好，恢复后会自动派出，不用重复反映。",
    "report.dispatched": "您的诉求 {number} 已派给{department}处置。",
    "report.started": "您的诉求 {number} 正在处置中。{note}",
    "report.resolved": "您的诉求 {number} 已办结。{note}如果没有解决，请回复「没解决」，我们会继续跟进。",
    "report.returned": "您的诉求 {number} 需要换一个部门办理，我们正在重新派单。",
    "report.rejected": "很抱歉，您的诉求 {number} 不能受理。原因：{reason}",
    "report.reopened": "您的诉求 {number} 已重新办理。",
    "report.closed": "您的诉求 {number} 已结案，谢谢您的反映。",
}


@dataclass(frozen=True)
class Notice:
    """Words for one conversation; `key` names the event they tell of."""

    conversation_id: str
    text: str
    key: str


def take_notices(session: Session, most: int = 100) -> list[Notice]:
    """What is to be told now. The events count as told when the session commits, so write the messages in it too."""
    events = session.scalars(
        select(ReportEvent)
        .where(ReportEvent.notified_at.is_(None))
        .order_by(ReportEvent.id)
        .limit(most)
        .with_for_update(skip_locked=True)
    ).all()
    for event in events:
        event.notified_at = utcnow()
    return [_notice(event) for event in events if event.name in WORDS]


def _notice(event: ReportEvent) -> Notice:
    note = (event.data or {}).get("note") or ""
    text = WORDS[event.name].format(
        number=display(event.report.number),
        department=(event.data or {}).get("department", "承办部门"),
        reason=event.reason or "",
        note=f"承办部门说：{note.rstrip('。')}。" if note else "",
    )
    return Notice(event.report.conversation_id, text, f"report-event-{event.id}")
