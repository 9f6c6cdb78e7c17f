"""What happened to a published report, in plain words for anybody: never who did it, why, or how they can be reached.

What the city says of it (a department's note, an answer) is told, scrubbed like the report itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from feedback.city_time import CITY_TIME
from feedback.models import LEVELS, Report, ReportEvent
from feedback.publication import public_words

WORDS = {
    "report.submitted": "市民提交",
    "report.accepted": "已立案",
    "report.dispatched": "已派给{department}处置",
    "report.started": "正在处置",
    "report.resolved": "已办结",
    "report.answered": "已答复",
    "report.answered.adopted": "建议已被采纳",
    "report.answered.kept": "建议留作参考",
    "report.answered.declined": "建议没有采纳",
    "report.praise_delivered": "表扬已转达给{department}",
    "report.returned": "需要换一个部门办理，正在重新派单",
    "report.reopened": "已重新办理",
    "report.waiting": "等提出的市民补充情况",
    "report.overdue": "没有在规定时间内办结，由{level}级督办",
    "report.closed": "已结案",
    "report.merged": "和另一件诉求说的是同一件事，合并办理",
    "report.parted": "改为单独办理",
}
"""By an event's name, or that and `data["how"]`, like what its owner is told (`notifications.WORDS`)."""
SAID_TO_RESIDENTS = ("report.started", "report.resolved", "report.answered")
"""Events whose note is written for residents; a note of any other is between staff and departments."""


@dataclass(frozen=True)
class Step:
    """One step of a report, on a day in the city; `said` is what the city said of it, or nothing."""

    day: date
    words: str
    said: str = ""

    def __str__(self) -> str:
        return f"{self.words}：{self.said}" if self.said else self.words


def steps(report: Report) -> list[Step]:
    """What the public may read of a report's history, in order."""
    return [step for event in report.events if (step := step_of(event))]


def step_of(event: ReportEvent) -> Step | None:
    """An event as the public reads it; None if it is none of their business."""
    data = event.data or {}
    if event.name not in WORDS or data.get("stage", "resolution") != "resolution":
        return None
    words = WORDS.get(f"{event.name}.{data.get('how')}") or WORDS[event.name]
    words = words.format(department=data.get("department", "承办部门"), level=LEVELS.get(data.get("level"), "上"))
    said = data.get("note") or "" if event.name in SAID_TO_RESIDENTS else ""
    return Step(event.created_at.astimezone(CITY_TIME).date(), words, public_words(event.report, said))
