"""Any Open311 GeoReport v2 server, in XML or JSON.

https://wiki.open311.org/GeoReport_v2/. Beyond the standard: mySociety's `servicerequestupdates`, which lists changes one by
one, and, where a server has one, a parameter of `GET requests` that finds our reference.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from urllib.parse import quote

import httpx
from pydantic import SecretStr

from feedback.dispatch.destinations.answers import Row, rows
from feedback.dispatch.destinations.calling import NotThere, call
from feedback.dispatch.destinations.config import Open311Config
from feedback.dispatch.destinations.destination import LONGEST_NUMBER, Sent, Update, update
from feedback.dispatch.destinations.fields import translated
from feedback.dispatch.errors import CannotTell, DispatchRefused, DispatchUnavailable
from nlu.categories import categories
from storage import utcnow

log = logging.getLogger(__name__)


class Open311:
    """A server.

    Args:
        numbers: The numbers of the orders that are still open with us.
        keep_token: Keeps the token that a request got instead of a number, by our key.
    """

    def __init__(
        self,
        config: Open311Config,
        http: httpx.Client,
        api_key: SecretStr,
        numbers: Callable[[], list[str]] = list,
        keep_token: Callable[[str, str], None] = lambda key, token: None,
    ) -> None:
        self.name = config.name
        self.honours_keys = config.honours_keys
        self._config = config
        self._http = http
        self._api_key = api_key
        self._numbers = numbers
        self._keep_token = keep_token
        self._lists_updates = config.updates in ("auto", "servicerequestupdates")
        self._next_round = 0.0

    def send(self, request: dict[str, str], key: str) -> str | None:
        form = self._identity() | translated(request, self._config)
        answer = self._rows("POST", "requests", "request", data=form, headers={"Idempotency-Key": key})
        number, token = (_number(answer[0]), str(answer[0].get("token") or "")) if answer else ("", "")
        if not (number or token):
            raise DispatchUnavailable("派单系统没有返回编号", acted=None)
        if not number:
            self._keep_token(key, token)
        return number or None

    def number_of(self, token: str) -> str | None:
        """The number that a token has become; None while there is none."""
        answer = self._asked(f"tokens/{quote(token, safe='')}", "request")
        return (_number(answer[0]) or None) if answer else None

    def find(self, reference: str) -> str | None:
        name = self._config.lookup
        if not name:
            raise CannotTell("这个派单系统不能按我们的编号查询")
        found = self._asked("requests", "request", **{name: reference, "extensions": "true"})
        known = [row for row in found if name in row or f"extended_attributes/{name}" in row]
        if found and not known:  # it doesn't know the parameter and has sent whatever it has
            raise CannotTell("派单系统的回答里没有我们的编号")
        ours = [row for row in known if reference in (row.get(name), row.get(f"extended_attributes/{name}"))]
        return (_number(ours[0]) or None) if ours else None

    def updates(self, since: datetime) -> list[Update]:
        if self._lists_updates:
            try:
                return self._listed(since)
            except NotThere:
                if self._config.updates != "auto":
                    raise
                self._lists_updates = False
        if self._config.updates == "none" or time.monotonic() < self._next_round:
            return []
        self._next_round = time.monotonic() + 60 * self._config.round_minutes
        return _in_order(found for found in self._standings(self._numbers()) if found.status != "open")

    def standings(self, orders: Sequence[Sent]) -> dict[str, Update]:
        references = {order.number: order.reference for order in orders if order.number}
        try:
            return {references[found.service_request_id]: found for found in self._standings(list(references))}
        except (DispatchUnavailable, DispatchRefused) as error:
            raise CannotTell(str(error), for_now=isinstance(error, DispatchUnavailable)) from error

    def check(self) -> list[str]:
        try:
            theirs = {str(row.get("service_code")) for row in self._asked("services", "service")}
        except (DispatchUnavailable, DispatchRefused) as error:
            return [str(error)]
        wanted = {
            code: self._config.service_of(code) for code in categories() if self._config.takes.fits_category(code)
        }
        return [
            f"不接类别 {code}（对方的服务代码 {service}）" for code, service in wanted.items() if service not in theirs
        ]

    def _listed(self, since: datetime) -> list[Update]:
        """`servicerequestupdates` from a moment on."""
        found = self._asked("servicerequestupdates", "request_update", start_date=since.isoformat())
        return _in_order(self._readable(found))

    def _standings(self, numbers: Sequence[str]) -> Iterator[Update]:
        """How requests of these numbers stand, in batches; whatever else a server sends along is left out."""
        for start in range(0, len(numbers), self._config.batch):
            batch = numbers[start : start + self._config.batch]
            asked = {"service_request_id": ",".join(batch), "extensions": "true"}
            found = self._asked("requests", "request", **asked)
            yield from self._readable(_as_update(row, self._state(row)) for row in found if _number(row) in batch)

    def _state(self, row: Row) -> str:
        return str(row.get(self._config.state_field) or row.get("status") or "")

    def _readable(self, found: Iterable[Row]) -> Iterator[Update]:
        for row in found:
            status = str(row.get("status") or "").strip()
            if read := update(row, self._config.standing_of(status), utcnow()):
                yield read
            else:
                log.warning("dispatch.update_unreadable", extra={"destination": self.name})

    def _asked(self, path: str, item: str, **parameters: str) -> list[Row]:
        return self._rows("GET", path, item, params=self._reading() | parameters)

    def _identity(self) -> dict[str, str]:
        identity = {"api_key": self._api_key.get_secret_value(), "jurisdiction_id": self._config.jurisdiction_id}
        return {name: value for name, value in identity.items() if value}

    def _reading(self) -> dict[str, str]:
        """What questions carry: an address lands in logs, so the key is in it only where a server wants that."""
        identity = self._identity()
        return identity if self._config.key_for_reading else {k: v for k, v in identity.items() if k != "api_key"}

    def _rows(self, method: str, path: str, item: str, **arguments) -> list[Row]:
        form = self._config.format
        answer = call(self._http, method, f"{self._config.address}/{path}.{form}", **arguments)
        return rows(answer.content, form, item)


def _number(row: Row) -> str:
    """The number of a request; empty if it has none that can be kept."""
    number = str(row.get("service_request_id") or "")
    return number if len(number) <= LONGEST_NUMBER else ""


def _as_update(row: Row, state: str) -> Row:
    """A request as if it were a change: a new one whenever its state or its moment changes."""
    at = row.get("updated_datetime", "")
    return {
        "update_id": f"{_number(row)}:{state}:{at}",
        "service_request_id": _number(row),
        "status": state,
        "updated_datetime": at or utcnow().isoformat(),
        "description": row.get("status_notes", ""),
    }


def _in_order(updates: Iterable[Update]) -> list[Update]:
    return sorted(updates, key=lambda update: update.updated_at)
