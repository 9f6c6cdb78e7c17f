"""The index in process and in PostgreSQL, and what is kept of the guides."""

import numpy as np
import pytest

from knowledge_base import features
from knowledge_base.features import features_of, kept_features
from knowledge_base.guides import find_guide, save_guide
from knowledge_base.index import EVIDENCE, Index, load_index
from knowledge_base.search import search
from knowledge_base.vectors import LocalVectors, PostgresVectors
from nlu import encoder
from nlu.sounds import sounds
from storage import writing


def first(index, question):
    return search(index, question).hits[0].id


@pytest.mark.parametrize(
    ("one", "other"),
    [("契税", "气税"), ("身份证", "shenfenzheng"), ("身份证", "shen fen zheng"), ("注册公司", "住册公司")],
)
def test_what_sounds_alike_has_the_same_syllables(one, other):
    assert [s for s in sounds(one) if " " not in s] == [s for s in sounds(other) if " " not in s]


def test_an_english_word_is_not_taken_for_pinyin():
    assert "visa" in sounds("visa怎么办")


def test_evidence_speaks_for_the_right_guide(guides):
    index = load_index()
    question = "身份证丢了"
    evidence = index.evidence(question, encoder.encode_queries([question])[0])
    assert evidence.shape == (len(guides), len(EVIDENCE))
    ids = [guide.id for guide in index.guides]
    for name, column in zip(EVIDENCE, evidence.T, strict=True):
        if name != "named":
            assert ids[int(np.argmax(column))] == "id-card-lost", name


@pytest.mark.parametrize(
    ("question", "guide"),
    [
        ("身份證丟了", "id-card-lost"),
        ("shenfenzheng diu le", "id-card-lost"),
        ("气税怎么交", "deed-tax"),
        ("狗狗办证", "dog"),
    ],
)
def test_other_ways_of_writing_find_the_same_guide(guides, question, guide):
    assert first(load_index(), question) == guide


def test_only_what_changed_is_encoded_again(guides, monkeypatch):
    kept_features()
    encoded = []
    monkeypatch.setattr(features, "features_of", lambda guide: encoded.append(guide.id) or features_of(guide))
    kept_features()
    assert encoded == []
    with writing() as session:
        save_guide(session, guides[2].model_copy(update={"questions": ("养猫要登记吗",)}), "工作人员")
    kept_features()
    assert encoded == ["dog"]


def test_an_edit_is_found_by_the_next_index(guides):
    with writing() as session:
        dog = find_guide(session, "dog")
        save_guide(session, dog.model_copy(update={"questions": (*dog.questions, "乌龟要不要上户口")}), "工作人员")
    assert first(load_index(), "乌龟上户口") == "dog"


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_postgresql_finds_the_texts_that_an_exact_search_finds(guides):
    kept = kept_features()
    there, here = PostgresVectors(kept), LocalVectors(kept)
    for question in ("身份证", "小狗", "买房"):
        vector = encoder.encode_queries([question])[0]
        owners, cosines = there.nearest(vector, 5)
        expected_owners, expected = here.nearest(vector, 5)
        assert owners.tolist() == expected_owners.tolist()
        assert cosines == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_postgresql_forgets_texts_of_guides_that_changed(guides):
    load_index()
    with writing() as session:
        save_guide(session, guides[2].model_copy(update={"questions": ("养猫要登记吗",)}), "工作人员")
    index = load_index()
    vector = encoder.encode_queries(["养狗要办证吗"])[0]
    _, cosines = index._vectors.nearest(vector)
    assert cosines.max() < 0.999, "the old text is gone"


def test_an_index_without_guides_declines(database):
    assert search(load_index(), "身份证").decision == "none"


def test_two_matters_in_one_message_get_both_guides(guides):
    found = search(Index([features_of(guide) for guide in guides]), "身份证丢了怎么办，还有契税怎么交")
    assert found.answers == 2
    assert [hit.id for hit in found.hits[:2]] == ["id-card-lost", "deed-tax"]
