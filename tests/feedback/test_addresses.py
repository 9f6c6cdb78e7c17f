"""Outgoing addresses under attack."""

from __future__ import annotations

import gzip
import ipaddress
import socket

import httpx
import pytest

from feedback.dispatch.addresses import AddressForbidden, TooLarge, ask, check, guarded_client, network_of
from tests.feedback.stand_in import DRIP, StandIn, serving

ALLOWED = {("photos.example.cn", 443): "public", ("127.0.0.1", 8031): "loopback", ("10.1.2.3", 443): "private"}


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example.cn/a.jpg",
        "https://photos.example.cn.evil.cn/a.jpg",
        "https://photos.example.cn:8443/a.jpg",
        "https://photos.example.cn@evil.cn/a.jpg",
        "https://evil.cn#@photos.example.cn/",
        "https://evil.cn\\@photos.example.cn/",
        "http://photos.example.cn/a.jpg",
        "http://photos.example.cn:443/a.jpg",
        "ftp://photos.example.cn/a.jpg",
        "file:///etc/passwd",
        "gopher://127.0.0.1:8031/",
        "//photos.example.cn/a.jpg",
        "http://127.0.0.1:8000/console/",
        "http://[::ffff:127.0.0.1]:8031/",
        "http://2130706433:8031/",
        "",
        "https://",
        "https://photos.example.cn:99999/",
        "https://[::1/",
    ],
)
def test_an_address_that_is_not_on_the_list_is_refused(address):
    with pytest.raises(AddressForbidden):
        check(address, ALLOWED)


@pytest.mark.parametrize(
    "address", ["https://photos.example.cn/a.jpg", "https://PHOTOS.example.cn:443/", "http://127.0.0.1:8031/"]
)
def test_what_is_on_the_list_is_allowed(address):
    check(address, ALLOWED)


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("8.8.8.8", "public"),
        ("2400:3200::1", "public"),
        ("10.9.8.7", "private"),
        ("172.31.0.1", "private"),
        ("192.168.1.1", "private"),
        ("fd00::1", "private"),
        ("127.0.0.53", "loopback"),
        ("::1", "loopback"),
        ("169.254.169.254", None),
        ("fe80::1", None),
        ("0.0.0.0", None),
        ("::", None),
        ("100.64.0.1", None),
        ("224.0.0.1", None),
        ("255.255.255.255", None),
        ("::ffff:127.0.0.1", None),
        ("::ffff:8.8.8.8", None),
        ("2002:7f00:1::", None),
        ("64:ff9b::7f00:1", None),
        ("2001:0:4136:e378:8000:63bf:3fff:fdd2", None),
    ],
)
def test_which_network_an_address_is_in(address, network):
    assert network_of(ipaddress.ip_address(address)) == network


def resolving(monkeypatch, *answers: list[str]) -> list[str]:
    """Names mean something else at every question; returns what connections were made to."""
    left, reached = list(answers), []

    def getaddrinfo(host, port, *arguments, **more):
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in left.pop(0)]

    def create_connection(address, *arguments, **more):
        reached.append(address[0])
        raise OSError("nobody is called in tests")

    monkeypatch.setattr("feedback.dispatch.addresses.socket.getaddrinfo", getaddrinfo)
    monkeypatch.setattr(socket, "create_connection", create_connection)
    return reached


@pytest.mark.parametrize("address", ["127.0.0.1", "10.0.0.1", "169.254.169.254", "::1", "::ffff:169.254.169.254"])
def test_a_public_name_that_means_an_inner_address_is_not_called(monkeypatch, address):
    reached = resolving(monkeypatch, [address])
    with pytest.raises(httpx.ConnectError, match="不在允许的网络里"):
        ask(guarded_client(ALLOWED), "GET", "https://photos.example.cn/a.jpg")
    assert reached == []


def test_a_name_that_is_partly_inside_is_not_called_at_all(monkeypatch):
    reached = resolving(monkeypatch, ["8.8.8.8", "127.0.0.1"])
    with pytest.raises(httpx.ConnectError, match="不在允许的网络里"):
        ask(guarded_client(ALLOWED), "GET", "https://photos.example.cn/a.jpg")
    assert reached == []


def test_the_connection_goes_to_the_address_that_was_checked_though_the_name_changes(monkeypatch):
    reached = resolving(monkeypatch, ["8.8.8.8"], ["127.0.0.1"])
    client = guarded_client(ALLOWED)
    with pytest.raises(httpx.ConnectError):
        ask(client, "GET", "https://photos.example.cn/a.jpg")
    assert reached == ["8.8.8.8"]
    with pytest.raises(httpx.ConnectError, match="不在允许的网络里"):
        ask(client, "GET", "https://photos.example.cn/a.jpg")
    assert reached == ["8.8.8.8"]


@pytest.fixture
def server():
    with serving(StandIn()) as running:
        yield running


@pytest.fixture
def http(server):
    with guarded_client({("127.0.0.1", httpx.URL(server.base).port): "loopback"}) as client:
        yield client


def test_redirects_are_not_followed(server, http):
    server.answer = lambda asked: (302, "", {"Location": "/secret"})
    assert ask(http, "GET", server.base).status_code == 302
    assert [asked.path for asked in server.asked] == ["/"]


def test_an_answer_without_end_is_cut_off(server, http):
    server.answer = lambda asked: (200, b"x" * 200_000)
    with pytest.raises(TooLarge):
        ask(http, "GET", server.base, most=100_000)


def test_a_packed_answer_is_not_unpacked(server, http):
    server.answer = lambda asked: (200, gzip.compress(b"x" * 10_000_000), {"Content-Encoding": "gzip"})
    with pytest.raises(httpx.DecodingError):
        ask(http, "GET", server.base, most=100_000)
    assert server.asked[0].headers["Accept-Encoding"] == "identity"


def test_an_answer_that_comes_drop_by_drop_ends_too(server, http):
    server.answer = lambda asked: DRIP
    with pytest.raises(httpx.ReadTimeout):
        ask(http, "GET", server.base, seconds=0.3)


def test_the_environment_names_no_proxy(server, http, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    server.answer = lambda asked: (200, "here")
    with guarded_client({("127.0.0.1", httpx.URL(server.base).port): "loopback"}) as client:
        assert ask(client, "GET", server.base).text == "here"
