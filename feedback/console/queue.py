"""The list of reports: shelves to choose from, a search, and counts that end at a thousand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette_admin.contrib.sqla.filters import build_filter_clause
from starlette_admin.exceptions import ActionFailed
from starlette_admin.filters import FilterGroup

from feedback import queue
from feedback.models import Report
from nlu.places import districts


class QueueList:
    """What starlette-admin's list of reports reads: `queue.py` instead of its ILIKE and COUNT(*) over the whole table."""

    list_template = "report_list.html"
    page_size_options: ClassVar = [25, 50, 100]
    shelves: ClassVar = queue.SHELVES
    districts: ClassVar = districts()
    searched: ClassVar = queue.SEARCHED
    counted: ClassVar = queue.COUNTED

    async def find_all(
        self,
        request: Request,
        skip: int = 0,
        limit: int = 25,
        q: str | None = None,
        sorts: Sequence[tuple[str, str]] | None = None,
        filters: FilterGroup | None = None,
    ) -> list[Report]:
        where = await self._where(request, q, filters)
        newest_first = ("created_at", "asc") not in (sorts or ())
        most = limit if limit > 0 else queue.COUNTED + 1  # all that match: for an export
        found = await run_in_threadpool(queue.page, request.state.session, where, skip, most, newest_first)
        if limit <= 0 and len(found) == most:
            raise ActionFailed(f"超过 {queue.COUNTED} 件，请先缩小范围。")
        return found

    async def count(self, request: Request, q: str | None = None, filters: FilterGroup | None = None) -> int:
        return await run_in_threadpool(queue.count, request.state.session, await self._where(request, q, filters))

    async def _where(self, request: Request, q: str | None, filters: FilterGroup | None) -> queue.Where:
        """What the list is narrowed down to; looked for once a request, though both the rows and the count need it."""
        if not hasattr(request.state, "queue_where"):
            asked = _list_query(request)
            where = [*queue.shelf(asked.get("shelf")), *self._filtered(request, filters)]
            if district := asked.get("district"):
                where.append(Report.district == district)
            found = await run_in_threadpool(queue.search, request.state.session, q, where) if q else ()
            request.state.queue_where = [*where, *found]
        return request.state.queue_where

    def _filtered(self, request: Request, filters: FilterGroup | None) -> list[Any]:
        fields = {field.name: field for field in self.get_fields_list(request)}
        clause = filters and build_filter_clause(filters, fields, self.get_filter_registry(), self, request)
        return [] if clause is None or filters.is_empty() else [clause]


def _list_query(request: Request) -> QueryParams:
    """The list's own query, which an action on all that it shows carries along."""
    carried = request.query_params.get("_list_query")
    return request.query_params if carried is None else QueryParams(carried.lstrip("?"))
