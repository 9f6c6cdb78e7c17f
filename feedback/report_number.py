"""Report numbers: the date, eight random characters and a check character (ISO 7064 Mod 37, 36).

Characters that are read wrongly or sound alike on the telephone (0 O 1 I) do not occur after the date.
"""

import re
import secrets
import unicodedata
from datetime import datetime

from stdnum.iso7064 import mod_37_36

from feedback.city_time import CITY_TIME

ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
RANDOM_LENGTH = 8
_SHAPE = re.compile(rf"20\d{{6}}[{ALPHABET}]{{{RANDOM_LENGTH + 1}}}")


def new_number(now: datetime) -> str:
    """A number nobody can guess, without hyphens: `20261124` + eight characters + check character."""
    date = now.astimezone(CITY_TIME).strftime("%Y%m%d")
    while True:
        body = date + "".join(secrets.choice(ALPHABET) for _ in range(RANDOM_LENGTH))
        if (check := mod_37_36.calc_check_digit(body)) in ALPHABET:
            return body + check


def display(number: str) -> str:
    """The number as people read and write it: `20261124-ABCD-EFGHJ`."""
    return f"{number[:8]}-{number[8:12]}-{number[12:]}"


def parse(written: str) -> str | None:
    """The number that somebody wrote, however they grouped it; None if it can't be one."""
    bare = re.sub(r"[^0-9A-Za-z]", "", unicodedata.normalize("NFKC", written)).upper()
    return bare if _SHAPE.fullmatch(bare) and mod_37_36.is_valid(bare) else None
