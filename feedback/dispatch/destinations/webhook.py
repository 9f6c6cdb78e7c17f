"""A JSON webhook: each order is a signed POST (`signatures.py`); docs/dispatch.md says what a receiver does with it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import httpx
from pydantic import SecretStr

from feedback.dispatch.destinations.answers import Row, rows
from feedback.dispatch.destinations.calling import call
from feedback.dispatch.destinations.config import WebhookConfig
from feedback.dispatch.destinations.destination import LONGEST_NUMBER, Sent, Update, update
from feedback.dispatch.destinations.fields import bare, translated
from feedback.dispatch.errors import CannotTell, DispatchRefused, DispatchUnavailable
from feedback.dispatch.signatures import sign
from storage import utcnow


class Webhook:
    """A receiver of signed JSON."""

    def __init__(self, config: WebhookConfig, http: httpx.Client, secret: SecretStr) -> None:
        self.name = config.name
        self.honours_keys = config.honours_keys
        self._config = config
        self._http = http
        self._secret = secret

    def send(self, request: dict[str, str], key: str) -> str | None:
        order = translated(bare(request), self._config)
        answer = self._post(self._config.address, order, {"Idempotency-Key": key})
        number = _number(answer.content)
        if len(number) > LONGEST_NUMBER:
            raise DispatchUnavailable("派单系统返回的编号太长", acted=None)
        return number or None

    def find(self, reference: str) -> str | None:
        found = self._looked_up([reference])
        return next((str(row.get("service_request_id") or reference) for row in found), None)

    def updates(self, since: datetime) -> list[Update]:
        return []  # they come as callbacks

    def standings(self, orders: Sequence[Sent]) -> dict[str, Update]:
        asked = [order.reference for order in orders]
        try:
            return {
                found.reference: found
                for start in range(0, len(asked), self._config.batch)
                for row in self._looked_up(asked[start : start + self._config.batch])
                if (found := self._as_update(row))
            }
        except (DispatchUnavailable, DispatchRefused) as error:
            raise CannotTell(str(error), for_now=isinstance(error, DispatchUnavailable)) from error

    def check(self) -> list[str]:
        """A question for nothing shows whether it can be reached; without a lookup nothing can be asked that does nothing."""
        if not self._config.lookup:
            return []
        try:
            self._looked_up([])
        except (DispatchUnavailable, DispatchRefused) as error:
            return [str(error)]
        return []

    def _looked_up(self, references: list[str]) -> list[Row]:
        """What it knows of orders by our references.

        Raises:
            CannotTell: there is no address to ask.
        """
        if not self._config.lookup:
            raise CannotTell("这个派单系统没有查询地址")
        answer = self._post(self._config.lookup, {"references": references})
        return [row for row in rows(answer.content, "json", "order") if row.get("reference") in references]

    def _as_update(self, row: Row) -> Update | None:
        status = self._config.standing_of(str(row.get("status") or ""))
        return update({"updated_datetime": utcnow().isoformat()} | row, status, utcnow())

    def _post(self, address: str, content: dict[str, Any], headers: dict[str, str] | None = None) -> httpx.Response:
        body = json.dumps(content, ensure_ascii=False).encode()
        signed = sign(self._secret, self._config.key_id, body, utcnow())
        headers = {"Content-Type": "application/json"} | (headers or {}) | signed
        return call(self._http, "POST", address, content=body, headers=headers)


def _number(content: bytes) -> str:
    """The number in an answer; a receiver may give none, or answer with nothing at all."""
    try:
        answer = rows(content, "json", "order") if content.strip() else []
    except DispatchUnavailable:
        return ""  # 2xx said that it has the order, whatever the words
    return str(answer[0].get("service_request_id") or "") if answer else ""
