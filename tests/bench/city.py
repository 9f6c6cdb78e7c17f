"""A city's reports of a year, made up but always the same: what `reports.py` measures on."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice

from sqlalchemy import Connection, text

from feedback.report_number import ALPHABET
from nlu.categories import categories
from nlu.places import districts, subdistricts

DAYS = 365
BATCH = 20_000
CONVERSATIONS_PER_REPORT = 0.4
PUBLISHED = 0.3
"""Part of the reports that their residents allow others to see."""
_ENDS = (
    "closed",
    "closed",
    "closed",
    "closed",
    "closed",
    "closed",
    "closed",
    "closed",
    "rejected",
    "merged",
    "withdrawn",
)
_UNDER_WAY = ("submitted", "accepted", "dispatched", "dispatched", "in_progress", "in_progress", "in_progress")
_ROADS = "".join("东南西北中山虹桥长宁延安江浦人民建设和平新华光明文化龙华衡肇嘉浜漕溪宜仙霞古番禺定威海")
_TROUBLES = (
    "一直没有人来处理", "已经三天了", "晚上特别明显", "影响老人和孩子出行", "打过电话还是这样", "早晚高峰最厉害",
    "希望尽快解决", "下雨以后更严重", "居民意见很大", "之前修过又坏了", "旁边就是学校", "请派人来看一下",
)  # fmt: skip

Rows = Iterator[tuple]


def fill(connection: Connection, count: int, now: datetime, seed: int = 0) -> None:
    """Store so many reports of the year before `now`, with their work orders and events: nine of ten are over."""
    made = _made(count, now.replace(tzinfo=None), random.Random(seed))
    while batch := list(islice(made, BATCH)):
        with connection.begin():
            for table, columns in _COLUMNS.items():
                _insert(connection, table, columns, [row for report in batch for row in report[table]])
    with connection.begin():
        _go_on_counting(connection)


_COLUMNS = {
    "reports": (
        "id", "number", "public_id", "conversation_id", "source_message_id", "channel", "kind", "urgent", "category", "text",
        "district", "subdistrict", "address", "spot", "department", "identity", "publishable", "endorsed", "state", "level", "supervised", "bounces",
        "reopened", "stars", "solved", "needs_review", "overdue", "contacted_in_time", "first_contact_at",
        "dispatched_at", "resolved_at", "closed_at", "created_at", "updated_at", "version",
    ),
    "work_orders": (
        "id", "report_id", "department", "role", "because", "binding", "state", "external_id", "created_at", "ended_at",
    ),
    "report_events": ("report_id", "name", "actor", "before", "after", "data", "created_at", "notified_at"),
    "outbox": (
        "work_order_id", "destination", "idempotency_key", "payload", "state", "attempts", "in_doubt", "waiting_since", "delivered_at",
    ),
}  # fmt: skip


def _insert(connection: Connection, table: str, columns: tuple[str, ...], rows: list[tuple]) -> None:
    cursor = connection.connection.cursor()
    if connection.dialect.name == "postgresql":
        with cursor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
    else:
        cursor.executemany(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})", rows)


def _go_on_counting(connection: Connection) -> None:
    """New rows must get numbers above those that were given here."""
    if connection.dialect.name == "postgresql":
        for table in ("reports", "work_orders"):
            connection.execute(
                text(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))")
            )
    connection.execute(text("ANALYZE"))


def _made(count: int, now: datetime, chance: random.Random) -> Iterator[dict[str, list[tuple]]]:
    codes = list(categories())
    weights = [1 / (rank + 1) ** 0.8 for rank in range(len(codes))]
    places = [(district, subdistricts(district)) for district in districts()]
    busy = [1 / (rank + 2) for rank in range(len(places))]
    for number in range(1, count + 1):
        code = chance.choices(codes, weights)[0]
        district, streets = chance.choices(places, busy)[0]
        age = timedelta(days=DAYS * (1 - number / count), seconds=chance.randrange(3600))
        yield _report(number, code, district, chance.choice(streets), now - age, age, count, chance)


def _report(number, code, district, street, created, age, count, chance) -> dict[str, list[tuple]]:
    state = _state(age.days, chance)
    over = state in ("resolved", "closed")
    given = over or state in ("dispatched", "in_progress", "merged")
    contact = created + timedelta(hours=chance.expovariate(1 / 6)) if state != "submitted" else None
    solved = created + timedelta(hours=12 + chance.expovariate(1 / 90)) if over else None
    ended = solved + timedelta(days=chance.randrange(8)) if state == "closed" else None
    told = chance.random() if state == "closed" else 1
    address = f"{chance.choice(_ROADS)}{chance.choice(_ROADS)}路{chance.randrange(1, 999)}号"
    words = "，".join((address, categories()[code].name, *chance.sample(_TROUBLES, 3)))
    letters = "".join(chance.choices(ALPHABET, k=9))
    moments = {
        "created": _stored(created),
        "contact": _stored(contact),
        "solved": _stored(solved),
        "ended": _stored(ended),
    }
    department = categories()[code].department
    report = (
        number, f"{created:%Y%m%d}{letters}", f"{number:016x}", f"web-{chance.randrange(int(count * CONVERSATIONS_PER_REPORT) + 1)}",
        f"made-{number}", chance.choice(("web", "wechat", "wechat", "telegram")), chance.choice(("complaint", "help")),
        int(chance.random() < 0.04), code, words, district, street, address, address, department if given else None, "anonymous",
        int(chance.random() < PUBLISHED), int(chance.expovariate(1)), state, "district",
        int(chance.random() < 0.03), int(chance.random() < 0.08), int(chance.random() < 0.05),
        chance.choice((1, 3, 4, 5, 5)) if told < 0.3 else None, int(chance.random() < 0.8) if told < 0.4 else None,
        int(told < 0.002), int(chance.random() < 0.1), int(chance.random() < 0.93) if contact else None,
        moments["contact"], moments["contact"] if given else None, moments["solved"], moments["ended"],
        moments["created"], moments["created"], 1,
    )  # fmt: skip
    return {
        "reports": [report],
        "work_orders": [_order(number, department, over, moments)] if given else [],
        "report_events": list(_events(number, state, moments)),
        "outbox": [_delivered(number, moments["contact"])] if given else [],
    }


def _delivered(number: int, at: str) -> tuple:
    return (number, "default", f"made-{number}", "{}", "delivered", 1, 0, at, at)


def _state(age_in_days: int, chance: random.Random) -> str:
    if chance.random() < 0.02 + math.exp(-age_in_days / 12):
        return chance.choice(_UNDER_WAY)
    return "resolved" if age_in_days < 8 and chance.random() < 0.5 else chance.choice(_ENDS)


def _order(number: int, department: str, over: bool, moments: dict) -> tuple:
    state = "done" if over else "received"
    return (number, number, department, "lead", "", 0, state, f"D{number}", moments["contact"], moments["solved"])


def _events(number: int, state: str, moments: dict) -> Rows:
    happened = (
        ("report.submitted", moments["created"], "submitted"),
        ("report.dispatched", moments["contact"], "dispatched"),
        ("report.resolved", moments["solved"], "resolved"),
        ("report.closed", moments["ended"], "closed"),
    )
    for name, moment, after in happened:
        if moment:
            yield (number, name, "系统", None, after, "{}", moment, moment)


def _stored(moment: datetime | None) -> str | None:
    """A moment in UTC as both databases read it."""
    return moment and moment.isoformat(" ", "microseconds")
