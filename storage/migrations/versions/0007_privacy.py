"""Privacy: contacts and conversations are encrypted, erasures are carried out, reports have an id for the public."""

from collections.abc import Callable, Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from storage.encrypted import decrypt, encrypt

revision = "0007"
down_revision = "0006"

JSONType = sa.JSON().with_variant(JSONB(), "postgresql")
ENCRYPTED = (
    ("reports", ("id",), ("contact",)),
    ("inbound_messages", ("id",), ("text",)),
    ("outbound_messages", ("conversation_id", "sequence"), ("text", "buttons")),
)
BATCH = 1000
CONTACT_KEPT = "contact IS NOT NULL"
RANDOM_ID = {"sqlite": "lower(hex(randomblob(8)))", "postgresql": "substr(md5(gen_random_uuid()::text), 1, 16)"}


def upgrade() -> None:
    op.create_table(
        "erasures",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("conversation_id", sa.String(64), nullable=True),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasures")),
        sa.UniqueConstraint("conversation_id", name=op.f("uq_erasures_conversation_id")),
    )
    with op.batch_alter_table("reports") as reports:
        reports.alter_column("contact", existing_type=sa.String(100), type_=sa.Text(), existing_nullable=True)
        reports.add_column(sa.Column("public_id", sa.String(16), nullable=True))
        reports.add_column(sa.Column("publication_blocked", sa.Text(), nullable=True))
    op.execute(f"UPDATE reports SET public_id = {RANDOM_ID[op.get_context().dialect.name]}")
    with op.batch_alter_table("reports") as reports:
        reports.alter_column("public_id", existing_type=sa.String(16), nullable=False)
        reports.create_unique_constraint(op.f("uq_reports_public_id"), ["public_id"])
    op.create_index("ix_reports_published", "reports", ["publishable", "id"])
    where = {"sqlite_where": sa.text(CONTACT_KEPT), "postgresql_where": sa.text(CONTACT_KEPT)}
    op.create_index("ix_reports_contact_kept", "reports", ["closed_at"], **where)
    _store_buttons_as(sa.Text(), JSONType, "text")
    op.create_index(op.f("ix_inbound_messages_received_at"), "inbound_messages", ["received_at"])
    op.create_index(op.f("ix_outbound_messages_created_at"), "outbound_messages", ["created_at"])
    _rewrite(encrypt)


def downgrade() -> None:
    _rewrite(decrypt)
    op.drop_index(op.f("ix_outbound_messages_created_at"), "outbound_messages")
    op.drop_index(op.f("ix_inbound_messages_received_at"), "inbound_messages")
    _store_buttons_as(JSONType, sa.Text(), "jsonb")
    for name in ("published", "contact_kept"):
        op.drop_index(f"ix_reports_{name}", "reports")
    with op.batch_alter_table("reports") as reports:
        reports.drop_constraint(op.f("uq_reports_public_id"), type_="unique")
        reports.drop_column("publication_blocked")
        reports.drop_column("public_id")
        reports.alter_column("contact", existing_type=sa.Text(), type_=sa.String(100), existing_nullable=True)
    op.drop_table("erasures")


def _store_buttons_as(new: sa.types.TypeEngine, old: sa.types.TypeEngine, cast: str) -> None:
    with op.batch_alter_table("outbound_messages") as messages:
        messages.alter_column(
            "buttons", existing_type=old, type_=new, existing_nullable=False, postgresql_using=f"buttons::{cast}"
        )


def _rewrite(function: Callable[[str], str]) -> None:
    """Every value of the encrypted columns through a function, a batch of rows at a time."""
    for name, key, columns in ENCRYPTED:
        table = sa.table(name, *map(sa.column, (*key, *columns)))
        for rows in _batches(table, key):
            for row in rows:
                told = {column: function(row[column]) for column in columns if row[column] is not None}
                if told:
                    same = [table.c[part] == row[part] for part in key]
                    op.get_bind().execute(sa.update(table).where(*same).values(told))


def _batches(table: sa.TableClause, key: Sequence[str]):
    parts = [table.c[part] for part in key]
    wanted = sa.select(table).order_by(*parts).limit(BATCH)
    rows = op.get_bind().execute(wanted).mappings().all()
    while rows:
        yield rows
        last = sa.tuple_(*(rows[-1][part] for part in key))
        rows = op.get_bind().execute(wanted.where(sa.tuple_(*parts) > last)).mappings().all()
