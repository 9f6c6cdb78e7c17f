from datetime import datetime

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, select, text
from sqlalchemy.exc import StatementError

import channels.models  # noqa: F401  every table of ours is to be compared
import feedback.models
import feedback.open311.models  # noqa: F401
from feedback import FileReport, Report, accept, endorse, file_report
from feedback.deadlines import policies
from knowledge_base import Gap
from storage import Base, engine, migrate, reading, utcnow, writing
from storage.engine import MIGRATIONS


def test_leaving_a_writing_block_well_keeps_the_work(database):
    with writing() as session:
        session.add(Gap(text="怎么办"))
    with reading() as session:
        assert session.scalar(select(Gap.text)) == "怎么办"


def test_leaving_a_writing_block_by_an_exception_undoes_the_work(database):
    with pytest.raises(RuntimeError), writing() as session:
        session.add(Gap(text="怎么办"))
        session.flush()
        raise RuntimeError
    with reading() as session:
        assert session.scalar(select(Gap)) is None


def test_times_come_back_in_utc_and_naive_ones_are_refused(database):
    moment = utcnow()
    with writing() as session:
        session.add(Gap(text="问", asked_at=moment))
    with reading() as session:
        assert session.scalar(select(Gap.asked_at)) == moment
    with pytest.raises(StatementError, match="time zone"), writing() as session:
        session.add(Gap(text="问", asked_at=datetime(2026, 1, 1)))


def test_migrations_make_exactly_the_tables_that_the_models_describe(database):
    with engine().connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": False})
        assert compare_metadata(context, Base.metadata) == []


def test_migrations_go_down_and_up_and_leave_other_tables_alone(database):
    with writing() as session:
        session.execute(text("CREATE TABLE events (id INTEGER)"))  # Rasa's
        session.add(Gap(text="问"))
    migrate("base")
    assert "gaps" not in inspect(engine()).get_table_names()
    migrate()
    assert {"gaps", "events"} <= set(inspect(engine()).get_table_names())
    assert "events" not in Base.metadata.tables


def test_what_was_filed_lives_through_the_migrations_down_and_up(database):
    filed = FileReport(
        "web-1", "m", "路灯坏了", "complaint", "road.streetlight", district="徐汇区", contact="13800000000"
    )
    policies.prepare()
    with writing() as session:
        report = file_report(session, filed)
        accept(session, report, "甲")
        endorse(session, report, "web-2", "也没亮")
        assert len(report.deadlines) == 3
    migrate(f"-{len(list(MIGRATIONS.glob('versions/0*.py'))) - 2}")
    assert "ratings" not in inspect(engine()).get_table_names()
    migrate()
    with reading() as session:
        report = session.scalars(select(Report)).one()
        assert (report.state, report.channel, report.identity) == ("accepted", "web", "confidential")
        assert report.first_contact_at == report.events[1].created_at
        assert [order.role for order in report.work_orders] == ["lead"]
        assert report.department == report.work_orders[0].department
        assert report.endorsements[0].text == "也没亮"
        assert report.endorsed == 1
        assert (report.deadlines, report.waiting_since) == ([], None), "nothing was promised for it"


def test_sqlite_is_durable_and_refuses_dangling_references(database):
    if database != "sqlite":
        return
    with engine().connect() as connection:
        pragmas = {p: connection.execute(text(f"PRAGMA {p}")).scalar() for p in ("journal_mode", "synchronous")}
    assert pragmas == {"journal_mode": "wal", "synchronous": 2}
