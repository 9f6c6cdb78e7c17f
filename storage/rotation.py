"""A change of keys while the system runs: a new key is put in front (`encrypted.add_key`), the processes are started anew,
`rotate` encrypts with it what older keys had encrypted, and then those may go.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cryptography.fernet import Fernet, InvalidToken
from sqlalchemy import Column, MetaData, Row, Table, inspect, select, tuple_, update

from storage.encrypted import decrypt, encrypt, keys
from storage.engine import engine

COLUMNS = {
    "reports": ("contact",),
    "inbound_messages": ("text",),
    "outbound_messages": ("text", "buttons"),
    "file_rows": ("fields",),
    "events": ("data",),
}
"""Tables with encrypted columns, by name: this package may not import the rooms that own them, and `events` is Rasa's."""
MARK = "gAAAA"
"""How every Fernet token begins (its version, and a time before the year 2106)."""
BATCH = 500


def rotate() -> int:
    """Encrypt with the first key what another one had encrypted, in short transactions; returns how many values. It may be
    stopped and begun again, and run while others write: what they changed meanwhile is left to them."""
    present = set(inspect(engine()).get_table_names())
    return sum(_rotate_table(name, columns) for name, columns in COLUMNS.items() if name in present)


def _rotate_table(name: str, columns: Sequence[str]) -> int:
    table = Table(name, MetaData(), autoload_with=engine(), resolve_fks=False)
    first, rotated = Fernet(keys()[0]), 0
    for rows in _batches(table, columns):
        stale = [(row, column) for row in rows for column in columns if _is_stale(getattr(row, column), first)]
        if stale:
            with engine().execution_options(writes=True).begin() as connection:
                changes = (_renewal(table, row, table.c[column]) for row, column in stale)
                rotated += sum(connection.execute(change).rowcount for change in changes)
    return rotated


def _batches(table: Table, columns: Sequence[str]) -> Iterator[Sequence[Row]]:
    """All rows by their primary key, a batch at a time; no transaction stays open in between."""
    key = list(table.primary_key.columns)
    wanted = select(*key, *(table.c[column] for column in columns)).order_by(*key).limit(BATCH)
    after = wanted
    while True:
        with engine().connect() as connection:
            rows = connection.execute(after).all()
        if not rows:
            return
        yield rows
        after = wanted.where(tuple_(*key) > tuple_(*(getattr(rows[-1], column.name) for column in key)))


def _is_stale(token: str | None, first: Fernet) -> bool:
    """Whether another key than the first encrypted a value; plain ones, such as old events of Rasa's, are none."""
    if not token or not token.startswith(MARK):
        return False
    try:
        first.decrypt(token)
    except InvalidToken:
        return True
    return False


def _renewal(table: Table, row: Row, column: Column):
    """The statement that renews a value, unless somebody changed it meanwhile."""
    token = getattr(row, column.name)
    same = [part == getattr(row, part.name) for part in table.primary_key.columns]
    return update(table).where(*same, column == token).values({column.name: encrypt(decrypt(token))})
