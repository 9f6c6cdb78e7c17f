"""The tables of reports, their work orders, their history and what is still to be delivered."""

from __future__ import annotations

import secrets
from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint, event, inspect, select
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column, relationship

from storage import Base, Encrypted, utcnow


def only(where: str) -> dict:
    """What makes an index hold only the rows of a condition, on both databases."""
    return {"sqlite_where": sql(where), "postgresql_where": sql(where)}


def partial_index(name: str, column: str, where: str) -> Index:
    return Index(name, column, **only(where))


LEVELS = {"subdistrict": "街镇", "district": "区", "city": "市"}
"""Who watches over a report, from the nearest up."""
SELF_HARM = "crisis.self_harm"
"""The category of which each report is one person's life: never dispatched, merged or published."""
# Said the negative way, since for IN, SQLite would rather use the index of states and sort.
_OPEN = "state NOT IN ('resolved', 'closed', 'rejected', 'merged', 'withdrawn')"
SHELVES = {
    "urgent": f"urgent AND {_OPEN}",
    "overdue": f"overdue AND {_OPEN}",
    "supervised": f"supervised AND {_OPEN}",
    "needs_review": "needs_review",
}
"""What staff look for most, as SQL: a database uses a partial index only for the very condition that it was made with."""
STUCK = "state IN ('unsure', 'dead')"
"""Messages of the outbox that staff must decide on, as SQL for the same reason."""


