"""The spot of a report, by which others of the same matter are found; topics, and what is normal."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    # Reports that are stored already get a spot when their place is next told or put right; they are compared for 30 days only.
    op.add_column("reports", sa.Column("spot", sa.String(100), nullable=True))
    op.create_index("ix_reports_same_spot", "reports", ["category", "spot", "created_at"])
    op.create_index("ix_reports_same_pin", "reports", ["category", "latitude", "longitude"])
    op.create_index(op.f("ix_endorsements_created_at"), "endorsements", ["created_at"])
    _topics()
    op.create_table(
        "signal_levels",
        sa.Column("signal", sa.String(160), nullable=False),
        sa.Column("level", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("signal", name=op.f("pk_signal_levels")),
    )
    op.create_table(
        "signal_levels_until",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signal_levels_until")),
    )


def _topics() -> None:
    op.create_table(
        "topics",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("words", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("category", sa.String(40), nullable=False),
        sa.Column("district", sa.String(20), nullable=True),
        sa.Column("subdistrict", sa.String(30), nullable=True),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("expected", sa.Float(), nullable=False),
        sa.Column("hours", sa.Integer(), nullable=False),
        sa.Column("score", sa.Float(), nullable=False),
        sa.Column("first_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("decided_count", sa.Integer(), nullable=False),
        sa.Column("handled_by", sa.String(80), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_topics")),
    )
    op.create_index("ix_topics_state", "topics", ["state", "last_at"])
    op.create_table(
        "topic_reports",
        sa.Column("topic_id", sa.Integer(), nullable=False),
        sa.Column("report_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["topic_id"], ["topics.id"], name=op.f("fk_topic_reports_topic_id_topics")),
        sa.ForeignKeyConstraint(["report_id"], ["reports.id"], name=op.f("fk_topic_reports_report_id_reports")),
        sa.PrimaryKeyConstraint("topic_id", "report_id", name=op.f("pk_topic_reports")),
    )
    op.create_index(op.f("ix_topic_reports_report_id"), "topic_reports", ["report_id"])


def downgrade() -> None:
    for table in ("signal_levels_until", "signal_levels", "topic_reports", "topics"):
        op.drop_table(table)
    op.drop_index(op.f("ix_endorsements_created_at"), "endorsements")
    op.drop_index("ix_reports_same_pin", "reports")
    op.drop_index("ix_reports_same_spot", "reports")
    with op.batch_alter_table("reports") as reports:
        reports.drop_column("spot")
