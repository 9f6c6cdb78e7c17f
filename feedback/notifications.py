"""What a resident is told without having asked: each change of a report, and answers that were missing."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from feedback.deadlines.stages import ASKED
from feedback.lifecycle import family
from feedback.models import LEVELS, Report, ReportEvent
from feedback.report_number import display
from knowledge_base import Gap, Guide, take_answered
from storage import utcnow

WORDS = {
    "report.accepted": "您的诉求 {number} 已立案，正在派给承办部门。",
    "report.dispatch_delayed": "派单系统暂时没有回应。您的诉求 {number} 已经保存好，恢复后会自动派出，不用重复反映。",
    "report.dispatched": "您的诉求 {number} 已派给{department}处置。",
    "report.started": "您的诉求 {number} 正在处置中。{note}",
    "report.progressed": "您的诉求 {number} 有新进展。{note}",
    "report.resolved": "您的诉求 {number} 已办结。{note}请用 1 到 5 星评价，5 星最好；如果没有解决，请回复「没解决」，我们会继续跟进。",
    "report.answered": "您的诉求 {number} 有答复了：{words}\n请用 1 到 5 星评价，5 星最好；如果没有说清楚，请回复「没解决」。",
    "report.answered.adopted": "您的建议 {number} 已被采纳，谢谢您。{words}",
    "report.answered.kept": "谢谢您的建议 {number}，这次先留作参考。原因：{words}",
    "report.answered.declined": "谢谢您的建议 {number}，很抱歉这次没有采纳。原因：{words}",
    "report.praise_delivered": "您的表扬 {number} 已转达给{department}，谢谢您。",
    "report.returned": "您的诉求 {number} 需要换一个部门办理，我们正在重新派单。",
    "report.rejected": "很抱歉，您的诉求 {number} 不能受理。原因：{reason}",
    "report.reopened": "您的诉求 {number} 已重新办理。",
    "report.waiting": "您的诉求 {number} 要请您补充：{reason}\n请回复「补充」加上您要说的，收到后我们接着办。",
    "report.overdue": "很抱歉，您的诉求 {number} 没有在规定时间内办结。现在由{level}级督办，我们会继续跟进。",
    "report.closed": "您的诉求 {number} 已结案，谢谢您的反映。",
    "report.closed.window": "您的诉求 {number} {reason}，现已结案。问题还在的话，请把事情再告诉我一次，我马上登记。",
    "report.merged": "您的诉求 {number} 和 {into} 说的是同一件事，已合并办理。进展和结果会照样告诉您。",
    "report.parted": "您的诉求 {number} 已改为单独办理，工作人员会重新处理。",
    "report.withdrawn": "您附议的诉求 {number} 已由提出的人撤回，不再办理。问题还在的话，请告诉我，我马上登记。",
}
"""By an event's name; one that can go several ways has words for each, by its name and `data["how"]`."""
TO_JOINED_ONLY = frozenset(["report.withdrawn"])
"""What the owner did and need not be told."""


ANSWER_FIRST = timedelta(seconds=2)
"""A notice waits so long: what the resident is to do comes before what a department does."""


@dataclass(frozen=True)
class Notice:
    """Words for one conversation; `key` names the event they tell of."""

    conversation_id: str
    text: str
    key: str
    buttons: tuple[dict, ...] = ()


def take_notices(session: Session, most: int = 100) -> list[Notice]:
    """What is to be told now. The events count as told when the session commits, so write the messages in it too."""
    events = session.scalars(
        select(ReportEvent)
        .where(ReportEvent.notified_at.is_(None), ReportEvent.created_at < utcnow() - ANSWER_FIRST)
        .order_by(ReportEvent.id)
        .limit(most)
        .with_for_update(skip_locked=True)
    ).all()
    for event in events:
        event.notified_at = utcnow()
    answered = [_answer(gap, guide) for gap, guide in take_answered(session, most)]
    told = [_notice(event, *who) for event in events if _is_told(event) for who in _who_hears(event).items()]
    return told + answered


def _is_told(event: ReportEvent) -> bool:
    """Whether residents hear of it: of deadlines, only of the one for the solution."""
    return event.name in WORDS and (event.data or {}).get("stage", "resolution") == "resolution"


def _who_hears(event: ReportEvent) -> dict[str, Report]:
    """The conversations that a report and those merged into it came from, and those that joined one of them: each once, with
    the report that it knows. Who took theirs back hears no more; a question is for the owner alone."""
    if event.name in TO_JOINED_ONLY and event.report.merged_into:
        return {}  # another report goes on in its place
    if event.name == ASKED:
        return {event.report.conversation_id: event.report}
    hears: dict[str, Report] = {}
    for report in family(event.report):
        gone = event.name in TO_JOINED_ONLY or (report.state == "withdrawn" and report is not event.report)
        owner = [] if gone else [report.conversation_id]
        for conversation_id in (*owner, *(joined.conversation_id for joined in report.endorsements)):
            hears.setdefault(conversation_id, report)
    return hears


def _answer(gap: Gap, guide: Guide) -> Notice:
    question = gap.text if len(gap.text) <= 40 else f"{gap.text[:39]}…"
    text = f"您之前问过「{question}」，现在有答案了：\n【{guide.title}】\n{guide.summary or ''}"
    payload = json.dumps({"guide": guide.id}, ensure_ascii=False)
    return Notice(
        gap.conversation_id, text, f"gap-{gap.id}", ({"title": "看看怎么办", "payload": f"/show_guide{payload}"},)
    )


def _notice(event: ReportEvent, conversation_id: str, known: Report) -> Notice:
    data = event.data or {}
    note = data.get("note") or ""
    words = WORDS.get(f"{event.name}.{data.get('how')}") or WORDS[event.name]
    text = words.format(
        number=display(known.number),
        into=display(data.get("into", "")),
        department=data.get("department", "承办部门"),
        reason=event.reason or "",
        level=LEVELS.get(data.get("level"), ""),
        words=note,
        note=f"承办部门说：{note.rstrip('。')}。" if note else "",
    )
    owner = conversation_id == event.report.conversation_id
    return Notice(conversation_id, text, f"report-event-{event.id}", tuple(verdicts(event.report)) if owner else ())


def verdicts(report: Report) -> list[dict]:
    """Buttons for the owner of a report that the department calls done."""
    if report.state != "resolved":
        return []
    payload = json.dumps({"report_number": report.number})
    return [{"title": "满意", "payload": f"/rate{payload}"}, {"title": "没解决", "payload": f"/reopen{payload}"}]
