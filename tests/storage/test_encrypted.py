"""Encryption at rest: what lies in the database, changes of keys, and migrations with data in them."""

from __future__ import annotations

import json
import multiprocessing
import stat

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import JSON, column, insert, inspect, select, table, text

import storage
from channels import journal
from channels.journal import Reply
from channels.models import Conversation, InboundMessage, OutboundMessage
from feedback import FileReport, Report, file_report
from storage import Base, DataKeyError, Encrypted, decrypt, encrypt, engine, migrate, reading, secret_file, writing
from storage.encrypted import add_key, keys, new_key
from storage.rotation import BATCH, COLUMNS, rotate

PHONE = "13800138000"
BUTTONS = [{"title": "好", "payload": "x"}]
OLD_CONVERSATION = """
INSERT INTO conversations (id, channel, last_sequence, created_at) VALUES ('web-1', 'web', 1, '2026-11-01 00:00:00+00:00')
"""
OLD_REPORT = """
INSERT INTO reports (number, conversation_id, source_message_id, channel, kind, urgent, category, text, contact, consent, identity,
    publishable, state, level, supervised, bounces, reopened, needs_review, overdue, created_at, updated_at, version)
VALUES (:n, 'web-1', :n, 'web', 'complaint', false, 'other', '路灯', :contact, '2026-11', 'named',
    false, 'submitted', 'city', false, 0, 0, false, false, '2026-11-01 00:00:00+00:00', '2026-11-01 00:00:00+00:00', 1)
"""
OLD_MESSAGE = """
INSERT INTO outbound_messages (conversation_id, sequence, kind, text, buttons, created_at)
VALUES ('web-1', 1, 'reply', '您好', :buttons, '2026-11-01 00:00:00+00:00')
"""


def talk(messages: int = 1) -> None:
    """A resident writes, is answered with a button that carries the number, and files a report."""
    with writing() as session:
        session.add(Conversation(id="web-1", channel="web"))
    for number in range(messages):
        with writing() as session:
            journal.take_in(session, "web-1", f"m{number}", f"我的电话{PHONE}")
            turn = journal.claim(session, "web-1")
            buttons = [{"title": f"还用 {PHONE}", "payload": PHONE}]
            journal.finish(session, turn, [Reply(f"电话是{PHONE}吗", buttons)])
    filed = FileReport(
        "web-1", "m0", f"路灯坏了，电话{PHONE}", "complaint", "road.streetlight", contact=PHONE, identity="named"
    )
    with writing() as session:
        file_report(session, filed)


def tokens() -> list[str]:
    """All that is stored encrypted, as it lies there."""
    with engine().connect() as connection:
        return [
            value
            for name, columns in COLUMNS.items()
            if name != "events" and inspect(connection).has_table(name)
            for row in connection.execute(text(f"SELECT {', '.join(columns)} FROM {name}"))
            for value in row
        ]


def use_keys(monkeypatch, *told: str) -> None:
    monkeypatch.setenv("MINSHENG_DATA_KEYS", ",".join(told))
    storage.reset()


def test_a_number_that_a_resident_told_lies_nowhere_in_the_file(database, tmp_path):
    if database != "sqlite":
        return
    talk()
    with engine().connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    stored = (tmp_path / "minsheng.db").read_bytes()
    assert "路灯坏了".encode() in stored, "the file is what it should be"
    assert PHONE.encode() not in stored


def test_what_was_stored_is_read_again(database):
    talk()
    with reading() as session:
        assert session.scalars(select(Report.contact)).all() == [PHONE]
        assert session.scalars(select(InboundMessage.text)).all() == [f"我的电话{PHONE}"]
        assert session.scalars(select(OutboundMessage)).one().buttons[0]["payload"] == PHONE


def test_a_missing_contact_stays_missing(database):
    with writing() as session:
        file_report(session, FileReport("web-1", "m", "路灯坏了", "complaint", "road.streetlight"))
    with reading() as session:
        assert session.scalars(select(Report).where(Report.contact.is_(None))).one().contact is None


def test_a_wrong_key_is_an_error_that_names_the_setting(database, monkeypatch):
    talk()
    use_keys(monkeypatch, new_key())
    with reading() as session, pytest.raises(DataKeyError, match="MINSHENG_DATA_KEYS"):
        session.scalars(select(Report.contact)).all()


@pytest.mark.parametrize("told", ["no key", ","])
def test_a_malformed_key_is_an_error_that_names_the_setting(tmp_path, monkeypatch, told):
    monkeypatch.setenv("MINSHENG_VAR", str(tmp_path))
    (tmp_path / "data_keys").write_text("")
    use_keys(monkeypatch, told)
    with pytest.raises(DataKeyError, match="MINSHENG_DATA_KEYS"):
        encrypt("a")
    monkeypatch.undo()
    storage.reset()


