"""Keys of programs: what each may do, how often, and until when.

A key is 256 random bits, so a plain SHA-256 can't be turned back and costs nothing per request. The rate is kept by GCRA (the
leaky bucket that ITU-T I.371 describes as the generic cell rate algorithm): one number in the key's row, moved by one
conditional UPDATE, exact however many instances answer.
"""

from __future__ import annotations

import hashlib
import math
import secrets
from datetime import datetime

from sqlalchemy import case, select, update
from sqlalchemy.orm import Session

from feedback.errors import FeedbackError
from feedback.open311.errors import Refused
from feedback.open311.models import ApiKey
from storage import utcnow

SCOPES = {
    "file": "登记诉求，并查看自己登记的",
    "read": "查看未公开的诉求（隐去个人信息，地点只到街镇）",
    "update": "传回部门的办理进展",
}
RATE = 60
"""Requests a minute, if nothing else is said."""
MINUTE = 60.0
PREFIX = "msk_"
"""By which a key is known for one wherever it turns up."""


class KeyRefused(FeedbackError):
    """A key can't be made or withdrawn as asked; the sentence says why."""

    code = "key_refused"


def add_key(session: Session, name: str, scopes: list[str], rate: int = RATE) -> str:
    """A new key, which is told this once.

    Raises:
        KeyRefused: the name is taken or too long, a scope is unknown or none is given, or the rate is none.
    """
    if not name.strip() or len(name) > 60:
        raise KeyRefused("名称要有 1 到 60 个字")
    if not scopes or set(scopes) - SCOPES.keys():
        raise KeyRefused(f"权限要从 {'、'.join(SCOPES)} 里选，至少一种")
    if rate < 1:
        raise KeyRefused("每分钟至少一次")
    if session.scalar(select(ApiKey).where(ApiKey.name == name)):
        raise KeyRefused(f"已有密钥 {name}")
    key = PREFIX + secrets.token_urlsafe(32)
    session.add(ApiKey(name=name, key_hash=_hash(key), scopes=sorted(set(scopes)), rate=rate))
    return key


def revoke_key(session: Session, name: str) -> None:
    """The key no longer works from now on.

    Raises:
        KeyRefused: there is none such.
    """
    key = session.scalar(select(ApiKey).where(ApiKey.name == name))
    if not key:
        raise KeyRefused(f"没有密钥 {name}")
    key.revoked_at = key.revoked_at or utcnow()


def all_keys(session: Session) -> list[ApiKey]:
    """All keys, the oldest first."""
    return list(session.scalars(select(ApiKey).order_by(ApiKey.id)))


def admit(session: Session, presented: str, scope: str | None, now: datetime) -> ApiKey:
    """The key of a request, if it may do this now; the request counts.

    Args:
        scope: what is to be done; None if any key will do.

    Raises:
        Refused: 403 for no key, an unknown or withdrawn one, or one without the scope; 429 for too many requests.
    """
    key = presented and session.scalar(select(ApiKey).where(ApiKey.key_hash == _hash(presented)))
    if not key or key.revoked_at:
        raise Refused(403, "api_key 不对，或者已经停用。" if presented else "api_key 必填。")
    if scope and scope not in key.scopes:
        raise Refused(403, f"这个 api_key 没有 {scope} 权限（{SCOPES[scope]}）。")
    if wait := _count(session, key, now):
        raise Refused(429, f"请求太多：每分钟最多 {key.rate} 次，请稍后再试。", headers={"Retry-After": str(wait)})
    return key


def _count(session: Session, key: ApiKey, now: datetime) -> int:
    """Take one request out of the key's rate; the seconds to wait if none is left."""
    moment, interval = now.timestamp(), MINUTE / key.rate
    latest = moment + MINUTE - interval
    later = case((ApiKey.arrival > moment, ApiKey.arrival), else_=moment)
    counted = update(ApiKey).where(ApiKey.id == key.id, ApiKey.arrival <= latest)
    values = {"arrival": later + interval, "last_used_at": now}
    if session.execute(counted.values(values), execution_options={"synchronize_session": False}).rowcount:
        return 0
    session.refresh(key)
    return max(1, math.ceil(key.arrival - latest))


def _hash(key: str) -> str:
    return hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()
