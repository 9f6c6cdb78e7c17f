from dataclasses import replace

import pytest

from feedback.draft import (
    INTERRUPTIONS,
    UNKNOWN,
    Draft,
    Said,
    Step,
    advance,
    describe_place,
    identity_of,
    is_endorsement,
    missing,
    more_of,
)
from nlu.places import locate

MATTER = {"category": {"code": "road.streetlight", "confidence": 0.9}, "kind": "complaint", "urgent": False}


def said(text: str, intent: str, **parts) -> Said:
    return Said(text, intent, MATTER, vars(locate(text)), **parts)


def after(*turns: Said) -> Draft:
    """The draft after some messages, each answering what was missing."""
    draft, asked = Draft(), None
    for turn in turns:
        step = advance(draft, turn, asked)
        assert step, f"{turn} was not taken for an answer"
        draft = step.draft
        if missing(draft) == "similar" and draft.similar is None and not draft.offered:
            draft = replace(draft, similar=UNKNOWN)  # nobody has reported it
        asked = missing(draft)
    return draft


def test_asks_only_for_what_the_text_did_not_tell():
    assert missing(after(said("路灯坏了", "report"))) == "place"
    assert missing(after(said("中山北路100号路灯坏了", "report"))) == "district"
    assert missing(after(said("漕溪北路100号路灯坏了", "report"))) == "contact"  # all of it lies in one district
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
    assert after(*begun, Said("13800000000", "inform_contact", contact="13800000000")).contact == "13800000000"
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


