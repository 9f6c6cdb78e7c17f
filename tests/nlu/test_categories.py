from pathlib import Path

import yaml

from nlu.categories import categories

DATA = Path(__file__).resolve().parents[2] / "nlu" / "data"
CODES = [
    "sanitation.garbage",
    "sanitation.sorting",
    "noise.construction",
    "noise.living",
    "noise.business",
    "air.odor",
    "air.dust",
    "water.river",
    "water.drainage",
    "road.surface",
    "road.manhole",
    "road.streetlight",
    "road.signal",
    "traffic.parking",
    "traffic.bicycle",
    "traffic.transit",
    "traffic.taxi",
    "traffic.order",
    "building.illegal",
    "building.group_rental",
    "property.service",
    "property.elevator",
    "property.repair",
    "street.vendor",
    "street.ads",
    "greening.tree",
    "greening.lawn",
    "greening.park",
    "utility.water",
    "utility.power",
    "utility.gas",
    "utility.telecom",
    "market.consumer",
    "market.food",
    "market.price",
    "market.planning",
    "labor.wages",
    "labor.insurance",
    "education.school",
    "education.training",
    "health.service",
    "civil.elderly",
    "civil.relief",
    "security.order",
    "security.fraud",
    "security.dog",
    "security.fireworks",
    "security.domestic_violence",
    "safety.fire",
    "safety.ebike",
    "safety.construction",
    "service.attitude",
    "crisis.self_harm",
    "other",
]


def blocks() -> list[dict]:
    return [b for file in DATA.rglob("*.yml") for b in yaml.safe_load(file.read_text("utf-8"))["nlu"] if "intent" in b]


def test_the_codes_are_those_of_the_contract():
    assert list(categories()) == CODES


def test_every_category_says_what_belongs_to_it_and_who_leads():
    for category in categories().values():
        assert category.name
        assert category.boundary
        assert category.department


def test_every_category_has_training_texts_and_no_text_has_an_unknown_one():
    trained = {(b.get("metadata") or {}).get("category") for b in blocks()} - {None}
    assert trained == set(CODES)


def test_no_text_stands_under_two_intents():
    seen: dict[str, str] = {}
    for block in blocks():
        for line in block["examples"].splitlines():
            text = line.removeprefix("- ").strip()
            assert seen.setdefault(text, block["intent"]) == block["intent"], text
