"""Several destinations: tokens, files, photos of departments, comparisons; updates are known by destination."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    with op.batch_alter_table("dispatch_updates") as updates:
        updates.add_column(sa.Column("destination", sa.String(40), nullable=False, server_default="default"))
        updates.create_index("ix_dispatch_updates_latest", ["destination", "updated_at"])
    _create_tokens()
    _create_files()
    _create_photos()
    _create_reconciliations()


def _create_tokens() -> None:
    op.create_table(
        "dispatch_tokens",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("destination", sa.String(40), nullable=False),
        sa.Column("idempotency_key", sa.String(64), nullable=False),
        sa.Column("token", sa.String(100), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("next_attempt_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dispatch_tokens")),
        sa.UniqueConstraint("idempotency_key", name=op.f("uq_dispatch_tokens_idempotency_key")),
    )
    _create_partial_index("ix_dispatch_tokens_due", "dispatch_tokens", "next_attempt_at", "next_attempt_at IS NOT NULL")


def _create_files() -> None:
    op.create_table(
        "file_batches",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("destination", sa.String(40), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("file", sa.String(100), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_file_batches")),
    )
    _create_partial_index("ix_file_batches_unpublished", "file_batches", "id", "state <> 'published'")
    op.create_table(
        "file_rows",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("destination", sa.String(40), nullable=False),
        sa.Column("idempotency_key", sa.String(64), nullable=False),
        sa.Column("fields", sa.Text(), nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["batch_id"], ["file_batches.id"], name=op.f("fk_file_rows_batch_id_file_batches")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_file_rows")),
        sa.UniqueConstraint("destination", "idempotency_key", name=op.f("uq_file_rows_destination")),
    )
    op.create_index(op.f("ix_file_rows_batch_id"), "file_rows", ["batch_id"])
    _create_partial_index("ix_file_rows_waiting", "file_rows", "id", "batch_id IS NULL")


def _create_photos() -> None:
    op.create_table(
        "dispatch_photos",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("work_order_id", sa.Integer(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_attempt_at", MOMENT, nullable=True),
        sa.Column("error", sa.String(200), nullable=True),
        sa.ForeignKeyConstraint(
            ["work_order_id"], ["work_orders.id"], name=op.f("fk_dispatch_photos_work_order_id_work_orders")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dispatch_photos")),
    )
    op.create_index(op.f("ix_dispatch_photos_work_order_id"), "dispatch_photos", ["work_order_id"])
    _create_partial_index("ix_dispatch_photos_due", "dispatch_photos", "next_attempt_at", "next_attempt_at IS NOT NULL")


def _create_reconciliations() -> None:
    op.create_table(
        "reconciliations",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("destination", sa.String(40), nullable=False),
        sa.Column("day", sa.String(10), nullable=True),
        sa.Column("started_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.Column("compared", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reconciliations")),
        sa.UniqueConstraint("destination", "day", name=op.f("uq_reconciliations_destination")),
    )
    op.create_table(
        "dispatch_differences",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reconciliation_id", sa.Integer(), nullable=False),
        sa.Column("work_order_id", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["reconciliation_id"],
            ["reconciliations.id"],
            name=op.f("fk_dispatch_differences_reconciliation_id_reconciliations"),
        ),
        sa.ForeignKeyConstraint(
            ["work_order_id"], ["work_orders.id"], name=op.f("fk_dispatch_differences_work_order_id_work_orders")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dispatch_differences")),
    )
    for column in ("reconciliation_id", "work_order_id"):
        op.create_index(op.f(f"ix_dispatch_differences_{column}"), "dispatch_differences", [column])


def _create_partial_index(name: str, table: str, column: str, where: str) -> None:
    only = sa.text(where)
    op.create_index(name, table, [column], sqlite_where=only, postgresql_where=only)


def downgrade() -> None:
    for table in (
        "dispatch_differences", "reconciliations", "dispatch_photos", "file_rows", "file_batches", "dispatch_tokens",
    ):  # fmt: skip
        op.drop_table(table)
    with op.batch_alter_table("dispatch_updates") as updates:
        updates.drop_index("ix_dispatch_updates_latest")
        updates.drop_column("destination")