class Report(Base):
    """诉求: one matter, one place, as a resident told it."""

    __tablename__ = "reports"

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(20), unique=True)
    conversation_id: Mapped[str] = mapped_column(String(64), index=True)
    """The conversation it came from; who writes there owns it."""
    source_message_id: Mapped[str] = mapped_column(String(100), unique=True)
    """The message that confirmed it: the same message twice makes one report."""
    channel: Mapped[str] = mapped_column(String(20), default="other")
    """Where it came in: `web`, `wechat`, `telegram`; `other` for scripts and what was filed elsewhere."""
    kind: Mapped[str] = mapped_column(String(20))
    urgent: Mapped[bool] = mapped_column(default=False)
    category: Mapped[str] = mapped_column(String(40))
    text: Mapped[str] = mapped_column(Text)
    district: Mapped[str | None] = mapped_column(String(20))
    subdistrict: Mapped[str | None] = mapped_column(String(30))
    address: Mapped[str | None] = mapped_column(String(500))
    spot: Mapped[str | None] = mapped_column(String(100))
    """What the address names, in one way of writing (`spots.py`)."""
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    contact: Mapped[str | None] = mapped_column(Encrypted)
    consent: Mapped[str | None] = mapped_column(String(20))
    """Version of the text that was agreed to before the contact was asked for."""
    identity: Mapped[str] = mapped_column(String(12), default="anonymous")
    """`named` 实名: the department may call; `confidential` 保密: staff alone know the contact; `anonymous` 匿名: there is none."""
    publishable: Mapped[bool] = mapped_column(default=False)
    """Whether the resident allowed that others see it, without anything that tells who they are."""
    public_id: Mapped[str] = mapped_column(String(16), unique=True, default=lambda: secrets.token_hex(8))
    """What the public knows it by: the number stays its owner's."""
    publication_blocked: Mapped[str | None] = mapped_column(Text)
    """Why staff keep it from the public; None if they don't."""
    state: Mapped[str] = mapped_column(String(20), default="submitted")
    level: Mapped[str] = mapped_column(String(12), default="district")
    """Who watches over it: `subdistrict` 街镇, `district` 区 or `city` 市; an overdue report goes up one at a time."""
    supervised: Mapped[bool] = mapped_column(default=False)
    """督办: overdue or important, watched by the level above."""
    department: Mapped[str | None] = mapped_column(String(60))
    """Of its latest lead work order, whatever became of that; kept here so that figures need not look for it."""
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("reports.id"), index=True)
    bounces: Mapped[int] = mapped_column(default=0)
    reopened: Mapped[int] = mapped_column(default=0)
    outcome: Mapped[str | None] = mapped_column(String(12))
    """What became of a suggestion: `adopted` 采纳, `kept` 留作参考, `declined` 未采纳."""
    stars: Mapped[int | None]
    """The owner's latest verdict, 1 to 5."""
    solved: Mapped[bool | None]
    """Whether the owner says that it is solved; None while they have said nothing."""
    needs_review: Mapped[bool] = mapped_column(default=False)
    """The resident is not satisfied and no staff has looked at it since."""
    overdue: Mapped[bool] = mapped_column(default=False)
    """Whether a deadline of it was ever missed."""
    contacted_in_time: Mapped[bool | None]
    """Whether the first contact came before its deadline; None while neither has come."""
    first_contact_at: Mapped[datetime | None]
    """When staff or a department first dealt with it and the resident was told."""
    dispatched_at: Mapped[datetime | None]
    resolved_at: Mapped[datetime | None]
    """When it was last called done."""
    closed_at: Mapped[datetime | None]
    waiting_since: Mapped[datetime | None]
    """Since when the resident is asked for something and the deadlines stand still."""
    created_at: Mapped[datetime] = mapped_column(default=utcnow, index=True)
    updated_at: Mapped[datetime] = mapped_column(default=utcnow, onupdate=utcnow)
    version: Mapped[int] = mapped_column()

    events: Mapped[list[ReportEvent]] = relationship(back_populates="report", order_by="ReportEvent.id")
    work_orders: Mapped[list[WorkOrder]] = relationship(back_populates="report", order_by="WorkOrder.id")
    endorsements: Mapped[list[Endorsement]] = relationship(back_populates="report", order_by="Endorsement.id")
    attachments: Mapped[list[Attachment]] = relationship(back_populates="report", order_by="Attachment.id")
    ratings: Mapped[list[Rating]] = relationship(back_populates="report", order_by="Rating.id")
    deadlines: Mapped[list[Deadline]] = relationship(back_populates="report", order_by="Deadline.id")  # noqa: F821
    merged: Mapped[list[Report]] = relationship(back_populates="merged_into", order_by="Report.id")
    merged_into: Mapped[Report | None] = relationship(back_populates="merged", remote_side=[id])

    # The queue is read newest first, whatever it is narrowed down to.
    __table_args__ = (
        partial_index("ix_reports_window", "resolved_at", "state = 'resolved'"),
        Index("ix_reports_published", "publishable", "id"),
        partial_index("ix_reports_contact_kept", "closed_at", "contact IS NOT NULL"),
        Index("ix_reports_same_spot", "category", "spot", "created_at"),
        Index("ix_reports_same_pin", "category", "latitude", "longitude"),
        *(
            Index(f"ix_reports_{column}_created_at", column, "created_at")
            for column in ("state", "category", "district")
        ),
        *(partial_index(f"ix_reports_{shelf}", "created_at", condition) for shelf, condition in SHELVES.items()),
    )
    # Two members of staff who change one report at once can't overwrite each other: the second fails.
    __mapper_args__ = {"version_id_col": version}

    def __str__(self) -> str:
        return self.number


class Endorsement(Base):
    """附议: another resident with the same matter, who hears how it goes."""

    __tablename__ = "endorsements"

    id: Mapped[int] = mapped_column(primary_key=True)
    report_id: Mapped[int] = mapped_column(ForeignKey("reports.id"))
    conversation_id: Mapped[str] = mapped_column(String(64), index=True)
    text: Mapped[str] = mapped_column(Text)
    """The matter in that resident's words."""
    created_at: Mapped[datetime] = mapped_column(default=utcnow, index=True)

    report: Mapped[Report] = relationship(back_populates="endorsements")

    __table_args__ = (UniqueConstraint("report_id", "conversation_id"),)


class Rating(Base):
    """评价: what a resident thinks of how a report was dealt with; a reopened one can be rated anew."""

    __tablename__ = "ratings"

    id: Mapped[int] = mapped_column(primary_key=True)
    report_id: Mapped[int] = mapped_column(ForeignKey("reports.id"), index=True)
    conversation_id: Mapped[str] = mapped_column(String(64), index=True)
    stars: Mapped[int]
    words: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime] = mapped_column(default=utcnow)

    report: Mapped[Report] = relationship(back_populates="ratings")


