"""Topics: how many simulated surges are found, how soon, and how often an ordinary day is called one.

The simulator's assumptions (nobody's real numbers):
- 25,000 voices a day, each of another resident; categories and districts are skewed (Zipf, exponents 0.6 and 0.5), a
  district's subdistricts and spots too (exponent 0.7; 800 spots a district); 70 % tell a subdistrict, 50 % a spot.
- A category has the rhythm of offices, of evenings or of the whole day; at weekends offices have two thirds.
- Numbers scatter more than by chance alone: each category, and each category in each district, has a factor of its own every
  day (gamma, standard deviations of 20 and 25 %).
- Words are those of the training texts of the category (`nlu/data`), each as likely as the other.
- A surge has 8 to 60 voices spread evenly over 1 to 6 hours, beginning between 6 and 21 o'clock: in a place (one category, one
  subdistrict, a third of them at one spot), in a meaning (one category, texts that have a certain word that is rare in it, in
  one district or in the whole city), or city-wide (one category, ordinary words, everywhere).
- Levels are learned from 14 days without surges. Topics are looked for every half hour; a topic is right if at least half of
  its voices are of one surge, and a surge is found if such a topic is made before it has been over for two hours.
"""

from __future__ import annotations

import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache

import numpy as np

from feedback.topics.normal import HOUR, heard, weight
from feedback.topics.rising import Surge, surges
from feedback.topics.signals import Voice, words_of
from nlu.categories import OTHER, categories
from nlu.examples import examples
from nlu.places import districts, subdistricts

SEED = 20261128
"""Of the printed figures; everything was tuned on others."""
VOICES_A_DAY = 25_000
LEARNED_DAYS, WATCHED_DAYS = 14, 2
SURGES_A_DAY = 12
LOOK = timedelta(minutes=30)
SPOTS = 800
BEGINNING = datetime(2026, 10, 4, 16, tzinfo=UTC)
"""A Monday's beginning in the city."""
SORTS = {"place": "in a place", "meaning": "in a meaning", "city": "city-wide"}
SIZES = ((8, 15), (16, 30), (31, 60))
_RHYTHMS = np.array(
    [
        [1, 1, 1, 1, 1, 2, 4, 7, 10, 12, 12, 9, 6, 9, 11, 10, 8, 6, 5, 4, 4, 3, 2, 1],
        [4, 2, 1, 1, 1, 2, 3, 4, 4, 4, 4, 4, 4, 4, 4, 4, 5, 7, 10, 14, 15, 14, 11, 7],
        [3, 2, 2, 2, 2, 3, 5, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 5, 5, 4, 4],
    ]
)


@dataclass
class Planted:
    """A surge that was put in."""

    sort: str
    start: datetime
    end: datetime
    voices: list[Voice]
    found_at: datetime | None = None


