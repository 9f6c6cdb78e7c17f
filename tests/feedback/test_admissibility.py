import pytest

from feedback import ReasonMissing, Report, UnknownChoice, inadmissible, reject, take_notices
from feedback.admissibility import rule_of, rules
from feedback.models import OutboxMessage
from storage import reading, writing

CALLED_FOR = [
    ("court", "我对区法院的一审判决不服，判得不公，要求重新审理"),
    ("court", "房子漏水的事法院已经判决楼上赔我三万，他拒不付钱"),
    ("court", "我跟开发商的案子打输了，你们给评评理"),
    ("court", "申请强制执行半年了，执行法官一直拖着"),
    ("court", "二审判错了，我要推翻法院的判决"),
    ("court", "拿着判决书一年了对方还是拒不履行"),
    ("arbitration", "劳动仲裁已经裁决了，我不认可这个结果"),
    ("arbitration", "我和公司正在走劳动仲裁，你们能不能帮我说说"),
    ("arbitration", "仲裁委偏袒公司，裁错了"),
    ("criminal", "我儿子被刑事拘留了，想问问案子进展"),
    ("criminal", "派出所不予立案，我不服"),
    ("criminal", "检察院作出不起诉决定，我有意见"),
    ("reconsideration", "我已经申请了行政复议，结果还没下来，催一下"),
    ("reconsideration", "复议机关维持了原来的决定，我不服"),
    ("decided", "信访已经复核终结，我还是要反映拆迁的事"),
    ("decided", "对上级的复查意见不服，我要继续反映"),
    ("discipline", "我要举报某局长收受贿赂，以权谋私"),
    ("discipline", "村书记贪污集体的钱，大家都知道"),
    ("military", "部队里的班长经常体罚新兵"),
    ("military", "现役军人欠我的装修款不履行合同"),
    ("private", "朋友借了我两万块钱一直不还，还把我拉黑了"),
    ("private", "兄弟几个争遗产，大哥不肯分"),
    ("private", "离婚以后前夫的抚养费一直没给"),
    ("private", "女方家里彩礼不退"),
    ("private", "爸妈的遗产被大哥霸占"),
    ("personal_data", "帮我查一下我老公的开房记录"),
    ("personal_data", "能不能查一下这个手机号的机主是谁"),
    ("other_city", "苏州的小区物业乱收费，没人管"),
    ("other_city", "我在杭州租房，中介不退押金"),
]
TAKEN = [
    "法院已经判了他们拆违建，城管什么时候来拆",
    "立案侦查之后赃车停在小区半年没人拖",
    "重庆火锅店半夜还在吵",
    "业主委员会主任贪污维修资金",
    "判决书丢了怎么补",
    "对交警的处罚决定不服，在哪里申请复议",
    "房东不退押金两千块",
    "法院门口的路灯坏了好几天",
    "法院旁边的工地半夜施工",
    "高院附近共享单车乱停",
    "再不处理我就去法院起诉你们",
    "我准备起诉物业，先来反映一下停车费的事",
    "物业把业主告上法庭之前先把电梯修好行不行",
    "老板不发工资，想问劳动仲裁怎么申请",
    "仲裁委门口车停得乱七八糟",
    "公司欠薪三个月，可以去劳动仲裁吗",
    "派出所窗口的民警态度很差",
    "报警以后派出所半天没人来",
    "小区里有人偷电瓶车，派出所来看过就没下文",
    "派出所门口的井盖翘起来了",
    "检察院旁边的树倒了",
    "楼上装修砸承重墙，物业不管",
    "怎么申请行政复议",
    "我要反映上次反映过的事，又坏了",
    "你们上次答复说修好了，根本没修",
    "信访办的人态度不好",
    "中考成绩复核结果我不服",
    "居委会主任办事拖拉，找她三次都不在",
    "城管收走了我的三轮车，没有开单子",
    "业委会主任收回扣，账目不公开",
    "医药代表给医生塞钱拿回扣",
    "开发商的经理收好处费才给选房",
    "部队大院门口垃圾没人收",
    "退伍军人安置的事一直没落实",
    "武警支队旁边的工地晚上打桩",
    "邻居借了我的梯子不还还占着楼道",
    "邻居家的狗天天叫，说了也不听",
    "单位借口效益不好欠了我三万块工资不给",
    "健身房关门了，办卡的钱不还",
    "培训机构跑路，学费不退",
    "离婚登记要去哪里办",
    "遗产公证怎么办理",
    "前夫拿着刀威胁我，还要跟我分割财产",
    "朋友借了高利贷，现在有人上门打人要钱",
    "帮我查一下我的社保交到几月",
    "车主把车停在我家门口挡住了，帮我查一下车主电话让他挪车",
    "南京路步行街的垃圾桶满了",
    "苏州河边上的栏杆断了",
    "北京西路的红绿灯坏了",
    "小区门口的成都小吃店油烟很大",
    "我从杭州搬来徐汇区，楼下工地太吵",
]


@pytest.mark.parametrize(("code", "text"), CALLED_FOR)
def test_what_cannot_be_taken_is_recognised(code, text):
    rule = inadmissible(text)
    assert rule and rule.code == code


@pytest.mark.parametrize("text", TAKEN)
def test_what_only_sounds_like_it_is_taken(text):
    assert inadmissible(text) is None


def test_every_rule_is_recognised_somewhere_and_tells_the_resident_where_to_go():
    assert {code for code, _ in CALLED_FOR} == set(rules())
    for rule in rules().values():
        assert rule.words.endswith("。") and "请" in rule.words


def test_the_resident_reads_the_rule_and_what_staff_adds_and_the_history_keeps_the_code(filed, change):
    report_id = filed(text="法院已经判决了，我不服")
    change(report_id, reject, "甲", "判决书第3页写明了上诉的期限。", "court")
    with writing() as session:
        event = session.get_one(Report, report_id).events[-1]
        told = [notice.text for notice in take_notices(session)]
    assert event.data["rule"] == "court"
    assert event.reason == rule_of("court").words + "判决书第3页写明了上诉的期限。"
    assert event.reason in told[-1]


def test_a_rule_alone_is_reason_enough(filed, change, history):
    report_id = filed()
    change(report_id, reject, "甲", " ", "private")
    assert history(report_id)[-1] == "rejected"


@pytest.mark.parametrize(("reason", "rule", "error"), [("", "", ReasonMissing), ("不行", "nonsense", UnknownChoice)])
def test_neither_nothing_nor_an_unknown_rule_is_a_reason(filed, change, history, reason, rule, error):
    report_id = filed()
    with pytest.raises(error):
        change(report_id, reject, "甲", reason, rule)
    assert history(report_id)[-1] == "submitted"


def test_rejecting_an_urgent_report_takes_back_the_order_that_was_on_its_way(filed, change):
    report_id = filed(urgent=True)
    change(report_id, reject, "甲", "发生在外地", "other_city")
    with reading() as session:
        assert session.query(OutboxMessage).one().work_order.state == "cancelled"
