"""The whole life of a report: who watches over it, what it was merged into, verdicts, attachments, when it came how far."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

MOMENTS = ("first_contact_at", "dispatched_at", "resolved_at", "closed_at")
REACHED = {
    "first_contact_at": "min(created_at) FROM report_events WHERE name IN "
    "('report.accepted', 'report.rejected', 'report.dispatched', 'report.started', 'report.resolved')",
    "dispatched_at": "min(created_at) FROM report_events WHERE name = 'report.dispatched'",
    "resolved_at": "max(created_at) FROM report_events WHERE name = 'report.resolved'",
    "closed_at": "max(created_at) FROM report_events WHERE name IN ('report.closed', 'report.rejected', 'report.withdrawn')",
}


def upgrade() -> None:
    with op.batch_alter_table("reports") as reports:
        reports.add_column(sa.Column("channel", sa.String(20), nullable=False, server_default="other"))
        reports.add_column(sa.Column("identity", sa.String(12), nullable=False, server_default="anonymous"))
        reports.add_column(sa.Column("level", sa.String(12), nullable=False, server_default="district"))
        for flag in ("publishable", "supervised", "needs_review", "overdue"):
            reports.add_column(sa.Column(flag, sa.Boolean(), nullable=False, server_default=sa.false()))
        for count in ("bounces", "reopened"):
            reports.add_column(sa.Column(count, sa.Integer(), nullable=False, server_default="0"))
        reports.add_column(sa.Column("merged_into_id", sa.Integer(), nullable=True))
        reports.add_column(sa.Column("outcome", sa.String(12), nullable=True))
        reports.add_column(sa.Column("stars", sa.Integer(), nullable=True))
        reports.add_column(sa.Column("solved", sa.Boolean(), nullable=True))
        reports.add_column(sa.Column("contacted_in_time", sa.Boolean(), nullable=True))
        for moment in MOMENTS:
            reports.add_column(sa.Column(moment, sa.DateTime(timezone=True), nullable=True))
        reports.create_index(op.f("ix_reports_merged_into_id"), ["merged_into_id"])
        reports.create_foreign_key(op.f("fk_reports_merged_into_id_reports"), "reports", ["merged_into_id"], ["id"])
    with op.batch_alter_table("work_orders") as orders:
        orders.add_column(sa.Column("role", sa.String(8), nullable=False, server_default="lead"))
        orders.add_column(sa.Column("because", sa.Text(), nullable=False, server_default=""))
        orders.add_column(sa.Column("binding", sa.Boolean(), nullable=False, server_default=sa.false()))
        orders.add_column(sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True))
        orders.create_index(op.f("ix_work_orders_department"), ["department"])
    with op.batch_alter_table("staff") as staff:
        staff.add_column(sa.Column("on_duty", sa.Boolean(), nullable=False, server_default=sa.false()))
    _new_tables()
    _learn_from_history()


def _new_tables() -> None:
    op.create_table(
        "ratings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("report_id", sa.Integer(), nullable=False),
        sa.Column("conversation_id", sa.String(64), nullable=False),
        sa.Column("stars", sa.Integer(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["report_id"], ["reports.id"], name=op.f("fk_ratings_report_id_reports")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ratings")),
    )
    op.create_index(op.f("ix_ratings_conversation_id"), "ratings", ["conversation_id"])
    op.create_index(op.f("ix_ratings_report_id"), "ratings", ["report_id"])
    op.create_table(
        "attachments",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("report_id", sa.Integer(), nullable=False),
        sa.Column("actor", sa.String(80), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("media_type", sa.String(60), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["report_id"], ["reports.id"], name=op.f("fk_attachments_report_id_reports")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachments")),
    )
    op.create_index(op.f("ix_attachments_report_id"), "attachments", ["report_id"])


def _learn_from_history() -> None:
    """What is known of reports that were filed before."""
    for channel in ("web", "wechat", "telegram"):
        op.execute(f"UPDATE reports SET channel = '{channel}' WHERE conversation_id LIKE '{channel}-%'")
    op.execute("UPDATE reports SET identity = 'confidential' WHERE contact IS NOT NULL")
    for moment, told in REACHED.items():
        op.execute(f"UPDATE reports SET {moment} = (SELECT {told} AND report_events.report_id = reports.id)")
    op.execute("UPDATE reports SET resolved_at = NULL WHERE state NOT IN ('resolved', 'closed')")
    op.execute("UPDATE reports SET closed_at = NULL WHERE state NOT IN ('closed', 'rejected', 'withdrawn')")
    for count, name in (("bounces", "report.returned"), ("reopened", "report.reopened")):
        op.execute(
            f"UPDATE reports SET {count} = (SELECT count(*) FROM report_events"
            f" WHERE name = '{name}' AND report_events.report_id = reports.id)"
        )


def downgrade() -> None:
    op.drop_table("attachments")
    op.drop_table("ratings")
    with op.batch_alter_table("staff") as staff:
        staff.drop_column("on_duty")
    with op.batch_alter_table("work_orders") as orders:
        orders.drop_index(op.f("ix_work_orders_department"))
        for column in ("ended_at", "binding", "because", "role"):
            orders.drop_column(column)
    with op.batch_alter_table("reports") as reports:
        reports.drop_constraint(op.f("fk_reports_merged_into_id_reports"), type_="foreignkey")
        reports.drop_index(op.f("ix_reports_merged_into_id"))
        for column in (
            *MOMENTS, "contacted_in_time", "solved", "stars", "outcome", "merged_into_id", "reopened", "bounces",
            "overdue", "needs_review", "supervised", "publishable", "level", "identity", "channel",
        ):  # fmt: skip
            reports.drop_column(column)
