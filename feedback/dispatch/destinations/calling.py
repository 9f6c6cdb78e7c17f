"""A request to a destination, and what its answer means for a delivery."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx

from feedback.dispatch.addresses import AddressForbidden, ask
from feedback.dispatch.errors import DispatchRefused, DispatchUnavailable

_NEVER_ARRIVED = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
_NOT_NOW = (408, 429)
_NOT_US = (401, 403)


class NotThere(DispatchRefused):
    """404: it knows no such thing."""


def call(http: httpx.Client, method: str, address: str, **arguments) -> httpx.Response:
    """Make a request; the answer of a success.

    Raises:
        DispatchUnavailable: it did not answer, is troubled, sends us elsewhere, or doesn't know our key (which an operator
            puts right, whereupon the same request is taken).
        DispatchRefused: it said no.
    """
    try:
        answer = ask(http, method, address, **arguments)
    except httpx.HTTPError as error:
        raise DispatchUnavailable(_words(error), acted=False if isinstance(error, _NEVER_ARRIVED) else None) from error
    status = answer.status_code
    if answer.is_success:
        return answer
    if status in _NOT_US:
        raise DispatchUnavailable(f"派单系统返回 {status}：密钥不对或没有权限，请管理员核对", acted=False)
    if status in _NOT_NOW or not 400 <= status < 500:
        acted = None if status >= 500 or status == 408 else False
        raise DispatchUnavailable(f"派单系统返回 {status}", acted, _retry_after(answer))
    said = " ".join(answer.text.split())[:200]
    raise (NotThere if status == 404 else DispatchRefused)(f"派单系统拒绝 {status}: {said}")


def _words(error: httpx.HTTPError) -> str:
    if isinstance(error.__cause__, AddressForbidden):
        return f"派单系统的地址不允许：{error.__cause__}"
    return f"连不上派单系统: {type(error).__name__}"


def _retry_after(answer: httpx.Response) -> float | None:
    """Seconds of the header `Retry-After`, which is a number or a date (RFC 9110 section 10.2.3)."""
    written = answer.headers.get("Retry-After", "")
    try:
        seconds = float(written)
    except ValueError:
        seconds = _until(written)
    return max(0.0, seconds) if math.isfinite(seconds) else None


def _until(date: str) -> float:
    try:
        moment = parsedate_to_datetime(date)
    except (ValueError, TypeError, IndexError):
        return math.nan
    return (moment.astimezone(UTC) - datetime.now(UTC)).total_seconds()
