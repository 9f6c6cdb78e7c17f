"""Deadlines of reports and the policies that they come from. Reports filed before have none: nothing was promised for them."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

TO_CHECK = sa.text("next_check_at IS NOT NULL")
WATCHED = sa.text("warned_at IS NOT NULL AND ended_at IS NULL")


def upgrade() -> None:
    with op.batch_alter_table("reports") as reports:
        reports.add_column(sa.Column("waiting_since", sa.DateTime(timezone=True), nullable=True))
    op.create_table(
        "deadline_policies",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("stage", sa.String(12), nullable=False),
        sa.Column("urgent", sa.Boolean(), nullable=False),
        sa.Column("supervised", sa.Boolean(), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("category", sa.String(40), nullable=False),
        sa.Column("amount", sa.Integer(), nullable=True),
        sa.Column("unit", sa.String(16), nullable=False),
        sa.Column("note", sa.String(200), nullable=False),
        sa.Column("updated_by", sa.String(80), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deadline_policies")),
        sa.UniqueConstraint(
            "stage", "urgent", "supervised", "kind", "category", name=op.f("uq_deadline_policies_stage")
        ),
    )
    op.create_table(
        "deadlines",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("report_id", sa.Integer(), nullable=False),
        sa.Column("stage", sa.String(12), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("budget_minutes", sa.Integer(), nullable=False),
        sa.Column("working", sa.Boolean(), nullable=False),
        sa.Column("because", sa.String(400), nullable=False),
        sa.Column("escalations", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(10), nullable=True),
        *(
            sa.Column(moment, sa.DateTime(timezone=True), nullable=True)
            for moment in ("due_at", "warned_at", "missed_at", "escalated_at", "ended_at", "next_check_at")
        ),
        sa.ForeignKeyConstraint(["report_id"], ["reports.id"], name=op.f("fk_deadlines_report_id_reports")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deadlines")),
        sa.UniqueConstraint("report_id", "stage", "round", name=op.f("uq_deadlines_report_id")),
    )
    op.create_index(
        "ix_deadlines_to_check", "deadlines", ["next_check_at"], sqlite_where=TO_CHECK, postgresql_where=TO_CHECK
    )
    op.create_index(
        "ix_deadlines_watched", "deadlines", ["due_at", "id"], sqlite_where=WATCHED, postgresql_where=WATCHED
    )


def downgrade() -> None:
    op.drop_table("deadlines")
    op.drop_table("deadline_policies")
    with op.batch_alter_table("reports") as reports:
        reports.drop_column("waiting_since")
