"""The Open311 interface: keys, what each filed, and the public's lists by time."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0015"
down_revision = "0014"

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
PUBLIC = {"sqlite_where": sa.text("publishable = 1"), "postgresql_where": sa.text("publishable")}


def upgrade() -> None:
    op.create_table(
        "api_keys",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("key_hash", sa.String(64), nullable=False),
        sa.Column("scopes", JSON, nullable=False),
        sa.Column("rate", sa.Integer(), nullable=False),
        sa.Column("arrival", sa.Float(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_keys")),
        sa.UniqueConstraint("key_hash", name=op.f("uq_api_keys_key_hash")),
        sa.UniqueConstraint("name", name=op.f("uq_api_keys_name")),
    )
    op.create_table(
        "open311_filings",
        sa.Column("report_id", sa.Integer(), nullable=False),
        sa.Column("api_key_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["api_key_id"], ["api_keys.id"], name=op.f("fk_open311_filings_api_key_id_api_keys")),
        sa.ForeignKeyConstraint(["report_id"], ["reports.id"], name=op.f("fk_open311_filings_report_id_reports")),
        sa.PrimaryKeyConstraint("report_id", name=op.f("pk_open311_filings")),
    )
    op.create_index(op.f("ix_open311_filings_api_key_id"), "open311_filings", ["api_key_id"])
    op.create_index("ix_reports_public_filed", "reports", ["created_at"], **PUBLIC)
    op.create_index(op.f("ix_report_events_created_at"), "report_events", ["created_at"])


def downgrade() -> None:
    op.drop_index(op.f("ix_report_events_created_at"), "report_events")
    op.drop_index("ix_reports_public_filed", "reports")
    op.drop_table("open311_filings")
    op.drop_table("api_keys")
