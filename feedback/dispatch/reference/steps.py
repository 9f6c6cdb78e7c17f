"""The steps that a department worker takes with a job, and when each is refused."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from sqlalchemy.orm import Session

from feedback.city_time import clock
from feedback.dispatch.reference.models import CLOSED, STATUSES, Job, JobUpdate, Photo

LONGEST_NOTE = 2000
"""Characters of a note."""
NOBODY = "未登记的人员"
"""Who took a step without having given a name, as a script does."""


@dataclass(frozen=True)
class Step:
    """What a step is called, where it may be taken and where it leads (None: the status stays); `needs` names the words
    without which it isn't taken."""

    label: str
    admitted: tuple[str, ...]
    status: str | None
    needs: str | None = None
    hint: str = ""


_OPEN = tuple(status for status in STATUSES if status not in CLOSED)
STEPS = {
    "receive": Step("签收", ("open",), "investigating"),
    "start": Step("开始处置", ("open", "investigating"), "in_progress"),
    "note": Step("记录进展", _OPEN, None, needs="进展", hint="市民会看到这段话。"),
    "finish": Step("办结", _OPEN, "fixed", needs="处置结果", hint="写清做了什么、结果怎样，市民会看到。"),
    "return": Step("退单", _OPEN, "not_responsible", needs="退单理由", hint="写清为什么不属于本部门、应由谁办理。"),
}


class StepRefused(Exception):
    """A step can't be taken; `str()` says why, `status` is that of HTTP."""

    def __init__(self, status: int, words: str) -> None:
        super().__init__(words)
        self.status = status


def admitted(job: Job) -> dict[str, Step]:
    """The steps that can be taken with a job as it is."""
    return {name: step for name, step in STEPS.items() if job.status in step.admitted}


def take(
    session: Session, job_id: int, name: str, worker: str, note: str, photos: list[bytes], seen: int | None
) -> JobUpdate:
    """Take a step, in a writing transaction.

    Args:
        photos: as `photos.cleaned` returns them.
        seen: the number of steps that the worker had before their eyes; None if that isn't known.

    Raises:
        StepRefused: no such job or step (404), somebody was quicker or the job is past it (409), words missing (422).
    """
    job, step, note = session.get(Job, job_id), STEPS.get(name), note.strip()
    if not job or not step:
        raise StepRefused(404, "没有这张工单。" if step else "没有这个动作。")
    if job.status not in step.admitted or (seen is not None and seen != len(job.updates)):
        raise StepRefused(409, _too_late(job, step))
    if step.needs and not note:
        raise StepRefused(422, f"请写明{step.needs}。")
    if len(note) > LONGEST_NOTE:
        raise StepRefused(422, f"说明最多 {LONGEST_NOTE} 字，现在有 {len(note)} 字。")
    job.status = step.status or job.status
    pictures = [Photo(key=secrets.token_urlsafe(16), content=photo) for photo in photos]
    update = JobUpdate(step=name, status=job.status, note=note, worker=worker, photos=pictures)
    job.updates.append(update)
    session.flush()
    return update


def _too_late(job: Job, step: Step) -> str:
    if not job.updates:
        return f"工单现在是「{STATUSES[job.status]}」，不能{step.label}。"
    last = job.updates[-1]
    return (
        f"没有{step.label}：{last.worker or NOBODY}已在 {clock(last.created_at)} 更新过，"
        f"工单现在是「{STATUSES[job.status]}」。请看过最新情况再操作。"
    )
