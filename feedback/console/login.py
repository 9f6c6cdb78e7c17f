"""Logging in to the console."""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.middleware.sessions import SessionMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette_admin.auth import AdminUser, AuthProvider
from starlette_admin.exceptions import LoginFailed

from feedback.accounts import ROLES, check_password, session_secret
from feedback.models import Staff
from feedback.settings import settings
from storage import reading


def staff_session() -> Middleware:
    """What reads the cookie of who is logged in: `request.session`."""
    secret = session_secret(settings().var)
    return Middleware(SessionMiddleware, secret_key=secret, session_cookie="console", same_site="lax")


class StaffLogin(AuthProvider):
    """Accounts of the table `staff`; one that was switched off is out at its next click."""

    async def login(self, username: str, password: str, remember_me: bool, request: Request) -> Response | None:
        staff = await run_in_threadpool(_checked, username, password)
        if not staff:
            raise LoginFailed("姓名或口令不对")
        request.session.clear()
        request.session["staff"] = staff.id
        return None

    async def authenticate(self, request: Request) -> AdminUser | None:
        staff = await run_in_threadpool(active_staff, request.session.get("staff"))
        if not staff:
            return None
        request.state.staff = staff
        return AdminUser(f"{staff.name}（{ROLES.get(staff.role, staff.role)}）")

    async def logout(self, request: Request) -> Response | None:
        request.session.clear()
        return None


def _checked(name: str, password: str) -> Staff | None:
    with reading() as session:
        return check_password(session, name, password)


def active_staff(staff_id: int | None) -> Staff | None:
    """The account that a session names, if it may still be used."""
    with reading() as session:
        staff = session.get(Staff, staff_id) if staff_id else None
        return staff if staff and staff.active else None
