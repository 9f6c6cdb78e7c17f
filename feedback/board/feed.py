"""The published reports as an Atom feed (RFC 4287): all, or of a district, a category, or whatever else the list knows."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, time
from html import escape

from feedgenerator import Atom1Feed
from starlette.requests import Request
from starlette.responses import Response

from feedback.board.answers import answer, base_of
from feedback.board.wanted import Wanted
from feedback.city_time import CITY_TIME
from feedback.plain_text import for_xml
from feedback.publication import PublicReport, public_view, published
from feedback.settings import settings
from nlu.categories import names
from storage import reading

ENTRIES = 50
MEDIA_TYPE = "application/atom+xml"
AUTHOR = "民声"
_BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)
"""When a feed without entries was changed last."""
_IDS = uuid.UUID("6f1d2c5a-3b0e-4a53-9c1b-5f0f6f2f7d11")
"""Drawn once: ids of entries stay when the board moves to another address."""


class _Feed(Atom1Feed):
    def latest_post_date(self) -> datetime:
        return super().latest_post_date() if self.items else _BEGINNING


def atom(request: Request) -> Response:
    wanted = Wanted.of(request.query_params)
    with reading() as session:
        reports = [public_view(report) for report in published(session, most=ENTRIES, **wanted.conditions)]
    changed_at = max((report.changed_at for report in reports), default=_BEGINNING)
    return answer(request, _written(request, wanted, reports), MEDIA_TYPE, changed_at)


def _written(request: Request, wanted: Wanted, reports: list[PublicReport]) -> str:
    base = base_of(request)
    address = f"{base}feed.atom" + (f"?{request.url.query}" if wanted.query else "")
    narrowed = " ".join(names().get(value, value) for value in wanted.query.values())
    feed = _Feed(
        title=for_xml(f"公开督办：{narrowed}" if narrowed else "公开督办"),
        link=base,
        description="市民同意公开的诉求，已去掉个人信息",
        feed_url=address,
        feed_guid=_urn(f"feed?{sorted(wanted.query.items())}"),
        language="zh-CN",
        author_name=AUTHOR,
        feed_copyright=settings().board_license,
    )
    for report in reports:
        words = f"<p>{escape(report.text)}</p><p>{report.state_name}　{escape(report.department or '')}</p>"
        feed.add_item(
            title=for_xml(report.title),
            link=f"{base}{report.id}",
            description=for_xml(words),
            unique_id=_urn(report.id),
            pubdate=datetime.combine(report.filed, time(), CITY_TIME),
            updateddate=report.changed_at,
            categories=[report.category_name],
        )
    return feed.writeString("utf-8")


def _urn(name: str) -> str:
    return uuid.uuid5(_IDS, name).urn
