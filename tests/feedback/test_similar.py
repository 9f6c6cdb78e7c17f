from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text

from feedback import Report, correct, find_similar, lead, merge, move, reject, similar_reports, supplement
from feedback.spots import spot_of
from storage import engine, reading, utcnow, writing
from tests.bench.city import fill

HERE = (31.19, 121.43)
NORTH = 1 / 111_320
"""A metre in degrees of latitude."""


def similar(address: str | None = None, **parts) -> list[int]:
    """Reports found for a place, the likeliest first."""
    values = {"category": "road.streetlight", "district": "徐汇区"} | parts
    with reading() as session:
        return [found.report.id for found in similar_reports(session, address=address, **values)]


@pytest.mark.parametrize(
    ("address", "spot"),
    [
        ("徐汇区漕溪北路100号门口", "漕溪北路100号"),
        ("漕溪北路１００弄5号302室", "漕溪北路100弄5号"),
        ("田林新村旁边", "田林新村"),
        ("漕溪北路附近", "漕溪北路"),
        ("附近", None),
        (None, None),
    ],
)
def test_a_spot_is_written_in_one_way(address, spot):
    assert spot_of(address) == spot


def test_pins_near_each_other_are_one_matter_the_farther_the_liker_in_words(filed):
    latitude, longitude = HERE
    report_id = filed(address=None, latitude=latitude, longitude=longitude, text="整排路灯都不亮")

    def at(metres: float, words: str) -> list[int]:
        return similar(latitude=latitude + metres * NORTH, longitude=longitude, text=words)

    assert at(0, "") == at(100, "整排路灯不亮了") == [report_id]
    assert at(100, "灯杆歪了") == at(200, "整排路灯都不亮") == []


def test_on_a_road_without_a_number_the_words_decide(filed):
    report_id = filed(address="漕溪北路", text="整条马路的路灯全部熄灭了")
    assert similar("漕溪北路", text="马路的路灯全部熄灭") == [report_id]
    assert similar("漕溪北路88号", text="马路的路灯全部熄灭") == [report_id]
    assert similar("漕溪北路", text="有一盏灯一直闪") == []


def test_the_words_of_the_place_are_not_those_of_the_matter(filed):
    filed(address="漕溪北路", text="漕溪北路上灯杆倒了")
    assert similar("漕溪北路", text="漕溪北路上有一盏一直闪") == []


def test_the_likelier_one_comes_first_with_its_reason(filed):
    other, same = filed(text="灯杆锈了"), filed(text="路灯不亮")
    filed(address="漕溪北路200号", text="路灯不亮")
    assert similar("漕溪北路100号", text="路灯都不亮") == [same, other]
    with reading() as session:
        found = similar_reports(session, "road.streetlight", "徐汇区", "漕溪北路100号", text="路灯不亮", most=1)
        assert [found.because for found in found] == ["同一地点；0 小时前；用词相似 100%"]


def test_what_is_long_past_or_done_or_elsewhere_is_not_found(filed, change):
    report_id = filed()
    assert similar("漕溪北路100号", district="静安区") == []
    assert similar("漕溪北路100号", district=None) == [report_id]
    with writing() as session:
        session.get_one(Report, report_id).created_at = utcnow() - timedelta(days=31)
    assert similar("漕溪北路100号") == []
    change(filed(), reject, "甲", "不属于本市")
    assert similar("漕溪北路100号") == []


def test_a_merged_report_stands_for_its_lead(filed, change):
    leading, merged = filed(address="裕德路1号"), filed()
    change(merged, lambda session, report: merge(session, report, session.get_one(Report, leading), "甲", "同一件"))
    assert similar("漕溪北路100号") == [leading]
    with reading() as session:
        assert find_similar(session, "road.streetlight", "徐汇区", "漕溪北路100号").id == leading
        assert lead(session.get_one(Report, merged)).id == leading


def test_the_spot_follows_the_address(filed, change):
    report_id = filed(address=None)
    assert similar("漕溪北路100号") == []
    change(report_id, supplement, "在那", {"address": "漕溪北路100号"})
    assert similar("漕溪北路100号") == [report_id]
    change(report_id, move, {"address": "裕德路1号"})
    change(report_id, correct, "甲", {"address": "裕德路2号"})
    assert (similar("裕德路1号"), similar("裕德路2号")) == ([], [report_id])


def test_candidates_are_found_by_indexes(database):
    with engine().execution_options(writes=True).connect() as connection:  # among a few, PostgreSQL takes any index
        fill(connection, 2000, utcnow())
    by_spot = "SELECT id FROM reports WHERE category = 'other' AND spot = 'b' AND created_at > '2026-01-01' ORDER BY created_at DESC"
    by_pin = (
        "SELECT id FROM reports WHERE category = 'other' AND latitude BETWEEN 1 AND 2 AND longitude BETWEEN 1 AND 2"
    )
    explain = "EXPLAIN QUERY PLAN" if database == "sqlite" else "EXPLAIN"
    with reading() as session:
        if database == "postgresql":
            session.execute(text("SET enable_seqscan = off"))
        for query, index in ((by_spot, "ix_reports_same_spot"), (by_pin, "ix_reports_same_pin")):
            assert index in str(session.execute(text(f"{explain} {query}")).all())
