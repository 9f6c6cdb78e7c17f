"""Which requests `GET requests` lists, by the standard's arguments and a few of our own."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, BeforeValidator, Field
from sqlalchemy import Select, select

from feedback.dispatch.reference.answers import Refused
from feedback.dispatch.reference.models import CLOSED, Job
from storage import utcnow

LONGEST_SPAN = timedelta(days=90)
MOST_ROWS = 1000


def _written(value: str | None) -> str | None:
    """An empty argument is no argument, says the standard; a plus sign that was not encoded arrives as a space."""
    return value.replace(" ", "+") if value else None


Moment = Annotated[AwareDatetime | None, BeforeValidator(_written)]


class Filters(BaseModel):
    """The arguments; lists are divided by commas. `external_id`, `extensions` and paging are not the standard's."""

    service_request_id: str = ""
    external_id: str = ""
    service_code: str = ""
    status: str = ""
    start_date: Moment = None
    end_date: Moment = None
    extensions: bool = False
    page: int = Field(1, ge=1, le=1_000_000)
    page_size: int = Field(MOST_ROWS, ge=1, le=MOST_ROWS)

    def query(self) -> Select[tuple[Job]]:
        """The newest first; numbers override all other arguments.

        Raises:
            Refused: 400, an argument makes no sense.
        """
        if self.service_request_id:
            query = numbered(self.service_request_id)
        elif self.external_id:
            query = select(Job).where(Job.reference == self.external_id)
        else:
            query = self._filtered()
        return query.order_by(Job.id.desc()).limit(self.page_size).offset((self.page - 1) * self.page_size)

    def _filtered(self) -> Select[tuple[Job]]:
        query = select(Job).where(Job.created_at.between(*self._span()))
        if codes := _parts(self.service_code):
            query = query.where(Job.service_code.in_(codes))
        statuses = set(_parts(self.status))
        if wrong := statuses - {"open", "closed"}:
            raise Refused(400, f"status {', '.join(sorted(wrong))} is neither open nor closed")
        if statuses == {"open"}:
            query = query.where(Job.status.not_in(CLOSED))
        if statuses == {"closed"}:
            query = query.where(Job.status.in_(CLOSED))
        return query

    def _span(self) -> tuple[datetime, datetime]:
        """90 days at most, by default the last ones."""
        start, end = self.start_date, self.end_date
        if start and end and not timedelta(0) <= end - start <= LONGEST_SPAN:
            raise Refused(400, "from start_date to end_date must be 0 to 90 days")
        end = end or (start + LONGEST_SPAN if start else utcnow())
        return start or end - LONGEST_SPAN, end


def numbered(written: str) -> Select[tuple[Job]]:
    """The jobs of some numbers. What can't be a number is nobody's, and SQLite knows none above 63 bits."""
    fitting = (part for part in _parts(written) if part.isascii() and part.isdigit() and len(part) <= 18)
    return select(Job).where(Job.id.in_(map(int, fitting)))


def _parts(written: str) -> list[str]:
    return [part.strip() for part in written.split(",") if part.strip()]
