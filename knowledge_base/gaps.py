"""Gaps: questions that were not answered, grouped by meaning for staff, and closed by a guide."""

from __future__ import annotations

import secrets
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from knowledge_base.guides import find_guide, save_guide
from knowledge_base.models import AnswerRating, Gap
from knowledge_base.schema import Guide
from nlu import encoder
from storage import utcnow

GROUPED = 1000
"""Open questions that are looked at, newest first: grouping compares each with each."""
SAME_MATTER = 0.12
"""Distance (1 - cosine, averaged over a group) up to which questions count as one matter. The bundled encoder puts
paraphrases at about 0.05 to 0.12 and other matters beyond."""
LONGEST_QUESTION = 100
"""Characters up to which a gap is taught as a question of its guide; stories teach little."""


@dataclass(frozen=True)
class GapGroup:
    """Open questions with one meaning; the first is the most typical."""

    gaps: tuple[Gap, ...]
    conversations: int
    last_asked: datetime


def record_gap(
    session: Session, text: str, conversation_id: str | None, message_id: str | None, unhelpful: str | None = None
) -> Gap:
    """Keep a question that found no guide, or only the `unhelpful` one; the same message is kept once."""
    if message_id:
        known = session.scalar(select(Gap).where(Gap.message_id == message_id))
        if known:
            return known
    gap = Gap(
        text=text[:2000], conversation_id=conversation_id, message_id=message_id, unhelpful_guide_id=unhelpful
    )  # fmt: skip
    session.add(gap)
    session.flush()
    return gap


def rate_answer(
    session: Session, useful: bool, guide_id: str, question: str, conversation_id: str, message_id: str | None
) -> None:
    """Keep whether a guide was of use; where it was not, the question is a gap."""
    session.merge(AnswerRating(conversation_id=conversation_id, guide_id=guide_id, useful=useful, rated_at=utcnow()))
    if not useful and question:
        record_gap(session, question, conversation_id, message_id, unhelpful=guide_id)


def open_groups(session: Session) -> list[GapGroup]:
    """Open questions by meaning, the most asked first; one that came after the last grouping stands alone."""
    groups: dict[int, list[Gap]] = defaultdict(list)
    for gap in _open_gaps(session):
        groups[gap.group_id or gap.id].append(gap)
    return sorted(map(_group, groups.values()), key=lambda group: (len(group.gaps), group.last_asked), reverse=True)


def _group(gaps: Sequence[Gap]) -> GapGroup:
    typical_first = tuple(sorted(gaps, key=lambda gap: gap.id != gap.group_id))
    people = {gap.conversation_id or gap.id for gap in gaps}
    return GapGroup(typical_first, len(people), max(gap.asked_at for gap in gaps))


def ungrouped(session: Session) -> bool:
    """Whether an open question has not been compared with the others yet."""
    return any(gap.group_id is None for gap in _open_gaps(session))


def grouped(session: Session) -> dict[int, int]:
    """Open questions by id, each with the most typical of those that mean the same. Takes its time: no transaction that
    writes should be open meanwhile."""
    from sklearn.cluster import AgglomerativeClustering  # loads much that the readers of gaps don't need

    gaps = _open_gaps(session)
    if len(gaps) < 2:
        return {gap.id: gap.id for gap in gaps}
    vectors = encoder.encode_queries([gap.text for gap in gaps])
    clustering = AgglomerativeClustering(
        n_clusters=None, distance_threshold=SAME_MATTER, affinity="cosine", linkage="average"
    )  # fmt: skip
    labels = clustering.fit_predict(vectors)
    groups = {}
    for label in np.unique(labels):
        rows = np.flatnonzero(labels == label)
        typical = rows[0] if len(rows) == 1 else rows[np.argmax(vectors[rows] @ vectors[rows].mean(axis=0))]
        groups |= {gaps[row].id: gaps[typical].id for row in rows}
    return groups


def put_in_groups(session: Session, groups: dict[int, int]) -> None:
    """Keep what `grouped` found."""
    for gap in session.scalars(select(Gap).where(Gap.id.in_(groups))):
        gap.group_id = groups[gap.id]


def asked_by(session: Session, conversation_ids: Sequence[str]) -> Sequence[Gap]:
    """The questions of conversations that are kept because no guide answered them, oldest first."""
    return session.scalars(select(Gap).where(Gap.conversation_id.in_(conversation_ids)).order_by(Gap.id)).all()


def unlink(session: Session, conversation_ids: Sequence[str]) -> None:
    """Keep the questions and verdicts of conversations, and no longer whose they were."""
    mine = Gap.conversation_id.in_(conversation_ids)
    session.execute(update(Gap).where(mine).values(conversation_id=None, message_id=None))
    for conversation_id in conversation_ids:
        rated = update(AnswerRating).where(AnswerRating.conversation_id == conversation_id)
        session.execute(rated.values(conversation_id=f"erased-{secrets.token_hex(12)}"))


def _open_gaps(session: Session) -> Sequence[Gap]:
    wanted = select(Gap).where(Gap.guide_id.is_(None), Gap.dismissed_by.is_(None))
    return session.scalars(wanted.order_by(Gap.id.desc()).limit(GROUPED)).all()


def link(session: Session, gap_ids: Sequence[int], guide_id: str, actor: str) -> Guide:
    """Name the guide that answers these questions: it learns them, and who asked will be told.

    Raises:
        LookupError: there is no such guide.
    """
    guide = find_guide(session, guide_id)
    if not guide:
        raise LookupError(f"没有指南 {guide_id}")
    gaps = session.scalars(select(Gap).where(Gap.id.in_(gap_ids), Gap.guide_id.is_(None))).all()
    learned = [gap.text.strip() for gap in gaps if len(gap.text.strip()) <= LONGEST_QUESTION]
    questions = tuple(dict.fromkeys((*guide.questions, *learned)))
    save_guide(session, guide.model_copy(update={"questions": questions}), actor)
    for gap in gaps:
        gap.guide_id = guide_id
    return guide


def dismiss(session: Session, gap_ids: Sequence[int], actor: str) -> None:
    """Say that these questions need no answer."""
    for gap in session.scalars(select(Gap).where(Gap.id.in_(gap_ids), Gap.guide_id.is_(None))):
        gap.dismissed_by = actor


def take_answered(session: Session, most: int = 100) -> list[tuple[Gap, Guide]]:
    """Questions that have an answer now and whose residents don't know yet; they count as told when this commits."""
    waiting = (
        select(Gap)
        .where(Gap.guide_id.is_not(None), Gap.told_at.is_(None), Gap.conversation_id.is_not(None))
        .order_by(Gap.id)
        .limit(most)
        .with_for_update(skip_locked=True)
    )
    answered = []
    for gap in session.scalars(waiting).all():
        gap.told_at = utcnow()
        if guide := find_guide(session, gap.guide_id or ""):
            answered.append((gap, guide))
    return answered
