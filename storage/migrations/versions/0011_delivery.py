"""Several destinations; what stopped, what is in doubt, and a circuit breaker for each destination."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

STUCK = sa.text("state IN ('unsure', 'dead')")
DUE = sa.text("next_attempt_at IS NOT NULL")
UNDELIVERED = sa.text("delivered_at IS NULL")
OF_THE_ORDER = "FROM work_orders WHERE work_orders.id = outbox.work_order_id"


def upgrade() -> None:
    op.drop_index("ix_outbox_undelivered", "outbox")
    with op.batch_alter_table("outbox") as outbox:
        outbox.add_column(sa.Column("destination", sa.String(40), nullable=False, server_default="default"))
        outbox.add_column(sa.Column("state", sa.String(12), nullable=False, server_default="waiting"))
        outbox.add_column(sa.Column("in_doubt", sa.Boolean(), nullable=False, server_default=sa.false()))
        outbox.add_column(sa.Column("waiting_since", sa.DateTime(timezone=True), nullable=True))
        outbox.alter_column("next_attempt_at", existing_type=sa.DateTime(timezone=True), nullable=True)
    op.execute(f"UPDATE outbox SET waiting_since = (SELECT created_at {OF_THE_ORDER})")
    with op.batch_alter_table("outbox") as outbox:
        outbox.alter_column("waiting_since", existing_type=sa.DateTime(timezone=True), nullable=False)
    _learn_states()
    op.create_index(
        "ix_outbox_due", "outbox", ["destination", "next_attempt_at"], sqlite_where=DUE, postgresql_where=DUE
    )
    op.create_index("ix_outbox_stuck", "outbox", ["id"], sqlite_where=STUCK, postgresql_where=STUCK)
    op.create_table(
        "dispatch_breakers",
        sa.Column("destination", sa.String(40), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("open_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_error", sa.String(500), nullable=True),
        sa.PrimaryKeyConstraint("destination", name=op.f("pk_dispatch_breakers")),
    )


def _learn_states() -> None:
    """What was taken back before it went out counted as delivered, without a number."""
    taken_back = f"(SELECT external_id IS NULL {OF_THE_ORDER})"
    op.execute(
        f"UPDATE outbox SET state = CASE WHEN {taken_back} THEN 'cancelled' ELSE 'delivered' END, next_attempt_at = NULL"
        " WHERE delivered_at IS NOT NULL"
    )
    op.execute("UPDATE outbox SET delivered_at = NULL WHERE state = 'cancelled'")
    # Nobody knows what became of an attempt that is not noted as a success.
    op.execute("UPDATE outbox SET in_doubt = attempts > 0 WHERE state = 'waiting'")


def downgrade() -> None:
    op.drop_table("dispatch_breakers")
    op.drop_index("ix_outbox_stuck", "outbox")
    op.drop_index("ix_outbox_due", "outbox")
    op.execute("UPDATE outbox SET delivered_at = waiting_since WHERE state = 'cancelled'")
    op.execute(
        "UPDATE outbox SET next_attempt_at = coalesce(delivered_at, waiting_since) WHERE next_attempt_at IS NULL"
    )
    with op.batch_alter_table("outbox") as outbox:
        for column in ("waiting_since", "in_doubt", "state", "destination"):
            outbox.drop_column(column)
        outbox.alter_column("next_attempt_at", existing_type=sa.DateTime(timezone=True), nullable=False)
    op.create_index("ix_outbox_undelivered", "outbox", ["id"], sqlite_where=UNDELIVERED, postgresql_where=UNDELIVERED)
