"""What could not be answered, and how it gets an answer."""

import pytest

from feedback import take_notices
from knowledge_base import Gap, find_guide, rate_answer, record_gap
from knowledge_base.gaps import dismiss, grouped, link, open_groups, put_in_groups, ungrouped
from knowledge_base.index import load_index
from knowledge_base.models import AnswerRating
from knowledge_base.search import search
from storage import reading, writing

TURTLE = ["乌龟要不要登记", "养乌龟需要登记吗", "家里养的乌龟要登记伐"]


@pytest.fixture
def gaps(guides):
    with writing() as session:
        for number, text in enumerate([*TURTLE, "热气球飞行找谁批"]):
            record_gap(session, text, f"web-{number}", f"web-{number}:1")
    with writing() as session:
        assert ungrouped(session)
        put_in_groups(session, grouped(session))
        assert not ungrouped(session)


def test_questions_are_grouped_by_meaning_the_most_asked_first(gaps):
    with reading() as session:
        groups = open_groups(session)
        assert [len(group.gaps) for group in groups] == [3, 1]
        assert {gap.text for gap in groups[0].gaps} == set(TURTLE)
        assert groups[0].conversations == 3


def test_linking_teaches_the_search_and_tells_who_asked_once(gaps):
    with writing() as session:
        link(session, [gap.id for gap in open_groups(session)[0].gaps], "dog", "工作人员")
    assert search(load_index(), "乌龟登记").hits[0].id == "dog"
    with writing() as session:
        notices = take_notices(session)
        assert {notice.conversation_id for notice in notices} == {"web-0", "web-1", "web-2"}
        assert all("养犬登记" in notice.text for notice in notices)
        assert notices[0].buttons[0]["payload"] == '/show_guide{"guide": "dog"}'
    with writing() as session:
        assert take_notices(session) == []
        assert len(open_groups(session)) == 1


def test_a_group_can_be_dismissed(gaps):
    with writing() as session:
        dismiss(session, [gap.id for gap in open_groups(session)[1].gaps], "工作人员")
    with reading() as session:
        assert len(open_groups(session)) == 1


def test_a_link_to_no_guide_changes_nothing(gaps):
    with pytest.raises(LookupError, match="没有指南 nothing"), writing() as session:
        link(session, [1], "nothing", "工作人员")
    with reading() as session:
        assert session.get_one(Gap, 1).guide_id is None


def test_a_story_is_not_taught_as_a_question(guides):
    with writing() as session:
        gap = record_gap(session, "事情是这样的" * 40, "web-1", "web-1:1")
        link(session, [gap.id], "dog", "工作人员")
        assert find_guide(session, "dog") == guides[2]


def test_an_answer_of_no_use_is_a_gap_and_the_last_word_counts(guides):
    with writing() as session:
        rate_answer(session, False, "dog", "乌龟呢", "web-1", "web-1:1")
        rate_answer(session, True, "dog", "乌龟呢", "web-1", "web-1:2")
    with reading() as session:
        (gap,) = session.query(Gap)
        assert (gap.text, gap.unhelpful_guide_id) == ("乌龟呢", "dog")
        assert [rating.useful for rating in session.query(AnswerRating)] == [True]
