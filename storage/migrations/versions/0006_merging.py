"""The spot of a report, by which others of the same matter are found."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0003"


def upgrade() -> None:
    # Reports that are stored already get a spot when their place is next told or put right; they are compared for 30 days only.
    op.add_column("reports", sa.Column("spot", sa.String(100), nullable=True))
    op.create_index("ix_reports_same_spot", "reports", ["category", "spot", "created_at"])
    op.create_index("ix_reports_same_pin", "reports", ["category", "latitude", "longitude"])


def downgrade() -> None:
    op.drop_index("ix_reports_same_pin", "reports")
    op.drop_index("ix_reports_same_spot", "reports")
    with op.batch_alter_table("reports") as reports:
        reports.drop_column("spot")
