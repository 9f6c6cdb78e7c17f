"""What residents share: endorsements, one resident on several channels, and where a pin on a map lay."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    with op.batch_alter_table("reports") as reports:
        reports.add_column(sa.Column("latitude", sa.Float(), nullable=True))
        reports.add_column(sa.Column("longitude", sa.Float(), nullable=True))
    op.create_table(
        "endorsements",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("report_id", sa.Integer(), nullable=False),
        sa.Column("conversation_id", sa.String(length=64), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["report_id"], ["reports.id"], name=op.f("fk_endorsements_report_id_reports")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_endorsements")),
        sa.UniqueConstraint("report_id", "conversation_id", name=op.f("uq_endorsements_report_id")),
    )
    op.create_index(op.f("ix_endorsements_conversation_id"), "endorsements", ["conversation_id"], unique=False)
    op.create_table(
        "resident_links",
        sa.Column("conversation_id", sa.String(length=64), nullable=False),
        sa.Column("resident_id", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("conversation_id", name=op.f("pk_resident_links")),
    )
    op.create_index(op.f("ix_resident_links_resident_id"), "resident_links", ["resident_id"], unique=False)
    op.create_table(
        "link_codes",
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("conversation_id", sa.String(length=64), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("code_hash", name=op.f("pk_link_codes")),
    )
    op.create_table(
        "conduct_marks",
        sa.Column("conversation_id", sa.String(length=64), nullable=False),
        sa.Column("abusive_messages", sa.Integer(), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("conversation_id", name=op.f("pk_conduct_marks")),
    )


def downgrade() -> None:
    for table in ("conduct_marks", "link_codes", "resident_links", "endorsements"):
        op.drop_table(table)
    with op.batch_alter_table("reports") as reports:
        reports.drop_column("longitude")
        reports.drop_column("latitude")
