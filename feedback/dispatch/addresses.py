"""Outgoing addresses: only hosts that are allowed, only networks that they may be in, bounded in size and time.

The name is resolved once per connection, every address that it resolves to is checked, and the connection goes to the one that
was checked: a name that means something else a moment later (DNS rebinding) gains nothing. Redirects are not followed, and no
proxy is taken from the environment. (OWASP, Server-Side Request Forgery Prevention.)
"""

from __future__ import annotations

import ipaddress
import socket
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

import httpcore
import httpx

NETWORKS = ("public", "private", "loopback")
"""Where a host may be: on the internet, in a city's own network (RFC 1918, RFC 4193), or on this machine, which alone may do
without TLS."""
SECONDS = 20.0
"""How long a request may take in all; less than a worker's lease."""
STEP_SECONDS = 10.0
"""How long each of its steps may wait."""
LARGEST_ANSWER = 10_000_000
"""Bytes."""
_PRIVATE = tuple(map(ipaddress.ip_network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")))
_NAT64 = tuple(map(ipaddress.ip_network, ("64:ff9b::/96", "64:ff9b:1::/48")))
PORTS = {"https": 443, "http": 80}
Host = tuple[str, int]
"""A host's name, in lower case, and a port."""

_deadline: ContextVar[float] = ContextVar("deadline")
"""When the request that this thread makes must have ended, by the monotonic clock."""


class AddressForbidden(httpcore.ConnectError):
    """An address isn't allowed; `str()` says why, in Chinese."""


class TooLarge(httpx.TransportError):
    """An answer is longer than it may be."""


def host_of(address: str) -> Host:
    """The host of an address.

    Raises:
        AddressForbidden: it is no address, or one with a user's name in it.
    """
    try:
        url = httpx.URL(address)
    except (httpx.InvalidURL, UnicodeError, TypeError) as error:
        raise AddressForbidden("不是网址") from error
    if url.scheme not in PORTS or not url.host or url.userinfo:
        raise AddressForbidden("不是 https 网址，或者网址里写了用户名")
    return url.raw_host.decode().lower(), url.port or PORTS[url.scheme]


def check(address: str, allowed: Mapping[Host, str]) -> None:
    """See that an address is one of the allowed hosts, each with its network.

    Raises:
        AddressForbidden: it isn't, or it is not https where it must be.
    """
    host = host_of(address)
    if host not in allowed:
        raise AddressForbidden(f"{host[0]}:{host[1]} 不在允许的地址里")
    if httpx.URL(address).scheme != "https" and allowed[host] != "loopback":
        raise AddressForbidden("要用 https")


def network_of(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> str | None:
    """Which of `NETWORKS` an address is in; None if in none that anybody should be called in: link-local ones, where clouds keep
    their secrets, multicast, reserved ones, and IPv6 addresses that hide another one."""
    hidden = address.version == 6 and (address.ipv4_mapped or address.sixtofour or address.teredo)
    if hidden or any(address in network for network in _NAT64) or address.is_multicast:
        return None
    if address.is_loopback:
        return "loopback"
    if any(address in network for network in _PRIVATE):
        return "private"
    return "public" if address.is_global else None


def guarded_client(allowed: Mapping[Host, str], connections: int = 16) -> httpx.Client:
    """A client that reaches the allowed hosts and nothing else; for `ask`."""
    return httpx.Client(transport=_Guarded(allowed, connections), timeout=STEP_SECONDS, trust_env=False)


def ask(
    http: httpx.Client,
    method: str,
    address: str,
    seconds: float = SECONDS,
    most: int = LARGEST_ANSWER,
    **arguments,
) -> httpx.Response:
    """Make a request and read its answer whole, within `seconds` and up to `most` bytes.

    Raises:
        httpx.HTTPError: as httpx does; also `TooLarge`, and `ConnectError` for an address that isn't allowed.
    """
    # Unpacked, a small answer can be larger than memory, so none is taken packed.
    arguments["headers"] = {"Accept-Encoding": "identity", **arguments.get("headers", {})}
    with _within(seconds), http.stream(method, address, **arguments) as answer:
        content = _read(answer, most)
    return httpx.Response(answer.status_code, headers=answer.headers, content=content, request=answer.request)


def _read(answer: httpx.Response, most: int) -> bytes:
    if answer.headers.get("Content-Encoding", "identity") != "identity":
        raise httpx.DecodingError("回答是压缩过的")
    content = bytearray()
    for part in answer.iter_bytes(65_536):
        content += part
        if len(content) > most:
            raise TooLarge("对方的回答太大")
    return bytes(content)


@contextmanager
def _within(seconds: float) -> Iterator[None]:
    token = _deadline.set(time.monotonic() + seconds)
    try:
        yield
    finally:
        _deadline.reset(token)


class _Guarded(httpx.HTTPTransport):
    """httpx's transport with the doors that `_Backend` keeps. httpx lets nobody choose a network backend, httpcore does."""

    def __init__(self, allowed: Mapping[Host, str], connections: int) -> None:
        self._allowed = allowed
        self._pool = httpcore.ConnectionPool(
            ssl_context=httpx.create_ssl_context(trust_env=False),
            network_backend=_Backend(allowed),
            max_connections=connections,
            keepalive_expiry=5.0,
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        try:
            check(str(request.url), self._allowed)
        except AddressForbidden as error:
            raise httpx.ConnectError(str(error), request=request) from error
        return super().handle_request(request)


class _Backend(httpcore.NetworkBackend):
    """Connects to addresses that were checked, by number."""

    def __init__(self, allowed: Mapping[Host, str]) -> None:
        self._allowed = allowed
        self._sockets = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable | None = None,
    ) -> httpcore.NetworkStream:
        failed: Exception = httpcore.ConnectError("没有地址")
        for address in _resolved(host, port, self._allowed[host.lower(), port]):
            try:
                left = _left(timeout, httpcore.ConnectTimeout)
                return _Stream(self._sockets.connect_tcp(address, port, left, local_address, socket_options))
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failed = error
        raise failed


def _resolved(host: str, port: int, network: str) -> list[str]:
    """The addresses of a host.

    Raises:
        AddressForbidden: one of them is outside the network: a name that is partly elsewhere is not to be trusted.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise httpcore.ConnectError("找不到这个主机") from error
    addresses = list(dict.fromkeys(entry[4][0] for entry in found))
    for address in addresses:
        if network_of(ipaddress.ip_address(address)) != network:
            raise AddressForbidden(f"{host} 的地址 {address} 不在允许的网络里")
    return addresses


class _Stream(httpcore.NetworkStream):
    """A connection of which no wait goes beyond the end of the whole request: an answer that comes drop by drop ends too."""

    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _left(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, _left(timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(self, ssl_context, server_hostname=None, timeout: float | None = None) -> httpcore.NetworkStream:
        left = _left(timeout, httpcore.ConnectTimeout)
        return _Stream(self._stream.start_tls(ssl_context, server_hostname, left))

    def get_extra_info(self, info: str):
        return self._stream.get_extra_info(info)


def _left(timeout: float | None, too_late: type[Exception]) -> float:
    """How long a step may still wait."""
    left = _deadline.get(time.monotonic() + SECONDS) - time.monotonic()
    if left <= 0:
        raise too_late("超过了时限")
    return left if timeout is None else min(timeout, left)
