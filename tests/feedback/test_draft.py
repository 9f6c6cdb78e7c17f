import pytest

from feedback.draft import INTERRUPTIONS, UNKNOWN, Draft, Said, advance, describe_place, missing, more_of, summary
from nlu.places import locate

MATTER = {"category": {"code": "road.streetlight"}, "kind": "complaint", "urgent": False}


def said(text: str, intent: str, **parts) -> Said:
    return Said(text, intent, MATTER, vars(locate(text)), **parts)


def after(*turns: Said) -> Draft:
    """The draft after some messages, each answering what was missing."""
    draft, asked = Draft(), None
    for turn in turns:
        step = advance(draft, turn, asked)
        assert step, f"{turn} was not taken for an answer"
        draft = step.draft
        asked = missing(draft)
    return draft


def test_asks_only_for_what_the_text_did_not_tell():
    assert missing(after(said("路灯坏了", "report"))) == "place"
    assert missing(after(said("漕溪北路100号路灯坏了", "report"))) == "district"
    assert missing(after(said("徐汇区漕溪北路100号路灯坏了", "report"))) == "contact"


def test_the_subdistrict_tells_the_district():
    draft = after(said("七宝镇路灯坏了", "report"))
    assert (draft.district, draft.place["subdistrict"]) == ("闵行区", "七宝镇")


def test_a_suggestion_needs_no_place():
    said_so = Said("建议多开几条夜班公交", "report", MATTER | {"kind": "suggestion"}, vars(locate("")))
    assert missing(after(said_so)) == "contact"


def test_more_than_the_district_is_kept_of_an_answer():
    draft = after(said("幸福小区垃圾没人收", "report"), said("静安区大宁路", "inform_place"))
    assert (draft.district, draft.place["address"]) == ("静安区", "静安区大宁路 幸福小区")


def test_ones_own_estate_is_no_name_of_one():
    assert missing(after(said("阿拉小区垃圾没人收", "report"))) == "place"


def test_a_district_alone_is_not_a_place():
    draft = after(said("路灯坏了", "report"), said("浦东", "inform_place"))
    assert (draft.district, missing(draft)) == ("浦东新区", "place")


def test_a_question_becomes_a_consultation_that_needs_no_place():
    question = {"text": "热气球飞行找谁批", "category": "other"}
    draft = after(Said("", "file_report", item="question", question=question))
    assert draft.matter == {**question, "kind": "consultation", "urgent": False}
    assert missing(draft) == "contact"


@pytest.mark.parametrize("words", ["不知道", "说不清楚", "忘记了"])
def test_who_cannot_tell_the_place_is_not_asked_again(words):
    draft = after(said("路灯坏了", "report"), said(words, "nlu_fallback"))
    assert missing(draft) == "contact"


def test_the_contact_is_kept_only_if_given():
    begun = (said("徐汇区漕溪北路100号路灯坏了", "report"),)
    assert after(*begun, Said("不留", "no_contact")).contact == UNKNOWN
    assert after(*begun, Said("13800000000", "inform_contact", phone="13800000000")).contact == "13800000000"
    assert missing(after(*begun, Said("可以", "affirm"))) == "contact", "a yes is no number"


COMPLETE = (said("徐汇区漕溪北路100号路灯坏了", "report"), Said("不留", "no_contact"))


def test_nothing_is_filed_without_a_yes():
    assert missing(after(*COMPLETE)) == "confirmed"
    assert missing(after(*COMPLETE, Said("不对", "deny"))) == "confirmed"
    assert missing(after(*COMPLETE, Said("对", "affirm"))) is None


def test_a_correction_in_words_changes_the_place_and_shows_the_summary_again():
    draft = after(*COMPLETE, said("不对,是静安区", "correct"))
    assert (draft.district, missing(draft)) == ("静安区", "confirmed")


@pytest.mark.parametrize("item", ["matter", "place", "contact"])
def test_each_item_can_be_asked_for_again(item):
    assert missing(after(*COMPLETE, Said("", "edit_report", item=item))) == item


def test_the_category_can_be_corrected_by_a_button():
    assert after(*COMPLETE, Said("", "edit_report", item="road.signal")).matter["category"] == "road.signal"


def test_an_invented_item_changes_nothing():
    assert after(*COMPLETE, Said("", "edit_report", item="../etc")) == after(*COMPLETE)


@pytest.mark.parametrize("intent", sorted(INTERRUPTIONS))
@pytest.mark.parametrize("asked", ["matter", "contact", "confirmed"])
def test_what_is_not_for_the_form_is_left_to_the_rules(intent, asked):
    assert advance(Draft(matter={}), Said("随便说一句别的事情", intent), asked) is None


def test_the_name_of_a_place_is_an_answer_whatever_it_looks_like():
    step = advance(Draft(matter={}), said("人民广场", "out_of_scope"), "place")
    assert step.draft.district == "黄浦区"


def test_the_summary_tells_everything_that_will_be_kept():
    text = summary(after(*COMPLETE))
    for part in ("路灯坏了", "路灯", "徐汇区漕溪北路100号", "不留"):
        assert part in text


@pytest.mark.parametrize(
    ("parts", "shown"),
    [
        (("徐汇区", None, "徐汇区漕溪北路100号"), "徐汇区漕溪北路100号"),
        (("徐汇区", None, "漕溪北路100号"), "徐汇区 漕溪北路100号"),
        (("闵行区", "七宝镇", None), "闵行区 七宝镇"),
        ((None, None, None), ""),
    ],
)
def test_a_place_names_each_part_once(parts, shown):
    assert describe_place(*parts) == shown


def test_of_several_matters_the_first_is_taken_and_the_others_are_offered_next():
    several = tuple({"text": text, **MATTER} for text in ("路灯坏了", "垃圾没人收"))
    told = Said(
        "徐汇区漕溪北路100号路灯坏了，还有垃圾没人收",
        "report",
        MATTER,
        vars(locate("徐汇区漕溪北路100号")),
        matters=several,
    )
    step = advance(Draft(), told, None)
    assert step.draft.matter["text"] == "路灯坏了"
    assert "2 件事" in step.note
    assert more_of(step.draft) == "徐汇区漕溪北路100号，垃圾没人收"


def test_another_category_is_offered_where_the_first_is_unsure():
    ranking = [{"code": "air.odor", "confidence": 0.4}, {"code": "noise.business", "confidence": 0.3}]
    unsure = Said("楼下饭店又吵又呛", "report", MATTER | {"ranking": ranking})
    assert advance(Draft(), unsure, None).draft.matter["instead"] == "noise.business"
    sure = Said("楼下饭店太呛", "report", MATTER | {"ranking": [{"code": "air.odor", "confidence": 0.9}, ranking[1]]})
    assert advance(Draft(), sure, None).draft.matter["instead"] is None
