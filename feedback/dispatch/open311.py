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

from feedback.dispatch.errors import DispatchRefused, DispatchUnavailable

TIMEOUT = 10.0


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

    def __init__(
        self,
        base: str,
        api_key: str,
        http: httpx.Client | None = None,
        name: str = "default",
        honours_keys: bool = True,
    ) -> None:
        self.name = name
        self.honours_keys = honours_keys
        self._base = base
        self._api_key = api_key
        self._http = http or httpx.Client(timeout=TIMEOUT)

    def send(self, request: dict[str, str], key: str) -> str | None:
        """File a request; returns the number that the server gives it (its token where it gives no number yet)."""
        root = self._call(
            "POST",
            "requests.xml",
            data={"api_key": self._api_key, **request},
            headers={"Idempotency-Key": key},
        )
        number = root.findtext("request/service_request_id") or root.findtext("request/token")
        if not number:
            raise DispatchUnavailable("派单系统没有返回编号", acted=None)
        return number

    def find(self, reference: str) -> str | None:
        """The number of the request that carries our reference."""
        root = self._call("GET", "requests.xml", params={"external_id": reference})
        return root.findtext("request/service_request_id")

    def updates(self, since: datetime) -> list[Update]:
        """All changes from a moment on, oldest first."""
        root = self._call("GET", "servicerequestupdates.xml", params={"start_date": since.isoformat()})
        updates = [_update(item) for item in root.iterfind("request_update")]
        return sorted(updates, key=lambda update: update.updated_at)

    def _call(self, method: str, path: str, **arguments) -> Element:
        try:
            response = self._http.request(method, f"{self._base}/{path}", **arguments)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise DispatchUnavailable(f"连不上派单系统: {type(error).__name__}") from error
        except httpx.HTTPError as error:
            raise DispatchUnavailable(f"连接中断: {type(error).__name__}", acted=None) from error
        status = response.status_code
        if status in (408, 429) or status >= 500:
            asked = response.headers.get("Retry-After", "")
            raise DispatchUnavailable(
                f"派单系统返回 {status}",
                acted=False if status == 429 else None,
                retry_after=float(asked) if asked.isdecimal() else None,
            )
        if status >= 400:
            raise DispatchRefused(f"派单系统拒绝 {status}: {response.text[:200]}")
        try:
            return ElementTree.fromstring(response.content)
        except (ParseError, DefusedXmlException) as error:
            raise DispatchUnavailable("派单系统的回答不是 XML", acted=None) from error


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