def test_the_first_key_encrypts_and_all_decrypt(database, monkeypatch):
    old, new = new_key(), new_key()
    use_keys(monkeypatch, old)
    token = encrypt("话")
    use_keys(monkeypatch, new, old)
    assert decrypt(token) == "话"
    assert Fernet(new).decrypt(encrypt("话")).decode() == "话"


def test_after_a_rotation_the_old_key_may_go(database, monkeypatch):
    old, new = new_key(), new_key()
    use_keys(monkeypatch, old)
    talk(3)
    use_keys(monkeypatch, new, old)
    assert rotate() == 1 + 3 + 3 * 2
    assert rotate() == 0, "there is nothing left to do"
    use_keys(monkeypatch, new)
    assert all(Fernet(new).decrypt(token) for token in tokens())
    with reading() as session:
        assert session.scalars(select(Report.contact)).all() == [PHONE]


def test_a_rotation_goes_through_more_than_one_batch_and_can_be_begun_again(database, monkeypatch):
    old, new = new_key(), new_key()
    use_keys(monkeypatch, old)
    with writing() as session:
        session.add(Conversation(id="web-1", channel="web"))
        session.flush()
        session.execute(
            insert(OutboundMessage),
            [{"conversation_id": "web-1", "sequence": n, "text": "话", "buttons": []} for n in range(BATCH + 5)],
        )
    use_keys(monkeypatch, new, old)
    with engine().begin() as connection:  # as a rotation that was cut off would have left it
        connection.execute(text("UPDATE outbound_messages SET text = :t WHERE sequence = 0"), {"t": encrypt("话")})
    assert rotate() == 2 * (BATCH + 5) - 1
    assert all(Fernet(new).decrypt(token) for token in tokens())


def test_a_rotation_leaves_alone_what_is_plain(database, monkeypatch):
    with engine().begin() as connection:
        connection.execute(text("CREATE TABLE events (id INTEGER PRIMARY KEY, data TEXT)"))
        connection.execute(text('INSERT INTO events VALUES (1, \'{"event": "user"}\')'))
    assert rotate() == 0


def test_every_encrypted_column_is_rotated():
    described = {
        table.name: tuple(c.name for c in table.columns if isinstance(c.type, Encrypted))
        for table in Base.metadata.tables.values()
    }
    assert {name: columns for name, columns in described.items() if columns} | {"events": ("data",)} == COLUMNS


def test_a_key_added_to_the_file_is_found_by_who_had_read_the_old_ones(database):
    talk()
    before = keys()
    add_key()
    assert keys()[1:] == before
    rotate()
    with reading() as session:
        assert session.scalars(select(Report.contact)).all() == [PHONE]


def test_a_process_that_knows_only_old_keys_reads_them_again(database, tmp_path):
    encrypt("话")
    later = new_key()
    (tmp_path / "data_keys").write_text(f"{later}\n{keys()[0]}")
    assert decrypt(Fernet(later).encrypt("新".encode()).decode()) == "新"


def test_the_key_file_is_for_its_owner_alone(database, tmp_path):
    encrypt("话")
    assert stat.S_IMODE((tmp_path / "data_keys").stat().st_mode) == 0o600
    assert sorted(p.name for p in tmp_path.glob("data_keys*")) == ["data_keys"]


def _make_secret(ready, results) -> None:
    ready.wait()
    results.put(secret_file("race", new_key))


def test_of_many_processes_one_makes_the_file(database):
    context = multiprocessing.get_context("fork")
    ready, results = context.Barrier(6), context.Queue()
    processes = [context.Process(target=_make_secret, args=(ready, results)) for _ in range(6)]
    for process in processes:
        process.start()
    made = {results.get(timeout=30) for _ in processes}
    for process in processes:
        process.join()
    assert len(made) == 1


def test_old_plain_rows_are_encrypted_by_the_migration_and_plain_again_after_it(empty_database):
    migrate("0007-1")
    with engine().begin() as connection:
        connection.execute(text(OLD_CONVERSATION))
        connection.execute(text(OLD_REPORT), [{"n": "1", "contact": PHONE}, {"n": "2", "contact": None}])
        connection.execute(text(OLD_MESSAGE), {"buttons": json.dumps(BUTTONS)})
    migrate("0007")
    stored = [decrypt(token) for token in tokens() if token]
    assert (stored[0], stored[1], json.loads(stored[2])) == (PHONE, "您好", BUTTONS)
    migrate("-1")
    with engine().connect() as connection:
        assert connection.scalar(text("SELECT contact FROM reports WHERE number = '1'")) == PHONE
        assert connection.scalar(text("SELECT text FROM outbound_messages")) == "您好"
        assert connection.scalar(select(column("buttons", JSON)).select_from(table("outbound_messages"))) == BUTTONS
    migrate()
    with reading() as session:
        assert session.scalars(select(Report.contact).order_by(Report.id)).all() == [PHONE, None]
        assert len(set(session.scalars(select(Report.public_id)))) == 2
        said = session.scalars(select(OutboundMessage)).one()
        assert (said.text, said.buttons) == ("您好", BUTTONS)
