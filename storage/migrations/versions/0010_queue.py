"""The queue by index: narrowed down to a state, category or district, or to what staff look for most; a report's department."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

NARROWED = ("state", "category", "district")
OPEN = "state NOT IN ('resolved', 'closed', 'rejected', 'merged', 'withdrawn')"
SHELVES = {
    "ix_reports_urgent": f"urgent AND {OPEN}",
    "ix_reports_overdue": f"overdue AND {OPEN}",
    "ix_reports_supervised": f"supervised AND {OPEN}",
    "ix_reports_needs_review": "needs_review",
}
LATEST_LEAD = (
    "SELECT department FROM work_orders WHERE report_id = reports.id AND role = 'lead' ORDER BY id DESC LIMIT 1"
)


def upgrade() -> None:
    op.add_column("reports", sa.Column("department", sa.String(60), nullable=True))
    op.execute(f"UPDATE reports SET department = ({LATEST_LEAD})")
    for column in NARROWED:
        op.drop_index(f"ix_reports_{column}", "reports")
        op.create_index(f"ix_reports_{column}_created_at", "reports", [column, "created_at"])
    for name, condition in SHELVES.items():
        only = sa.text(condition)
        op.create_index(name, "reports", ["created_at"], sqlite_where=only, postgresql_where=only)
    waiting = sa.text("delivered_at IS NULL")
    op.drop_index("ix_outbox_next_attempt_at", "outbox")
    op.create_index("ix_outbox_undelivered", "outbox", ["id"], sqlite_where=waiting, postgresql_where=waiting)


def downgrade() -> None:
    op.drop_index("ix_outbox_undelivered", "outbox")
    op.create_index("ix_outbox_next_attempt_at", "outbox", ["next_attempt_at"])
    for name in SHELVES:
        op.drop_index(name, "reports")
    for column in NARROWED:
        op.drop_index(f"ix_reports_{column}_created_at", "reports")
        op.create_index(f"ix_reports_{column}", "reports", [column])
    op.drop_column("reports", "department")
