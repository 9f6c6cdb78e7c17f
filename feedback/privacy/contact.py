"""How a resident's contact is written where it may not be seen: masked in lists and histories, and out of what they told."""

from __future__ import annotations

import re

from nlu.contacts import contacts

HIDDEN = "〔本人联系方式〕"


def masked(contact: str) -> str:
    """A contact as its owner knows it again, and nobody else: `137****1112`."""
    shown = 3 if len(contact) > 7 else 1
    return f"{contact[:shown]}****{contact[-shown - 1 :]}"


def without_contact(words: str, contact: str | None) -> str:
    """Words in which the resident's own contact is hidden, however it is written there: the text of a report is read by
    departments and stays searchable. Numbers of others, such as the one on an advertisement, are part of the matter."""
    if not contact:
        return words
    own = _bare(contact)
    for _, value, (begin, end) in sorted(contacts(words), key=lambda found: found[2], reverse=True):
        if _bare(value) == own:
            words = words[:begin] + HIDDEN + words[end:]
    return words


def kind_of(contact: str) -> str | None:
    """`phone`, `wechat` or `email`; None if it is none of them."""
    return next((kind for kind, _, _ in contacts(contact)), None)


def _bare(contact: str) -> str:
    """What two ways of writing one contact have in common; a telephone number is known by its digits, without the country."""
    written = next((value for _, value, _ in contacts(contact)), contact)
    digits = "".join(str(int(c)) for c in written if c.isdecimal())
    is_number = not re.search("[A-Za-z@]", written)
    return digits.removeprefix("86") if is_number and len(digits) >= 7 else written.casefold()
