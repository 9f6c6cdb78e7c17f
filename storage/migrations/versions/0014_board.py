"""The public board: who else has a matter, counted on the report; who follows one; the board's lists by index."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"

STILL_OPEN = "state NOT IN ('resolved', 'closed', 'rejected', 'merged', 'withdrawn')"
INDEXES = {
    "newest": (["id"], ""),
    "endorsed": (["endorsed", "id"], ""),
    "open": (["id"], STILL_OPEN),
    "solved": (["resolved_at"], "kind <> 'suggestion'"),
    "adopted": (["resolved_at"], "outcome = 'adopted'"),
    "category": (["category", "id"], ""),
    "district": (["district", "id"], ""),
    "kind": (["kind", "id"], ""),
}
COUNT_ENDORSED = """
UPDATE reports SET endorsed = counted.others FROM (
    WITH RECURSIVE family(top, member) AS (
        SELECT id, id FROM reports WHERE merged_into_id IS NULL
        UNION ALL SELECT family.top, r.id FROM family JOIN reports r ON r.merged_into_id = family.member
    ), other(top, conversation_id) AS (
        SELECT top, e.conversation_id FROM family JOIN endorsements e ON e.report_id = member
        UNION SELECT top, r.conversation_id FROM family JOIN reports r ON r.id = member
            WHERE member <> top AND r.state <> 'withdrawn'
    )
    SELECT top, count(*) AS others FROM other JOIN reports r ON r.id = top
        WHERE other.conversation_id <> r.conversation_id GROUP BY top
) AS counted WHERE reports.id = counted.top
"""


def upgrade() -> None:
    op.create_table(
        "follows",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("report_id", sa.Integer(), nullable=False),
        sa.Column("conversation_id", sa.String(64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["report_id"], ["reports.id"], name=op.f("fk_follows_report_id_reports")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_follows")),
        sa.UniqueConstraint("report_id", "conversation_id", name=op.f("uq_follows_report_id")),
    )
    op.create_index(op.f("ix_follows_conversation_id"), "follows", ["conversation_id"])
    op.add_column("reports", sa.Column("endorsed", sa.Integer(), server_default="0", nullable=False))
    op.execute(COUNT_ENDORSED)
    op.drop_index("ix_reports_published", "reports")
    for name, (columns, condition) in INDEXES.items():
        also = f" AND {condition}" if condition else ""
        where = {
            "sqlite_where": sa.text(f"publishable = 1{also}"),
            "postgresql_where": sa.text(f"publishable{also}"),
        }
        op.create_index(f"ix_reports_public_{name}", "reports", columns, **where)


def downgrade() -> None:
    for name in INDEXES:
        op.drop_index(f"ix_reports_public_{name}", "reports")
    op.create_index("ix_reports_published", "reports", ["publishable", "id"])
    op.drop_column("reports", "endorsed")
    op.drop_index(op.f("ix_follows_conversation_id"), "follows")
    op.drop_table("follows")
