"""How the assistant speaks to a resident: in their language and script, and as simply as they want it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from opencc import OpenCC

from nlu.categories import categories

FILE = Path(__file__).with_name("words.yml")
EVERYBODY, PLAIN, ENGLISH = "zh", "plain", "en"
_TO_SIMPLIFIED, _TO_TRADITIONAL = OpenCC("t2s"), OpenCC("s2tw")
_CHINESE = re.compile(r"[\u3400-\u9fff]")
_LATIN_WORD = re.compile(r"[A-Za-z']+")
# None of them is a syllable of Chinese: pinyin is no English.
_ENGLISH_WORD = re.compile(
    r"\b(the|is|are|was|in|my|how|to|where|what|when|please|there|of|on|at|it|this|hello|help|near|with|not|has|for|do|does|speak|"
    r"english|want|need|report|broken|thanks?|street|light|don't|no|yes)\b",
    re.IGNORECASE,
)
FEWEST_WORDS = 3


@dataclass(frozen=True)
class Manner:
    """What a resident reads: `language` is everybody's Chinese, plain Chinese or English."""

    language: str = EVERYBODY
    traditional: bool = False


def manner_after(text: str, intent: str, manner: Manner) -> Manner:
    """The manner that fits a message: who asks for simple words or for English, or writes in it, or in another script."""
    if intent == "language_simple":
        manner = replace(manner, language=PLAIN)
    elif intent == "language_normal":
        manner = replace(manner, language=EVERYBODY)
    if text.startswith("/"):
        return manner  # a button's words, not the writer's
    if is_english(text) or intent == "english":
        return replace(manner, language=ENGLISH)
    if not _CHINESE.search(text) or manner.language == ENGLISH and intent == "inform_place":
        return manner  # numbers, and addresses as they stand on the door, are of no language
    if manner.language == ENGLISH:
        manner = replace(manner, language=EVERYBODY)
    return replace(manner, traditional=_is_traditional(text, manner.traditional))


def is_english(text: str) -> bool:
    """Whether somebody writes in English, rather than in pinyin or with an English word or two."""
    words = _LATIN_WORD.findall(text)
    mostly = len(_CHINESE.findall(text)) <= len(words)
    return mostly and len(words) >= FEWEST_WORDS and bool(_ENGLISH_WORD.search(text))


def _is_traditional(text: str, before: bool) -> bool:
    """Characters that only one script has tell; where there are none the writer has not changed."""
    if _TO_SIMPLIFIED.convert(text) != text:
        return True
    return before and _TO_TRADITIONAL.convert(text) == text


@dataclass
class Voice:
    """Collects what is said in answer to one message."""

    manner: Manner = Manner()
    replies: list[dict[str, Any]] = field(default_factory=list)

    def say(self, sentence: str, buttons: Sequence[dict] = (), **values: Any) -> None:
        """A sentence of `words.yml` with its values filled in."""
        self.quote(self.words(sentence, **values), buttons)

    def quote(self, text: str, buttons: Sequence[dict] = ()) -> None:
        """Words that exist already, such as a guide's."""
        shown = [{**button, "title": self._in_script(self.name(button["title"]))} for button in buttons]
        self.replies.append({"text": self._in_script(text), "buttons": shown})

    def words(self, sentence: str, **values: Any) -> str:
        """A sentence in the resident's language."""
        versions = _catalogue()["sentences"][sentence]
        return versions.get(self.manner.language, versions.get(EVERYBODY, "")).format(**values)

    def name(self, chinese: str) -> str:
        """A short name, such as a state's, in the resident's language; one without a translation stays Chinese."""
        return _english_names().get(chinese, chinese) if self.manner.language == ENGLISH else chinese

    @property
    def plain(self) -> bool:
        """Whether only what matters most is to be said."""
        return self.manner.language == PLAIN

    @property
    def english(self) -> bool:
        return self.manner.language == ENGLISH

    def _in_script(self, text: str) -> str:
        return _TO_TRADITIONAL.convert(text) if self.manner.traditional and self.manner.language != ENGLISH else text


def has_sentence(sentence: str) -> bool:
    """Whether `words.yml` has it."""
    return sentence in _catalogue()["sentences"]


@cache
def _catalogue() -> dict[str, Any]:
    return yaml.safe_load(FILE.read_text("utf-8"))


@cache
def _english_names() -> dict[str, str]:
    return _catalogue()["english"] | {c.name: c.english for c in categories().values() if c.english}
