"""A client for any Open311 GeoReport v2 server. XML, because that is what every server must speak.

`servicerequestupdates` is mySociety's extension, which lists changes one by one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from xml.etree.ElementTree import Element, ParseError

import httpx
from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException

TIMEOUT = 10.0


class DispatchUnavailable(Exception):
    """The dispatch system did not answer, or answered with a fault of its own: worth another try."""


class DispatchRefused(Exception):
    """The dispatch system said no: another try of the same thing is of no use."""


@dataclass(frozen=True)
class Update:
    """A change that a department made; `status` in the words of the dispatch system."""

    update_id: str
    service_request_id: str
    status: str
    updated_at: datetime
    description: str


class Open311Client:
    """GeoReport v2 over HTTP."""

    def __init__(self, base: str, api_key: str, http: httpx.Client | None = None) -> None:
        self._base = base
        self._api_key = api_key
        self._http = http or httpx.Client(timeout=TIMEOUT)

    def file(self, request: dict[str, str], idempotency_key: str) -> str:
        """File a request; returns the number that the server gives it (its token where it gives no number yet)."""
        root = self._call(
            "POST",
            "requests.xml",
            data={"api_key": self._api_key, **request},
            headers={"Idempotency-Key": idempotency_key},
        )
        number = root.findtext("request/service_request_id") or root.findtext("request/token")
        if not number:
            raise DispatchUnavailable("派单系统没有返回编号")
        return number

    def updates(self, since: datetime) -> list[Update]:
        """All changes from a moment on, oldest first."""
        root = self._call("GET", "servicerequestupdates.xml", params={"start_date": since.isoformat()})
        updates = [_update(item) for item in root.iterfind("request_update")]
        return sorted(updates, key=lambda update: update.updated_at)

    def _call(self, method: str, path: str, **arguments) -> Element:
        try:
            response = self._http.request(method, f"{self._base}/{path}", **arguments)
        except httpx.HTTPError as error:
            raise DispatchUnavailable(f"连不上派单系统: {type(error).__name__}") from error
        if response.status_code in (408, 429) or response.status_code >= 500:
            raise DispatchUnavailable(f"派单系统返回 {response.status_code}")
        if response.status_code >= 400:
            raise DispatchRefused(f"派单系统拒绝 {response.status_code}: {response.text[:200]}")
        try:
            return ElementTree.fromstring(response.content)
        except (ParseError, DefusedXmlException) as error:
            raise DispatchUnavailable("派单系统的回答不是 XML") from error


def _update(item: Element) -> Update:
    try:
        return Update(
            update_id=item.findtext("update_id", ""),
            service_request_id=item.findtext("service_request_id", ""),
            status=item.findtext("status", "").lower(),
            updated_at=datetime.fromisoformat(item.findtext("updated_datetime", "")),
            description=item.findtext("description", "") or "",
        )
    except ValueError as error:
        raise DispatchUnavailable("派单系统的更新缺少时间") from error