@pytest.mark.parametrize(
    ("parts", "shown"),
    [
        (("徐汇区", None, "徐汇区漕溪北路100号"), "徐汇区漕溪北路100号"),
        (("徐汇区", None, "漕溪北路100号"), "徐汇区 漕溪北路100号"),
        (("徐汇区", None, "徐匯區漕溪北路100號"), "徐匯區漕溪北路100號"),
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
    assert (step.note, step.values["count"]) == ("several_matters", 2)
    assert more_of(step.draft) == "徐汇区漕溪北路100号，垃圾没人收"


def test_other_categories_are_offered_where_the_first_is_unsure():
    ranking = [{"code": "air.odor", "confidence": 0.4}, {"code": "noise.business", "confidence": 0.3}]
    unsure = Said("楼下饭店又吵又呛", "report", MATTER | {"ranking": ranking})
    matter = advance(Draft(), unsure, None).draft.matter
    assert (matter["doubtful"], matter["likely"]) == (True, ["air.odor", "noise.business"])
    sure = Said("楼下饭店太呛", "report", MATTER | {"ranking": [{"code": "air.odor", "confidence": 0.9}, ranking[1]]})
    assert not advance(Draft(), sure, None).draft.matter["doubtful"]


def test_a_place_that_contradicts_itself_is_asked_about():
    draft = after(said("徐汇区陆家嘴那边路灯坏了", "report"))
    assert missing(draft) == "district"
    assert draft.place["between"] == ["徐汇区", "浦东新区"]
    settled = advance(draft, said("浦东新区", "inform_place"), "district").draft
    assert (settled.district, "between" in settled.place) == ("浦东新区", False)


def test_a_place_that_contradicts_the_district_told_before_is_asked_about():
    draft = after(said("徐汇区路灯坏了", "report"), said("七宝古镇门口", "inform_place"))
    assert draft.place["between"] == ["徐汇区", "闵行区"]


def test_another_matter_told_in_the_form_is_kept_for_later():
    elevator = {"category": {"code": "property.elevator", "confidence": 0.95}, "kind": "complaint", "urgent": False}
    step = advance(after(said("路灯坏了", "report")), Said("电梯也坏了", "report", elevator), "place")
    assert step.note == "one_more_matter"
    assert step.draft.matter["more"] == ["电梯也坏了"]
    assert missing(step.draft) == "place"


OFFERED = {"number": "20261127ABCDEFGHJ", "mine": False}


def offered() -> Draft:
    return replace(after(said("徐汇区漕溪北路100号路灯坏了", "report")), similar=None, offered=OFFERED)


@pytest.mark.parametrize(
    ("words", "intent"), [("/endorse", "endorse"), ("是同一件", "report"), ("对", "affirm"), ("附议", "endorse")]
)
def test_who_joins_a_report_is_asked_nothing_more(words, intent):
    draft = advance(offered(), Said(words, intent), "similar").draft
    assert is_endorsement(draft)
    assert missing(draft) is None


@pytest.mark.parametrize("words", ["附议是啥意思", "附议有什么用？"])
def test_who_asks_what_joining_is_has_not_joined(words):
    assert not is_endorsement(advance(offered(), Said(words, "endorse"), "similar").draft)


def test_who_wants_to_submit_has_not_joined():
    step = advance(offered(), Said("提交", "affirm"), "similar")
    assert (is_endorsement(step.draft), step.note) == (False, "say_similar")


def test_a_no_with_reasons_is_a_no():
    draft = advance(offered(), Said("不是的，他说的是门口那盏", "correct", MATTER), "similar").draft
    assert (is_endorsement(draft), missing(draft)) == (False, "contact")


def test_who_does_not_join_files_a_report_of_their_own():
    draft = advance(offered(), Said("/deny", "deny"), "similar").draft
    assert (is_endorsement(draft), missing(draft)) == (False, "contact")


@pytest.mark.parametrize("words", ["对", "对的", "是的，提交", "好", "没问题", "OK", "嗯嗯"])
def test_a_yes_confirms(words):
    assert after(*COMPLETE, Said(words, "nlu_fallback")).confirmed


@pytest.mark.parametrize("words", ["是徐汇区漕溪路", "好像不对", "对面还有一盏", "行人都看不见"])
def test_what_only_begins_like_a_yes_does_not(words):
    assert not after(*COMPLETE, Said(words, "correct", MATTER)).confirmed


@pytest.mark.parametrize(
    ("words", "item"), [("地址写错了", "place"), ("电话不对", "contact"), ("事情写得不对", "matter")]
)
def test_an_item_that_is_named_as_wrong_is_asked_again(words, item):
    assert missing(after(*COMPLETE, Said(words, "correct", MATTER))) == item


def test_a_wrong_category_brings_the_likely_ones():
    step = advance(after(*COMPLETE), Said("类别不对", "correct"), "confirmed")
    assert step.note == "choose_category"
    assert step.draft.matter["doubtful"]


def test_a_number_at_the_end_changes_the_contact():
    assert after(*COMPLETE, Said("电话改成13911112222", "correct", contact="13911112222")).contact == "13911112222"


def test_a_pin_on_the_map_is_a_place():
    pin = {"district": None, "subdistrict": None, "address": "万科广场", "latitude": 31.2, "longitude": 121.4}
    draft = after(said("路灯坏了", "report"), Said("/inform_location", "inform_location", {}, pin))
    assert (draft.place["latitude"], missing(draft)) == (31.2, "district")


@pytest.mark.parametrize("asked", ["contact", "confirmed"])
def test_more_about_the_place_is_taken_whenever_it_comes(asked):
    draft = after(said("徐汇区漕溪北路100号路灯坏了", "report"))
    step = advance(draft, Said("就在麦当劳旁边", "inform_place"), asked)
    assert (step.note, step.draft.place["address"]) == ("added", "徐汇区漕溪北路100号，就在麦当劳旁边")


def test_more_about_the_matter_is_taken_whenever_it_comes():
    draft = after(said("徐汇区漕溪北路100号路灯坏了", "report"))
    step = advance(draft, Said("补充一下，晚上全黑", "supplement"), "contact")
    assert step.draft.matter["text"].endswith("补充：补充一下，晚上全黑")


@pytest.mark.parametrize(
    "words",
    [
        "电话算了",
        "匿名的，千万别让人知道是我",
        "怕报复，不留",
        "伐要了",
        "不流电话",
        "不留可以吗",
        "I don't want to leave my number",
    ],
)
@pytest.mark.parametrize("intent", ["cancel", "nlu_fallback", "out_of_scope", "why_contact"])
def test_a_contact_is_declined_in_many_words(words, intent):
    assert advance(after(COMPLETE[0]), Said(words, intent), "contact").draft.contact == UNKNOWN


@pytest.mark.parametrize("words", ["为啥要留电话", "不留的话怎么通知我", "会不会算骚扰电话啊"])
def test_a_question_about_the_contact_is_answered_by_the_rules(words):
    assert advance(after(COMPLETE[0]), Said(words, "why_contact"), "contact") is None


def test_a_number_told_with_the_matter_is_not_asked_for():
    begun = said("徐汇区漕溪北路100号路灯坏了，电话13800000000", "report", contact="13800000000")
    assert missing(after(begun)) == "confirmed"


def test_more_words_where_a_place_is_asked_are_no_place():
    step = advance(
        after(said("门口路灯坏了", "report")), Said("不亮三天了", "report", MATTER, vars(locate(""))), "place"
    )
    assert (step.note, missing(step.draft)) == ("added", "place")


def test_the_whole_of_a_short_place_is_kept():
    draft = after(said("路灯坏了", "report"), said("徐汇区漕溪北路100弄3号楼，那个服装厂旁边", "inform_place"))
    assert draft.place["address"] == "徐汇区漕溪北路100弄3号楼，那个服装厂旁边"


def test_who_names_both_districts_again_means_the_first():
    asked = after(said("徐汇区陆家嘴那边路灯坏了", "report"))
    step = advance(asked, said("哦是浦东，我住徐汇搞混了", "inform_place"), "district")
    assert step.draft.district == "浦东新区"


def test_a_number_told_where_a_place_is_asked_is_kept_and_the_place_asked_again():
    step = advance(
        after(said("路灯坏了", "report")), Said("我手机13800130217", "inform_contact", contact="13800130217"), "place"
    )
    assert (step.draft.contact, missing(step.draft)) == ("13800130217", "place")


def test_only_the_district_is_asked_again_where_only_it_is_wrong():
    draft = after(*COMPLETE, Said("区写错了", "correct", MATTER))
    assert (missing(draft), draft.place["address"]) == ("district", "徐汇区漕溪北路100号")
    moved = advance(draft, said("闵行", "inform_place"), "district").draft
    assert (moved.district, moved.place["address"]) == ("闵行区", "漕溪北路100号")


def test_the_matter_can_be_corrected_before_the_end():
    signal = {"category": {"code": "road.signal", "confidence": 0.95}, "kind": "complaint", "urgent": False}
    step = advance(after(said("路灯坏了", "report")), Said("不是路灯是红绿灯", "correct", signal), "place")
    assert (step.note, step.draft.matter["category"], missing(step.draft)) == ("corrected", "road.signal", "place")


def test_who_asks_for_a_moment_at_the_contact_has_not_declined_it():
    assert advance(after(COMPLETE[0]), Said("稍等我问下老伴要不要留", "wait"), "contact") is None


def test_the_same_at_another_spot_is_a_report_of_its_own():
    step = advance(after(*COMPLETE), said("还有东安路4207号也有一盏不亮", "report"), "confirmed")
    assert (step.note, step.draft.matter["more"]) == ("one_more_matter", ["还有东安路4207号也有一盏不亮"])
    assert step.draft.place["address"] == "徐汇区漕溪北路100号"


def test_a_place_that_comes_to_mind_later_is_taken():
    skipped = after(said("有人半夜放鞭炮", "report"), Said("说不清", "skip"))
    step = advance(skipped, said("想起来了，呼兰路3786号", "inform_place"), "contact")
    assert step.draft.place["address"] == "呼兰路3786号"


def test_a_number_that_cannot_be_called_is_asked_for_again():
    draft = after(said("徐汇区漕溪北路100号路灯坏了", "report"))
    step = advance(draft, said("1380013800", "out_of_scope"), "contact")
    assert (step.note, step.draft) == ("wrong_number", draft)


def test_a_number_is_no_place():
    draft = after(said("路灯坏了", "report"))
    step = advance(draft, said("1380013800", "inform_place"), "place")
    assert (step.note, step.draft.place) == ("say_place", None)


FILED = {"district": "徐汇区", "subdistrict": None, "address": "漕溪北路100号", "contact": "13800138000"}
TOLD = said("徐汇区漕溪北路100号路灯坏了", "report")


@pytest.mark.parametrize("words", ["继续", "好的，继续反映路灯", "还是报吧", "下一步"])
@pytest.mark.parametrize("asked", ["contact", "confirmed"])
def test_to_go_on_asks_again_and_neither_sends_nor_drops(words, asked):
    draft = after(TOLD)
    assert advance(draft, said(words, "cancel"), asked) == Step(draft)


def test_one_back_asks_the_question_before():
    assert missing(advance(after(TOLD), said("返回", "cancel"), "contact").draft) == "place"


@pytest.mark.parametrize("words", ["提交", "帮我交吧", "交了", "submit"])
def test_who_says_send_at_the_question_for_a_number_leaves_none(words):
    assert missing(advance(after(TOLD), said(words, "affirm"), "contact").draft) == "confirmed"


@pytest.mark.parametrize("words", ["提交吧不对等一下", "好的等等"])
def test_who_hesitates_has_not_confirmed(words):
    assert advance(after(TOLD), said(words, "affirm"), "confirmed").draft.confirmed is None


@pytest.mark.parametrize("words", ["地址跟刚才一样", "同上", "就是刚才那个地址", "同一个小区", "还是那里"])
def test_the_same_place_is_that_of_the_report_before(words):
    draft = after(said("路灯坏了", "report"))
    step = advance(draft, said(words, "nlu_fallback", last=FILED), "place")
    assert (step.draft.district, step.draft.place["address"]) == ("徐汇区", "漕溪北路100号")


def test_here_is_where_the_report_before_lay():
    draft = advance(Draft(), said("这里的路灯也坏了", "report", last=FILED), None).draft
    assert (draft.district, draft.place["address"]) == ("徐汇区", "漕溪北路100号")


def test_the_same_number_is_that_of_the_report_before():
    assert (
        advance(after(TOLD), said("电话也一样", "nlu_fallback", last=FILED), "contact").draft.contact == "13800138000"
    )


def test_another_place_in_the_same_district_needs_no_district():
    draft = replace(after(TOLD), contact=UNKNOWN)
    opened = advance(draft, Said("", "edit_report", item="place"), "confirmed").draft
    assert missing(advance(opened, said("漕溪北路300号", "inform_place"), "place").draft) != "district"


def test_a_correction_replaces_the_place():
    step = advance(after(TOLD), said("不是漕溪北路，是天钥桥路100号", "correct"), "contact")
    assert step.draft.place["address"] == "天钥桥路100号"


@pytest.mark.parametrize("words", ["走路绊了一跤", "我要追究责任", "晚上特别吵"])
def test_a_sentence_is_no_place_but_belongs_to_the_matter(words):
    step = advance(after(said("路面坑坑洼洼", "report")), said(words, "inform_place"), "place")
    assert step.draft.place is None
    assert words in step.draft.matter["text"]


def test_of_a_sentence_with_a_place_only_the_place_is_kept():
    step = advance(after(said("楼上漏水", "report")), said("普陀区宜川路100弄，弄死他们", "inform_place"), "place")
    assert step.draft.place["address"] == "普陀区宜川路100弄"


@pytest.mark.parametrize("words", ["没人倒", "臭死了", "好几天了"])
def test_a_matter_told_in_bits_is_one(words):
    step = advance(after(said("垃圾桶满了", "report")), said(words, "out_of_scope"), "place")
    assert words in step.draft.matter["text"]


def test_words_without_a_matter_are_none():
    vague = {"category": {"code": "other", "confidence": 0.1}, "kind": "complaint", "urgent": False}
    assert missing(advance(Draft(), Said("就是我们这边", "report", vague), None).draft) == "matter"


@pytest.mark.parametrize("words", ["手机不给行不行", "不说电话", "电话免了", "匿名可以吗", "记不得了"])
def test_who_wants_to_leave_no_number_leaves_none(words):
    assert advance(after(TOLD), said(words, "nlu_fallback"), "contact").draft.contact == UNKNOWN


@pytest.mark.parametrize("words", ["派出所不给我立案", "几号楼要不要说", "要留您儿子的行不行"])
def test_other_words_at_the_question_for_a_number_decline_nothing(words):
    step = advance(after(TOLD), said(words, "nlu_fallback"), "contact")
    assert step is None or step.draft.contact is None


def test_a_house_number_is_put_right_in_the_address():
    step = advance(after(TOLD), said("地址说错了，是88号不是100号", "correct"), "contact")
    assert (step.note, step.draft.place["address"]) == ("corrected", "徐汇区漕溪北路88号")


def test_a_place_is_kept_without_what_is_said_before_it():
    draft = after(said("楼道里有杂物", "report"), said("我在虹口四川北路1800号3楼", "inform_place"))
    assert draft.place["address"] == "虹口四川北路1800号3楼"


WITH_CONTACT = replace(after(TOLD), contact="13800000000")


@pytest.mark.parametrize(
    ("choice", "identity"), [(None, "confidential"), ("named", "named"), ("confidential", "confidential")]
)
def test_a_contact_is_kept_from_the_department_unless_the_resident_says_otherwise(choice, identity):
    assert identity_of(replace(WITH_CONTACT, identity=choice)) == identity


def test_nobody_is_named_without_a_contact_and_never_who_tips_off():
    assert identity_of(replace(WITH_CONTACT, contact=UNKNOWN, identity="named")) == "anonymous"
    tipoff = replace(WITH_CONTACT, matter=WITH_CONTACT.matter | {"kind": "tipoff"}, identity="named")
    assert identity_of(tipoff) == "confidential"


@pytest.mark.parametrize("words", ["我想匿名", "匿名可以吗？", "能不能匿名举报", "还是匿名吧"])
@pytest.mark.parametrize("asked", ["place", "contact", "confirmed"])
def test_who_wants_to_stay_anonymous_leaves_no_number(words, asked):
    step = advance(WITH_CONTACT, said(words, "why_contact"), asked)
    assert (step.draft.contact, step.note) == (UNKNOWN, "anonymous_noted")


def test_a_tip_about_somebody_anonymous_is_no_wish_to_be():
    assert advance(WITH_CONTACT, said("有人匿名举报我开店", "report"), "confirmed").note != "anonymous_noted"


@pytest.mark.parametrize("words", ["实名", "我可以实名", "让他们直接联系我"])
def test_the_department_may_call_who_wants_it(words):
    assert identity_of(advance(WITH_CONTACT, said(words, "affirm"), "confirmed").draft) == "named"


@pytest.mark.parametrize("words", ["上午打的", "窗外啊", "不知道谁放的", "已经叫了好多次了"])
def test_what_tells_no_place_belongs_to_the_matter_and_the_place_is_asked_again(words):
    begun = after(said("家里停电了", "report"))
    step = advance(begun, Said(words, "inform_place"), "place")
    assert (missing(step.draft), step.note) == ("place", "added")
    assert words in step.draft.matter["text"]
    assert missing(advance(step.draft, Said(words, "inform_place"), "place").draft) != "place", (
        "nobody is asked three times"
    )


@pytest.mark.parametrize("words", ["老船长酒家", "淀浦河", "老小区", "我也不知道"])
def test_what_may_be_a_place_is_one(words):
    step = advance(after(said("家里停电了", "report")), Said(words, "inform_place"), "place")
    assert missing(step.draft) != "place"


def test_a_matter_that_was_told_wrongly_is_told_again():
    begun = after(said("漕溪北路100号垃圾没人收", "report"))
    step = advance(begun, Said("哎呀我说错了不是垃圾是噪音", "correct"), "contact")
    assert (missing(step.draft), step.note) == ("matter", "matter_again")
    assert step.draft.place == begun.place
