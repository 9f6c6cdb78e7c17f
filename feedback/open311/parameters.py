"""What may be asked and sent, and how it is read: strictly, with the parameter's name where something is wrong.

Everything is a string at first. An empty one counts as not sent, as the standard says of optional arguments.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal, TypeVar
from urllib.parse import parse_qsl

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    Field,
    StringConstraints,
    ValidationError,
    model_validator,
)
from starlette.requests import Request

from feedback.open311.errors import Refused, invalid
from storage import utcnow

LONGEST_SPAN = timedelta(days=90)
MOST_AT_ONCE = 1000
"""Requests of one answer; the standard's limit."""
LAST_PAGE = 10_000
LARGEST_BODY = 100_000
"""Bytes: 4,000 characters take nine each where they are written as %E8%B7%AF."""
MOST_FIELDS = 200
FORM = "application/x-www-form-urlencoded"
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)")
"""The form of https://www.w3.org/TR/NOTE-datetime that has a time, and so a zone."""
_ATTRIBUTE = re.compile(r"attribute\[([^\[\]]{1,60})\](?:\[\])?")


def _plain(text: str) -> str:
    if _CONTROL.search(text):
        raise ValueError("含有不能保存的控制字符")
    return text.strip()


def _moment(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    written = value.strip().replace(" ", "+")  # a plus that was not escaped arrives as a space
    if not _MOMENT.fullmatch(written):
        raise ValueError("要是带时区的时间，例如 2026-11-28T08:30:00+08:00")
    try:
        moment = datetime.fromisoformat(written)
    except ValueError:
        raise ValueError("不是一个存在的时间") from None
    if not 2000 <= moment.year < 2200:
        raise ValueError("的年份要在 2000 到 2199 之间")
    return moment.astimezone(UTC)


def _split(value: Any) -> Any:
    values = value if isinstance(value, list) else [value]
    return [part.strip() for one in values for part in str(one).split(",") if part.strip()]


Plain = Annotated[str, AfterValidator(_plain)]
Moment = Annotated[datetime, BeforeValidator(_moment)]
Listed = Annotated[list[Plain], BeforeValidator(_split), Field(max_length=MOST_AT_ONCE)]
Status = Annotated[list[Literal["open", "closed"]], BeforeValidator(_split)]


def Line(most: int, fewest: int = 0) -> Any:
    """A text of so many characters, without those around it that nobody sees."""
    length = StringConstraints(strip_whitespace=True, min_length=fewest, max_length=most)
    return Annotated[str, length, AfterValidator(_plain)]


class Common(BaseModel):
    """What every request may carry."""

    jurisdiction_id: Plain = ""
    api_key: Plain = ""

    @model_validator(mode="before")
    @classmethod
    def _without_empty(cls, values: Any) -> Any:
        return {name: value for name, value in dict(values).items() if value not in ("", [""])}


Sent = TypeVar("Sent", bound=Common)


class Period(Common):
    """A span of time, at most 90 days; the last 90 where nothing is said."""

    start_date: Moment | None = None
    end_date: Moment | None = None
    page: Annotated[int, Field(ge=1, le=LAST_PAGE)] = 1
    page_size: Annotated[int, Field(ge=1, le=MOST_AT_ONCE)] = MOST_AT_ONCE

    @model_validator(mode="after")
    def _not_too_long(self) -> Period:
        start, end = self.span(utcnow())
        if start > end:
            raise ValueError("start_date 不能晚于 end_date")
        if end - start > LONGEST_SPAN:
            raise ValueError("start_date 到 end_date 最多 90 天")
        return self

    def span(self, now: datetime) -> tuple[datetime, datetime]:
        """From when to when; a single end is that of 90 days."""
        if self.start_date and not self.end_date:
            return self.start_date, self.start_date + LONGEST_SPAN
        end = self.end_date or now
        return self.start_date or end - LONGEST_SPAN, end

    @property
    def skipped(self) -> int:
        return (self.page - 1) * self.page_size


class Wanted(Period):
    """Which requests are asked for; ids override everything else."""

    service_request_id: Listed = []
    service_code: Listed = []
    status: Status = []
    extensions: bool = False


class OneWanted(Common):
    extensions: bool = False


class UpdatesWanted(Period):
    service_request_id: Listed = []


class NewRequest(Common):
    """The fields of `POST requests`. Names, device and account are accepted and kept nowhere: nobody here needs them."""

    service_code: Plain
    lat: Annotated[float, Field(allow_inf_nan=False)] | None = None
    long: Annotated[float, Field(allow_inf_nan=False)] | None = None
    address_string: Line(500) = ""
    address_id: Line(100) = ""
    email: Line(100) = ""
    phone: Line(100) = ""
    device_id: Line(200) = ""
    account_id: Line(200) = ""
    first_name: Line(100) = ""
    last_name: Line(100) = ""
    description: Line(4000) = ""
    media_url: Line(500) = ""
    attributes: dict[str, list[Plain]] = {}


class NewUpdate(Common):
    """The fields of mySociety's `POST servicerequestupdates`: what a department did."""

    update_id: Line(100, fewest=1)
    service_request_id: Line(100, fewest=1)
    status: Line(40)
    updated_datetime: Moment
    description: Line(4000) = ""


async def read_form(request: Request) -> dict[str, Any]:
    """The fields that were sent, not yet checked.

    Raises:
        Refused: 413 if the form is too large, 415 if it is none, 400 if it can't be read.
    """
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != FORM:
        raise Refused(415, f"Content-Type 要是 {FORM}。")
    body = await _body(request)
    try:
        sent = parse_qsl(body.decode(), keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS)
    except UnicodeDecodeError:
        raise Refused(400, "内容不是 UTF-8。") from None
    except ValueError:
        raise Refused(400, f"字段太多，最多 {MOST_FIELDS} 个。") from None
    return _fields(sent)


def checked(model: type[Sent], fields: dict[str, Any]) -> Sent:
    """Fields as a model.

    Raises:
        Refused: 400, with everything that is wrong.
    """
    try:
        return model.model_validate(fields)
    except ValidationError as error:
        raise invalid(error.errors()) from None


async def _body(request: Request) -> bytes:
    """The body, refused as soon as it is known to be too large; the rest is not read."""
    declared = request.headers.get("content-length", "0")
    too_large = Refused(413, f"内容太大，最多 {LARGEST_BODY} 字节。", headers={"Connection": "close"})
    if not declared.isdecimal() or int(declared) > LARGEST_BODY:
        raise too_large
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > LARGEST_BODY:
            raise too_large
    return bytes(body)


def _fields(sent: list[tuple[str, str]]) -> dict[str, Any]:
    """Fields by name, the last of two with one name; `attribute[…]` gathered, with all their values."""
    fields: dict[str, Any] = {}
    attributes: dict[str, list[str]] = {}
    for name, value in sent:
        if found := _ATTRIBUTE.fullmatch(name):
            attributes.setdefault(found[1], []).extend([value] if value.strip() else [])
        elif name != "attributes":
            fields[name] = value
    return fields | {"attributes": attributes}
