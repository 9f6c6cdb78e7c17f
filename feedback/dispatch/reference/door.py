"""The door: who takes the steps, and for which department. A name for the history, no protection."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import RedirectResponse

from feedback.dispatch.reference import lists
from feedback.dispatch.reference.filing import readable
from feedback.dispatch.reference.given import TheStore
from feedback.dispatch.reference.models import Store
from feedback.dispatch.reference.rendering import LONGEST_NAME, render, same_origin

router = APIRouter(prefix="/door", dependencies=[Depends(same_origin)])

YEAR = 365 * 24 * 3600


@router.get("")
def door(request: Request, store: TheStore, next: str = "") -> Response:
    return _door_page(request, store, next=next)


@router.post("")
def enter(
    request: Request,
    store: TheStore,
    name: Annotated[str, Form()] = "",
    department: Annotated[str, Form()] = "",
    next: Annotated[str, Form()] = "",
) -> Response:
    name, department = readable(name).strip(), readable(department).strip()
    if not name or not department or max(len(name), len(department)) > LONGEST_NAME:
        words = f"请填写姓名（最多 {LONGEST_NAME} 字）并选择部门。"
        return _door_page(request, store, 422, error=words, name=name, department=department, next=next)
    # Only to a page of jobs of ours: no link may lead elsewhere through the door.
    target = next if next.startswith("/jobs/") else f"/?{urlencode({'department': department})}"
    answer = RedirectResponse(target, 303)
    for cookie, value in (("worker", name), ("department", department)):
        answer.set_cookie(cookie, quote(value), max_age=YEAR, httponly=True, samesite="lax")
    return answer


@router.post("/leave")
def leave() -> Response:
    answer = RedirectResponse("/", 303)
    for cookie in ("worker", "department"):
        answer.delete_cookie(cookie)
    return answer


def _door_page(request: Request, store: Store, status: int = 200, **values: Any) -> Response:
    with store.reading() as session:
        departments = lists.departments(session)
    return render(request, "door.html", status, departments=departments, **values)
