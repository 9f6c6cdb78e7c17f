"""What residents hear, as tests look at it."""

from feedback import take_notices
from storage import writing


def told() -> dict[str, list[str]]:
    """What each conversation is told now; it counts as told afterwards."""
    heard: dict[str, list[str]] = {}
    with writing() as session:
        for notice in take_notices(session):
            heard.setdefault(notice.conversation_id, []).append(notice.text)
    return heard
