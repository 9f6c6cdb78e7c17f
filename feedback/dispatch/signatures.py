"""Signatures of webhooks, the same way out and in: HMAC-SHA256 (RFC 2104) over the Unix time in seconds, a dot and the body.

| header | content |
|---|---|
| `X-Minsheng-Timestamp` | the time of signing, Unix seconds |
| `X-Minsheng-Signature` | `sha256=` and the digest in hexadecimal |
| `X-Minsheng-Key-Id` | which secret it was; may be left out, then each that is known is tried |
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime

from pydantic import SecretStr

TIMESTAMP, SIGNATURE, KEY_ID = "X-Minsheng-Timestamp", "X-Minsheng-Signature", "X-Minsheng-Key-Id"
WINDOW_SECONDS = 300
"""How far a signature's time may be from ours, in either direction: what was overheard is of no use later."""


class BadSignature(Exception):
    """What came isn't signed as it must be; `str()` says what is wrong, in Chinese."""


def sign(secret: SecretStr, key_id: str, body: bytes, at: datetime) -> dict[str, str]:
    """The headers that go with a body."""
    stamp = str(int(at.timestamp()))
    return {TIMESTAMP: stamp, SIGNATURE: f"sha256={_digest(secret, stamp, body)}", KEY_ID: key_id}


def verify(secrets: Mapping[str, SecretStr], headers: Mapping[str, str], body: bytes, now: datetime) -> None:
    """See that a body was signed with one of the secrets, by their ids, and not long ago.

    Raises:
        BadSignature: it wasn't.
    """
    stamp, signature, key_id = (headers.get(name, "") for name in (TIMESTAMP, SIGNATURE, KEY_ID))
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= 12):
        raise BadSignature(f"缺少 {TIMESTAMP}，或者不是 Unix 秒数")
    if abs(now.timestamp() - int(stamp)) > WINDOW_SECONDS:
        raise BadSignature(f"{TIMESTAMP} 与现在相差超过 {WINDOW_SECONDS} 秒")
    secrets = {key: secret for key, secret in secrets.items() if secret.get_secret_value()}
    tried = [secrets[key_id]] if key_id in secrets else [] if key_id else list(secrets.values())
    matches = [hmac.compare_digest(signature.encode(), f"sha256={_digest(key, stamp, body)}".encode()) for key in tried]
    if not any(matches):
        raise BadSignature("签名不对")


def _digest(secret: SecretStr, stamp: str, body: bytes) -> str:
    return hmac.new(secret.get_secret_value().encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
