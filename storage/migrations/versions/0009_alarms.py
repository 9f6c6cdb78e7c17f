"""Alarms of urgent reports; finding the resolved reports whose window has ended."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0007"


def upgrade() -> None:
    op.create_table(
        "alarms",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("report_id", sa.Integer(), nullable=False),
        sa.Column("level", sa.String(12), nullable=False),
        sa.Column("rung", sa.Integer(), nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_rung_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("confirmed_by", sa.String(80), nullable=True),
        sa.ForeignKeyConstraint(["report_id"], ["reports.id"], name=op.f("fk_alarms_report_id_reports")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alarms")),
        sa.UniqueConstraint("report_id", name=op.f("uq_alarms_report_id")),
    )
    unconfirmed = sa.text("confirmed_at IS NULL")
    op.create_index("ix_alarms_open", "alarms", ["raised_at"], sqlite_where=unconfirmed, postgresql_where=unconfirmed)
    resolved = sa.text("state = 'resolved'")
    op.create_index("ix_reports_window", "reports", ["resolved_at"], sqlite_where=resolved, postgresql_where=resolved)


def downgrade() -> None:
    op.drop_index("ix_reports_window", "reports")
    op.drop_table("alarms")
