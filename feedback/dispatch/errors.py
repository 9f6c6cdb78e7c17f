"""What can go wrong at a destination. `str(error)` is a sentence for staff, in Chinese and without secrets.

DispatchError
├── DispatchUnavailable   not now: worth another try
├── DispatchRefused       not like this: another try of the same thing is of no use
└── CannotTell            nobody can say whether our order is there: a person decides
"""

from __future__ import annotations


class DispatchError(Exception):
    """Something went wrong at a destination."""


class DispatchUnavailable(DispatchError):
    """The destination did not answer, or answered with a fault of its own: worth another try.

    Attributes:
        acted: Whether it may have carried out the request all the same: False if certainly not (no connection, 429), None
            if nobody knows (the connection broke after sending, a 5xx, an answer nobody understands).
        retry_after: Seconds that it asked us to wait (`Retry-After`, RFC 9110 section 10.2.3), if it did.
    """

    def __init__(self, words: str, acted: bool | None = False, retry_after: float | None = None) -> None:
        super().__init__(words)
        self.acted = acted
        self.retry_after = retry_after


class DispatchRefused(DispatchError):
    """The destination won't take the request as it is: another try of the same thing is of no use."""


class CannotTell(DispatchError):
    """The destination has no way, or no way just now, to look our reference up.

    Attributes:
        for_now: Whether another time it may be able to: it did not answer.
    """

    def __init__(self, words: str, for_now: bool = False) -> None:
        super().__init__(words)
        self.for_now = for_now
