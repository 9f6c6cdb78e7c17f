"""Accounts of the console: passwords as argon2 hashes, roles, the secret that signs sessions."""

from __future__ import annotations

import secrets
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from feedback.errors import FeedbackError
from feedback.models import Staff

ROLES = {"clerk": "受理员", "coordinator": "协调员", "admin": "管理员"}
COORDINATORS = ("coordinator", "admin")
"""Roles that rule on what departments keep returning, and edit the rules of routing."""
SHORTEST_PASSWORD = 10
_hasher = PasswordHasher()
# Checked for names that don't exist, so that the time of an answer doesn't tell which names do.
_NOBODY = _hasher.hash(secrets.token_hex())


class AccountRefused(FeedbackError):
    """The account can't be made as asked; the sentence says why."""

    code = "account_refused"


def add_staff(session: Session, name: str, role: str, password: str) -> Staff:
    """A new account.

    Raises:
        AccountRefused: the name is taken or empty, the role is unknown, or the password is too short.
    """
    if role not in ROLES:
        raise AccountRefused(f"没有角色 {role}，可选：{'、'.join(ROLES)}")
    if not name.strip() or len(name) > 60:
        raise AccountRefused("姓名要有 1 到 60 个字")
    if len(password) < SHORTEST_PASSWORD:
        raise AccountRefused(f"口令至少 {SHORTEST_PASSWORD} 位")
    if session.scalar(select(Staff).where(Staff.name == name)):
        raise AccountRefused(f"已有账号 {name}")
    staff = Staff(name=name, role=role, password_hash=_hasher.hash(password))
    session.add(staff)
    return staff


def has_staff(session: Session) -> bool:
    return bool(session.scalar(select(func.count()).select_from(Staff)))


def check_password(session: Session, name: str, password: str) -> Staff | None:
    """The active account of a name and password, or None; both take the same time."""
    staff = session.scalar(select(Staff).where(Staff.name == name))
    try:
        _hasher.verify(staff.password_hash if staff else _NOBODY, password)
    except (VerifyMismatchError, InvalidHashError):
        return None
    return staff if staff and staff.active else None


def session_secret(folder: Path) -> str:
    """The secret that signs console sessions; made on first use and kept readable for this user only."""
    file = folder / "console_secret"
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch(mode=0o600)
        file.write_text(secrets.token_urlsafe(48))
    return file.read_text()