@dataclass
class City:
    """Draws voices."""

    random: np.random.Generator
    number: int = 0
    texts: dict[str, list[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.texts = _texts()
        self.codes = [str(code) for code in self.random.permutation(list(self.texts))]
        self.districts = districts()
        self.subdistricts = {district: subdistricts(district) for district in self.districts}
        self.category_share = _skewed(len(self.codes), 0.6)
        self.district_share = _skewed(len(self.districts), 0.5)
        self.rhythm_of = {code: _RHYTHMS[self.random.integers(3)] for code in self.codes}

    def hour(self, at: datetime, days: np.ndarray) -> list[Voice]:
        """The voices of one hour; `days` are the factors of this day by category and district."""
        local = (at - BEGINNING) // HOUR
        means = np.outer(self.category_share, self.district_share) * VOICES_A_DAY * days
        rhythm = np.array([self._rhythm(code, local) for code in self.codes])
        counts = self.random.poisson(means * rhythm[:, None])
        of_code, of_district = np.repeat(np.indices(counts.shape).reshape(2, -1), counts.ravel(), axis=1)
        moments = self.random.random(len(of_code))
        return [
            self.voice(self.codes[c], self.districts[d], at + HOUR * moment, chance)
            for c, d, moment, chance in zip(
                of_code.tolist(), of_district.tolist(), moments.tolist(), self._chances(len(moments)), strict=True
            )
        ]

    def _chances(self, many: int) -> list[list[float]]:
        return self.random.random((many, 5)).tolist()

    def factors(self) -> np.ndarray:
        shape = (len(self.codes), len(self.districts))
        return self.random.gamma(25, 1 / 25, (shape[0], 1)) * self.random.gamma(16, 1 / 16, shape)

    def voice(self, code: str, district: str, at: datetime, chances: Sequence[float]) -> Voice:
        """A voice of a category in a district; five numbers from 0 to 1 decide the rest."""
        self.number += 1
        tells_subdistrict, which_subdistrict, tells_spot, which_spot, which_text = chances
        within = self.subdistricts[district]
        subdistrict = within[_rank(which_subdistrict, len(within))] if tells_subdistrict < 0.7 else None
        spot = f"{district}第{_rank(which_spot, SPOTS)}号点" if tells_spot < 0.5 else None
        text = self.texts[code][int(which_text * len(self.texts[code]))]
        return Voice(self.number, f"web-{self.number}", at, code, text, district, subdistrict, spot)

    def surge(self, day: datetime) -> Planted:
        sort = str(self.random.choice(list(SORTS)))
        code = self.codes[self.random.choice(len(self.codes), p=self.category_share)]
        size, hours = int(self.random.integers(8, 61)), float(self.random.uniform(1, 6))
        start = day + HOUR * float(self.random.uniform(6, 21))
        times = sorted(start + HOUR * float(t) for t in self.random.uniform(0, hours, size))
        return Planted(sort, start, start + HOUR * hours, getattr(self, f"_in_{sort}")(code, times))

    def _in_place(self, code: str, times: Sequence[datetime]) -> list[Voice]:
        district = self._district()
        where, which, at_spot = self.random.random(3)
        subdistrict = self.subdistricts[district][_rank(where, len(self.subdistricts[district]))]
        place = {
            "subdistrict": subdistrict,
            "spot": f"{district}第{_rank(which, SPOTS)}号点" if at_spot < 1 / 3 else None,
        }
        return [replace(voice, **place) for voice in self._anywhere(code, times, district)]

    def _in_meaning(self, code: str, times: Sequence[datetime]) -> list[Voice]:
        of_word = _by_rare_word(code)
        texts = of_word[sorted(of_word)[self.random.integers(len(of_word))]]
        district = self._district() if self.random.random() < 0.5 else None
        return [replace(voice, text=str(self.random.choice(texts))) for voice in self._anywhere(code, times, district)]

    def _in_city(self, code: str, times: Sequence[datetime]) -> list[Voice]:
        return self._anywhere(code, times)

    def _anywhere(self, code: str, times: Sequence[datetime], district: str | None = None) -> list[Voice]:
        chances = self._chances(len(times))
        return [self.voice(code, district or self._district(), *drawn) for drawn in zip(times, chances, strict=True)]

    def _district(self) -> str:
        return self.districts[self.random.choice(len(self.districts), p=self.district_share)]

    def _rhythm(self, code: str, hour: int) -> float:
        rhythm = self.rhythm_of[code]
        weekend = rhythm is _RHYTHMS[0] and hour // 24 % 7 >= 5
        return rhythm[hour % 24] / rhythm.sum() * (2 / 3 if weekend else 1)


def _rank(chance: float, many: int) -> int:
    """A number below `many`, small ones likelier: the inverse of a Zipf distribution with exponent 0.7, nearly."""
    return int(many * chance ** (1 / 0.3))


def _skewed(many: int, exponent: float) -> np.ndarray:
    shares = np.arange(1, many + 1) ** -exponent
    return shares / shares.sum()


@cache
def _texts() -> dict[str, list[str]]:
    texts: dict[str, list[str]] = defaultdict(list)
    for example in examples():
        code = example.metadata.get("category", OTHER if example.intent == "report" else None)
        if example.intent == "report" and code in categories():
            texts[code].append(example.text)
    return dict(texts)


@cache
def _by_rare_word(code: str) -> dict[str, list[str]]:
    """Texts of a category by a word that few of them have (3 to 12)."""
    of_word: dict[str, list[str]] = defaultdict(list)
    for text in _texts()[code]:
        for word in words_of(text):
            of_word[word].append(text)
    return {word: texts for word, texts in of_word.items() if 3 <= len(texts) <= 12}


@dataclass
class Outcome:
    """What was found in some days."""

    planted: list[Planted]
    right: int = 0
    false: list[Surge] = field(default_factory=list)


def simulate(seed: int, days: int = WATCHED_DAYS) -> Outcome:
    """Learn, then watch some days with surges; a topic is counted once, as the job keeps it."""
    city = City(np.random.default_rng(seed))
    levels = _learned(city)
    start = BEGINNING + timedelta(days=LEARNED_DAYS)
    outcome = Outcome([city.surge(start + timedelta(days=day)) for day in range(days) for _ in range(SURGES_A_DAY)])
    voices = [voice for planted in outcome.planted for voice in planted.voices]
    for day in range(-1, days):
        factors = city.factors()
        for hour in range(24):
            voices += city.hour(start + timedelta(days=day, hours=hour), factors)
    voices.sort(key=lambda voice: voice.at)
    now_weight = weight(start)
    known = {signal: level / now_weight for signal, level in levels.items()}
    _watch(voices, start, days, known, outcome)
    return outcome


def _learned(city: City) -> Counter[str]:
    levels: Counter[str] = Counter()
    for day in range(LEARNED_DAYS):
        factors = city.factors()
        for hour in range(24):
            at = BEGINNING + timedelta(days=day, hours=hour)
            for signal, count in heard(city.hour(at, factors), at).items():
                levels[signal] += count
    return levels


def _watch(voices: list[Voice], start: datetime, days: int, known: dict[str, float], outcome: Outcome) -> None:
    owner = {voice.report_id: planted for planted in outcome.planted for voice in planted.voices}
    seen: list[set[int]] = []
    times = np.array([voice.at.timestamp() for voice in voices])
    for step in range(1, days * timedelta(days=1) // LOOK + 1):
        now = start + step * LOOK
        first, last = np.searchsorted(times, [(now - timedelta(days=1)).timestamp(), now.timestamp()])
        for surge in surges(voices[first:last], now, lambda keys: {k: known[k] for k in keys if k in known}):
            ids = {voice.report_id for voice in surge.voices}
            planted = _planted(surge, owner)
            if planted and not planted.found_at and now <= planted.end + 2 * HOUR:
                planted.found_at = now
            if before := next((kept for kept in seen if len(kept & ids) >= 0.5 * min(len(kept), len(ids))), None):
                before |= ids
                continue
            seen.append(ids)
            if planted:
                outcome.right += 1
            else:
                outcome.false.append(surge)


def _planted(surge: Surge, owner: dict[int, Planted]) -> Planted | None:
    """The surge that most voices of a topic belong to."""
    owners = Counter(id(owner[voice.report_id]) for voice in surge.voices if voice.report_id in owner)
    most = owners.most_common(1)
    if not most or most[0][1] < len(surge.voices) / 2:
        return None
    return next(planted for planted in owner.values() if id(planted) == most[0][0])


def sections() -> Iterator[str]:
    """The chapter of topics."""
    outcome = simulate(SEED)
    found = [planted for planted in outcome.planted if planted.found_at]
    delays = [(planted.found_at - planted.start) / HOUR for planted in found]
    voices = [sum(voice.at <= planted.found_at for voice in planted.voices) for planted in found]
    yield "## Topics: what rises together\n"
    yield (
        f"Simulated (assumptions in `tests/evaluate/topics.py`): {VOICES_A_DAY} voices a day, {LEARNED_DAYS} days learned, "
        f"{WATCHED_DAYS} days watched, {len(outcome.planted)} surges of 8 to 60 voices.\n"
    )
    right, false = outcome.right, len(outcome.false)
    yield (
        f"Found {len(found)} of {len(outcome.planted)} ({len(found) / len(outcome.planted):.2f}), {np.median(delays):.1f} hours "
        f"after their beginning and after {np.median(voices):.0f} voices (medians). "
        f"Of {right + false} topics {right} are right (precision {right / (right + false):.2f}); "
        f"false ones a day: {false / WATCHED_DAYS:.1f}.\n"
    )
    yield "| surge | " + " | ".join(f"{low}–{high} voices" for low, high in SIZES) + " |\n|---|" + "---|" * len(SIZES)
    for sort, name in SORTS.items():
        yield f"| {name} | " + " | ".join(_share(outcome.planted, sort, low, high) for low, high in SIZES) + " |"
    yield ""


def _share(planted: Sequence[Planted], sort: str, low: int, high: int) -> str:
    those = [surge for surge in planted if surge.sort == sort and low <= len(surge.voices) <= high]
    return f"{sum(surge.found_at is not None for surge in those)} of {len(those)}" if those else "–"


if __name__ == "__main__":
    for number in map(int, sys.argv[1:]):
        told = simulate(number)
        print(number, sum(p.found_at is not None for p in told.planted), len(told.planted), told.right, len(told.false))
        for surge in told.false:
            print("   false", surge.name, surge.rise)
        for planted in told.planted:
            if not planted.found_at:
                v = planted.voices[0]
                print("   missed", planted.sort, len(planted.voices), v.category, v.text, planted.end - planted.start)
