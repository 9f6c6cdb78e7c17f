"""How the assistant speaks: language and script follow the writer, and every sentence has what it needs."""

import re

import pytest

from actions.voice import ENGLISH, EVERYBODY, PLAIN, Manner, Voice, _catalogue, manner_after
from feedback.draft import KINDS
from feedback.lifecycle import REPORT_STATES
from feedback.privacy import consent
from nlu.categories import categories


@pytest.mark.parametrize(
    ("text", "before", "after"),
    [
        ("門口路燈壞了", Manner(), Manner(traditional=True)),
        ("門口路燈壞了,在台北路后面", Manner(), Manner(traditional=True)),
        ("门口路灯坏了", Manner(traditional=True), Manner()),
        ("好", Manner(traditional=True), Manner(traditional=True)),
        ("好", Manner(), Manner()),
        ("the street light is broken", Manner(), Manner(ENGLISH)),
        ("how to renew my passport", Manner(), Manner(ENGLISH)),
        ("路灯坏了", Manner(ENGLISH), Manner()),
        ("13800000000", Manner(ENGLISH), Manner(ENGLISH)),
        ("OK OK OK", Manner(), Manner()),
        ("lu deng huai le xu hui qu", Manner(), Manner()),
        ("/affirm", Manner(ENGLISH), Manner(ENGLISH)),
        ("KTV太吵了", Manner(), Manner()),
        ("The street light near 淮海中路6101号 is broken", Manner(), Manner(ENGLISH)),
        ("Do you speak English?", Manner(), Manner(ENGLISH)),
    ],
)
def test_language_and_script_follow_the_writer(text, before, after):
    assert manner_after(text, "report", before) == after


def test_simple_words_last_until_they_are_no_longer_wanted():
    plain = manner_after("说简单点", "language_simple", Manner())
    assert plain.language == PLAIN
    assert manner_after("路灯坏了", "report", plain).language == PLAIN
    assert manner_after("说详细点", "language_normal", plain).language == EVERYBODY


def test_traditional_readers_read_traditional_words_on_buttons_too():
    voice = Voice(Manner(traditional=True))
    voice.say("ask_place", [{"title": "说不清", "payload": "/skip"}])
    (reply,) = voice.replies
    assert "具體在哪裡" in reply["text"]
    assert reply["buttons"] == [{"title": "說不清", "payload": "/skip"}]


def test_english_readers_read_english_names():
    voice = Voice(Manner(ENGLISH))
    names = [*REPORT_STATES.values(), *KINDS.values(), *(category.name for category in categories().values())]
    assert all(voice.name(name).isascii() for name in names)


def test_every_sentence_is_in_english_and_has_the_same_blanks_in_each_language():
    for name, versions in _catalogue()["sentences"].items():
        blanks = [set(re.findall(r"{(\w+)}", text)) for text in versions.values()]
        assert "en" in versions or name in ("language_simple", "language_normal"), name
        assert "zh" in versions or name in ("refused", "unknown_report"), name
        widest = max(blanks, key=len)
        assert all(found <= widest for found in blanks), name


def test_what_somebody_wrote_is_no_pattern():
    voice = Voice()
    voice.say("also_said", left="{number} {0} %s")
    assert "{number} {0} %s" in voice.replies[0]["text"]


def test_the_words_that_residents_agree_to_stand_in_the_register():
    assert Voice().words("ask_contact") == consent.texts()[consent.CURRENT]
