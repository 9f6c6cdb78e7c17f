"""The table of rules that says which department a report goes to."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "routing_rules",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("category", sa.String(40), nullable=False),
        sa.Column("district", sa.String(20), nullable=False),
        sa.Column("subdistrict", sa.String(30), nullable=False),
        sa.Column("level", sa.String(12), nullable=False),
        sa.Column("department", sa.String(60), nullable=False),
        sa.Column("supporters", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("note", sa.String(200), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("updated_by", sa.String(80), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_routing_rules")),
        sa.UniqueConstraint("category", "district", "subdistrict", name=op.f("uq_routing_rules_category")),
    )


def downgrade() -> None:
    op.drop_table("routing_rules")