class Attachment(Base):
    """A photo or file that belongs to a report; its content lies in `var/attachments` under its hash."""

    __tablename__ = "attachments"

    id: Mapped[int] = mapped_column(primary_key=True)
    report_id: Mapped[int] = mapped_column(ForeignKey("reports.id"), index=True)
    actor: Mapped[str] = mapped_column(String(80))
    name: Mapped[str] = mapped_column(String(200))
    media_type: Mapped[str] = mapped_column(String(60))
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(default=utcnow)

    report: Mapped[Report] = relationship(back_populates="attachments")


class ResidentLink(Base):
    """Conversations with one `resident_id` are one resident's, on several channels."""

    __tablename__ = "resident_links"

    conversation_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    resident_id: Mapped[str] = mapped_column(String(32), index=True)


class LinkCode(Base):
    """A code that brings another conversation of the same resident together with the one it was given to."""

    __tablename__ = "link_codes"

    code_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    """SHA-256 of the code; the code itself is kept nowhere."""
    conversation_id: Mapped[str] = mapped_column(String(64))
    expires_at: Mapped[datetime]


class ConductMark(Base):
    """How often somebody was abusive, for staff to know before they answer."""

    __tablename__ = "conduct_marks"

    conversation_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    abusive_messages: Mapped[int] = mapped_column(default=0)
    last_at: Mapped[datetime] = mapped_column(default=utcnow)


class WorkOrder(Base):
    """工单: a report given to one department."""

    __tablename__ = "work_orders"

    id: Mapped[int] = mapped_column(primary_key=True)
    report_id: Mapped[int] = mapped_column(ForeignKey("reports.id"), index=True)
    department: Mapped[str] = mapped_column(String(60), index=True)
    role: Mapped[str] = mapped_column(String(8), default="lead")
    """`lead` 主办, or `support` 协办: the lead's work decides what becomes of the report."""
    because: Mapped[str] = mapped_column(Text, default="")
    """Why this department, in words for staff."""
    binding: Mapped[bool] = mapped_column(default=False)
    """A coordinator ruled so: it can't be returned."""
    state: Mapped[str] = mapped_column(String(20), default="sent", index=True)
    external_id: Mapped[str | None] = mapped_column(String(100), index=True)
    """The number that the dispatch system gave it."""
    created_at: Mapped[datetime] = mapped_column(default=utcnow)
    ended_at: Mapped[datetime | None]

    report: Mapped[Report] = relationship(back_populates="work_orders")
    message: Mapped[OutboxMessage | None] = relationship(back_populates="work_order")

    @property
    def delivered(self) -> bool:
        """Whether the department has it; not every destination gives a number."""
        return bool(self.message and self.message.delivered_at)


@event.listens_for(WorkOrder, "after_insert")
@event.listens_for(WorkOrder, "after_update")
def _note_department(_mapper, connection, order: WorkOrder) -> None:
    """A report counts for the department that leads on it last, also when a work order goes over to another report."""
    changed = inspect(order).attrs
    if not (changed.report_id.history.has_changes() or changed.role.history.has_changes()):
        return
    reports, orders = Report.__table__, WorkOrder.__table__
    leads = select(orders.c.department).where(orders.c.report_id == order.report_id, orders.c.role == "lead")
    latest = leads.order_by(orders.c.id.desc()).limit(1).scalar_subquery()
    connection.execute(reports.update().where(reports.c.id == order.report_id).values(department=latest))


class ReportEvent(Base):
    """What happened to a report: who, when, why, from which state to which. Only ever added to."""

    __tablename__ = "report_events"

    id: Mapped[int] = mapped_column(primary_key=True)
    report_id: Mapped[int] = mapped_column(ForeignKey("reports.id"), index=True)
    name: Mapped[str] = mapped_column(String(40))
    """A past tense with dots, such as `report.accepted`."""
    actor: Mapped[str] = mapped_column(String(80))
    reason: Mapped[str | None] = mapped_column(Text)
    before: Mapped[str | None] = mapped_column(String(20))
    after: Mapped[str | None] = mapped_column(String(20))
    data: Mapped[dict] = mapped_column(default=dict)
    created_at: Mapped[datetime] = mapped_column(default=utcnow)
    notified_at: Mapped[datetime | None]
    """When the resident's message about it was written, or found not to be needed."""

    report: Mapped[Report] = relationship(back_populates="events")

    __table_args__ = (partial_index("ix_report_events_unnotified", "id", "notified_at IS NULL"),)


