"""Changes that staff make to a report: in a transaction of their own, with the staff's name, refusals as readable messages."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from html import escape
from typing import Any

from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette_admin.exceptions import ActionFailed

from feedback.errors import FeedbackError
from feedback.models import Report
from storage import writing

Change = Callable[[Session, Report, str], object]


async def change_report(request: Request, pk: Any, change: Change) -> object:
    """Let `change(session, report, actor)` happen for the staff who is logged in; returns what it returns.

    Raises:
        ActionFailed: it was refused, or somebody else was first; the sentence says which.
    """
    actor = f"工作人员 {request.state.staff.name}"
    try:
        return await run_in_threadpool(_in_transaction, int(pk), actor, change)
    except FeedbackError as refused:
        raise ActionFailed(str(refused)) from refused
    except StaleDataError as stale:
        raise ActionFailed("别人刚刚改过这件诉求，请刷新后再看。") from stale


def _in_transaction(pk: int, actor: str, change: Change) -> object:
    with writing() as session:
        return change(session, session.get_one(Report, pk), actor)


def reason_form(label: str) -> str:
    """A form with one text to fill in, `reason`."""
    return f"<form>{reason_field(label)}</form>"


def reason_field(label: str, required: bool = True) -> str:
    """A text to fill in, `reason`."""
    return (
        f'<label class="form-label mt-2" for="reason">{label}</label>'
        f'<textarea class="form-control" id="reason" name="reason" rows="3"{" required" if required else ""}></textarea>'
    )


def select_field(name: str, label: str, options: Iterable[tuple[str, str]], chosen: str) -> str:
    """A choice among values, each with the words for it."""
    shown = "".join(
        f'<option value="{escape(value)}"{" selected" if value == chosen else ""}>{escape(words)}</option>'
        for value, words in options
    )
    return (
        f'<label class="form-label mt-2" for="{name}">{label}</label>'
        f'<select class="form-select" id="{name}" name="{name}">{shown}</select>'
    )
