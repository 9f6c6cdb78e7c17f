"""Ways to be reached that a text tells: telephone numbers as residents write and say them, WeChat names, e-mail addresses."""

from __future__ import annotations

import re
from collections.abc import Iterator

from phonenumbers import Leniency, PhoneNumberMatcher

COUNTRY = "CN"
"""Whose numbers are meant where no country code stands before them."""
CONTACTS = ("phone", "wechat", "email")
_NUMERALS = "〇零幺一二三四五六七八九"
_AS_DIGITS = str.maketrans(_NUMERALS + "，,、", "001123456789   ")
_SPOKEN = re.compile(rf"[{_NUMERALS}](?:[ ，,、-]?[{_NUMERALS}]){{6,}}")
# A number of the city without its code may be anything else: it counts where it is called one, or where nothing else is said.
_LOCAL = re.compile(r"(?:电话|座机|号码|打)\D{0,4}([2-8]\d{3}[- ]?\d{4})(?!\d)|^\W*([2-8]\d{3}[- ]?\d{4})\W*$")
_EXTENSION = re.compile(r"\s?(?:转|轉|分机|-)\s?\d{1,5}(?!\d)")
_BEFORE_EXTENSION = re.compile(r"(?<=\d{8})-(?=\d{1,5}(?!\d))")
_OTHERS = {
    "wechat": re.compile(r"(?:微信号?|vx|wx|wechat)\D{0,4}?([A-Za-z][\w-]{5,19})", re.IGNORECASE),
    "email": re.compile(r"(?<![\w.+-])([\w.+-]+@[\w-]+(?:\.[\w-]+)+)"),
}


def contacts(text: str) -> Iterator[tuple[str, str, tuple[int, int]]]:
    """Each way to be reached: its kind (of `CONTACTS`), its value with spoken digits written, and where it stands."""
    written = with_digits(text)
    for begin, end in _phones(written):
        yield "phone", written[begin:end], (begin, end)
    for kind, pattern in _OTHERS.items():
        yield from ((kind, match[1], match.span()) for match in pattern.finditer(text))


def with_digits(text: str) -> str:
    """The text with spoken numbers of at least seven digits (幺三八 …) written; nothing moves."""
    return _SPOKEN.sub(lambda run: run[0].translate(_AS_DIGITS), text)


def _phones(text: str) -> list[tuple[int, int]]:
    """Where numbers stand; an extension belongs to its number."""
    plain = _BEFORE_EXTENSION.sub("转", text)
    found = [(m.start, m.end) for m in PhoneNumberMatcher(plain, COUNTRY, leniency=Leniency.VALID)]
    found += [
        m.span(m.lastindex) for m in _LOCAL.finditer(plain) if not any(b <= m.start(m.lastindex) < e for b, e in found)
    ]
    return [(begin, extension.end() if (extension := _EXTENSION.match(text, end)) else end) for begin, end in found]