@event.listens_for(ReportEvent, "before_update")
@event.listens_for(ReportEvent, "before_delete")
def _refuse_to_rewrite(_mapper, _connection, past: ReportEvent) -> None:
    """History may only grow; that a resident was told is noted beside it."""
    state = inspect(past)
    changed = {name for name in state.attrs.keys() if state.attrs[name].history.has_changes()}  # noqa: SIM118
    if state.deleted or changed - {"notified_at"}:
        raise RuntimeError(f"report event {past.id} can't be changed")


class OutboxMessage(Base):
    """A work order to deliver to a destination, written in the transaction of the change it tells of."""

    __tablename__ = "outbox"

    id: Mapped[int] = mapped_column(primary_key=True)
    work_order_id: Mapped[int] = mapped_column(ForeignKey("work_orders.id"), index=True)
    destination: Mapped[str] = mapped_column(String(40), default="default")
    """Name of the dispatch system that it goes to."""
    idempotency_key: Mapped[str] = mapped_column(String(64), unique=True)
    payload: Mapped[dict]
    state: Mapped[str] = mapped_column(String(12), default="waiting")
    """`waiting`, `sending`, `delivered`, `cancelled` before it went out; `unsure` or `dead` until staff decide."""
    attempts: Mapped[int] = mapped_column(default=0)
    in_doubt: Mapped[bool] = mapped_column(default=False)
    """Whether an attempt may have been carried out without our knowing: the connection broke, or the worker died."""
    next_attempt_at: Mapped[datetime | None] = mapped_column(default=utcnow)
    """When it is due; while it is being sent, when another worker may take it over; None if there is nothing to try."""
    waiting_since: Mapped[datetime] = mapped_column(default=utcnow)
    """When it was written, or staff put it back."""
    delivered_at: Mapped[datetime | None]
    last_error: Mapped[str | None] = mapped_column(String(500))

    work_order: Mapped[WorkOrder] = relationship(back_populates="message")

    def take_back(self) -> None:
        """Nobody is to get it any more; one that is on its way, or there, can't be stopped."""
        if self.state in ("waiting", "unsure", "dead"):
            self.state, self.next_attempt_at = "cancelled", None

    __table_args__ = (
        Index("ix_outbox_due", "destination", "next_attempt_at", **only("next_attempt_at IS NOT NULL")),
        partial_index("ix_outbox_stuck", "id", STUCK),
    )


class DispatchUpdate(Base):
    """An update of the dispatch system that has been carried out; it is never carried out twice."""

    __tablename__ = "dispatch_updates"

    id: Mapped[int] = mapped_column(primary_key=True)
    destination: Mapped[str] = mapped_column(String(40), default="default")
    update_id: Mapped[str] = mapped_column(String(100))
    work_order_id: Mapped[int] = mapped_column(ForeignKey("work_orders.id"))
    updated_at: Mapped[datetime]
    received_at: Mapped[datetime] = mapped_column(default=utcnow)

    __table_args__ = (
        UniqueConstraint("work_order_id", "update_id"),
        Index("ix_dispatch_updates_latest", "destination", "updated_at"),
    )


class Staff(Base):
    """An account of the console."""

    __tablename__ = "staff"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(60), unique=True)
    password_hash: Mapped[str] = mapped_column(String(200))
    role: Mapped[str] = mapped_column(String(20))
    active: Mapped[bool] = mapped_column(default=True)
    on_duty: Mapped[bool] = mapped_column(default=False)
    """值班: whom alarms are for; where nobody is on duty they are for everybody."""
    created_at: Mapped[datetime] = mapped_column(default=utcnow)
