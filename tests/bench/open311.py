"""Open311 at a city's size: whole answers, as a client gets them without the network. A list of 100 from a million may take 30 ms."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from starlette.testclient import TestClient

from feedback.open311.app import create_app
from storage import utcnow

LISTS = {
    "the newest 100": "",
    "their fiftieth page": "page=50",
    "open ones": "status=open",
    "closed ones": "status=closed",
    "of the commonest service": "service_code=sanitation.garbage",
    "of a rare service": "service_code=safety.construction",
    "closed ones of three services": "service_code=road.manhole,road.signal,greening.park&status=closed",
}
OFTEN = 50


def works() -> dict[str, tuple[Callable[[], object], int]]:
    """What is measured, and how often it is done."""
    client = TestClient(create_app(), base_url="http://city/")
    half_a_year_ago = (utcnow() - timedelta(days=180)).strftime("start_date=%Y-%m-%dT%H:%M:%SZ")
    paths = {
        name: f"requests.json?page_size=100&{query}"
        for name, query in (LISTS | {"of half a year ago": half_a_year_ago}).items()
    }
    paths |= {
        "the newest 100 as XML": "requests.xml?page_size=100",
        "the last 100 updates": "servicerequestupdates.json?page_size=100",
    }
    return {f"Open311: {name}": (_get(client, path), OFTEN) for name, path in paths.items()}


def _get(client: TestClient, path: str) -> Callable[[], None]:
    def get() -> None:
        answer = client.get(path)
        assert answer.status_code == 200, answer.text

    return get
