"""Which part of a guide a question is about: 「要多少钱」, 「在哪办」, 「那外地人呢」; and which words ask on of a guide at all."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from nlu.encoder import normalize

OF_ITS_OWN = frozenset(
    [
        "emergency",
        "self_harm",
        "greet",
        "goodbye",
        "thank",
        "human",
        "bot_challenge",
        "abuse",
        "file_report",
        "my_reports",
        "withdraw_report",
        "link_channels",
        "delete_contact",
        "inform_contact",
        "start_over",
        "wait",
        "language_simple",
        "language_normal",
    ]
)
"""Intents of messages that ask for no guide, where they are likely."""
LIKELY = 0.5
ASPECTS = {
    "amount": r"(?:领|拿|发|补|补贴|补助|津贴|赔|赔偿|报销|贷|给)到?(?:我|你|他|她)?(?:多少|几(?:块|个月))|多少钱?(?:的)?(?:补贴|补助|津贴|赔偿)"
    r"|报销比例|报多少",
    "fee": r"多少(?:钱|钞票)|钱呢|要(?:伐要)?(?:钱|钞票)|交钱|收费|费用|花钱|免费|贵不贵|几块钱|工本费|手续费|how much|cost|fee",
    "materials": r"要?带(?:什么|啥|哪些|点啥|神马)(?:东西|物事)?|材料|要(?:什么|啥|哪些|神马)(?:证件?|东西|手续|材料)|准备(?:什么|啥|哪些)"
    r"|(?:户口本|身份证|照片|证件)要带|documents|papers|bring",
    "time_limit": r"(?:要|得)?等?(?:要)?(?:多久|多少辰光|多少时间)|几个?(?:工作)?[天日]|多长时间|啥时候能|什么时候能|啥辰光|多少天|办得快|要等多|how long",
    "where": r"(?:没有?|不会用?)(?:智能)?手机|不会上网|在哪里?(?:呢|啊|呀|\W)*$|在?哪里?(?:能|可以)?(?:办|弄|交|领|报名?|申请|登记|补|换|考|买|查)|去哪里?|到哪里?|哪个(?:窗口|部门|地方)|什么地方|地址|地点|where",
    "online": r"网上|线上|手机上?|小程序|app\b|online",
    "phone": r"电话|打给谁|号码是|联系谁|phone",
    "conditions": r"谁(?:能|可以)|什么条件|条件|有(?:什么|啥)要求|资格|代办|(?:帮|替)(?:我|他|她|伊)?(?:去)?办|小孩子?能办|who can",
    "steps": r"怎么办理?|怎么弄|咋办|咋弄|咋整|流程|步骤|手续|怎么操作|怎么申请|how to",
}
"""What residents call the fields of a guide; the first that matches counts."""
_PATTERNS = {field: re.compile(pattern) for field, pattern in ASPECTS.items()}
_FILLERS = re.compile(
    r"请问|那|这个|多少|这|它|要|需要|大概|一般|办|可以|能|能不能|是不是|吗|呢|啊|呀|嘛|伐|的|了|是|有|没有|我|你们?|您|得|应该|还|又|好|完|下来|成|"
    r"都|先|再|去|到|和|给|收|交|弄|什么|怎么|哪里?|多|花|拿|领|在|上|别人|伊|他|她|额|呀|能|好|侬|阿拉|每?一?个?[年月次]|一共|总共|need|know|the|is|it|i|do|to|of|much|[^\w]|_"
)
_NEEDED = "(?:要|带|用|有|没有?|拿)(?:不?要)?带?"
_PERSON = (
    "别人|其他人|人家|家里?人|老人|[他她伊]|老公|老婆|爱人|丈夫|妻子|配偶|儿子|女儿|囡囡|孩子|子女|爸爸?|妈妈?|父母|爷爷|奶奶|外婆|外公|亲戚|亲友"
    "|兄弟|姐妹|哥哥?|姐姐?|弟弟?|妹妹?|朋友|同事|同学|室友|中介|公司|单位|人(?=代)"
)
"""Who may go in somebody's place."""
DETAILS = {
    "hours": (
        r"(?:周末|双休日?|节假日|(?:周|星期|礼拜)[一二三四五六日天末]|中午|今天|明天|晚上).{0,4}(?:开|上班|办公|营业|休息|能办|可以办|办理|有人|去)"
        r"|几点.{0,2}(?:开|关|上班|下班|营业|休息)|(?:开|关)门[吗么伐]|(?:营业|上班|下班|办公|开放|工作)时间",
        r"(?:周|星期)[一二三四五六日末]|双休|\d[点:：]\d*",
    ),
    "proxy": (
        rf"(?:(?:{_PERSON})(?:能不能|能|可以)?)?(?:代办|代领|代理|代劳|委托)|(?:帮|替|帮忙|代)(?:我|你|{_PERSON})?(?:去|来|办|弄|领|申请|拿|取|交)"
        rf"|(?:让|叫|请|找|托|由)(?:我|我的|他|她)?(?:{_PERSON}).{{0,3}}?(?:去|来|办|弄|领|申请|拿|取|代|帮)|别人(?:去|来|办|领|拿|代)"
        r"|\b(?:go|apply|do it|do this|collect|come)\b.{0,12}\bfor (?:me|him|her|us)\b|\b(?:some|any)(?:one|body) else\b|on (?:my|his|her) behalf",
        "代办|代领|代查|代为申请|代理人|受托人|委托(?:书|别人|他人|代|材料)|受本人委托|由家属|亲友|本人或[^，。]{0,4}(?:家人|家属|亲属|监护人)|须本人办",
    ),
    "person": (
        r"本人|亲自|(?:自己|两个人|双方|夫妻|老公|老婆|爸爸|妈妈|家长|他|她)?(?:都|也|一起)?(?:要|用|需要)?(?:都|一起)?(?<![过回起出下])(?:去|来|到场)(?=[吗么伐?]|$)|自己(?:也|能|可以|就)*(?:申请|办|报)"
        r"|两个人(?:都|一起)|要自己|自己去",
        "本人(?!手机|银行|名下|账户|身份证|居民|证件|护照|自愿|所属|无偿|有|在|是|的|和)|双方|亲自|到场|共同|当面|自己(?:申请|办)",
    ),
    "deadline": (
        "(?:多长时间|多久|几天|几个月)(?:之|以)?内|(?:什么时候|哪天)(?:之|以)?前|期限|过期作废",
        r"^(?!.*受理之日).*(?:\d+(?:天|日|个?月|年)(?:之|以)?内|期限)",
    ),
    "booking": ("预约", "预约"),
    "photo": ("照片|相片|拍照", "照片|相片|拍照|相貌"),
    "household": (_NEEDED + "户口[本簿]", "户口|户籍"),
    "identity": (_NEEDED + "身份证", "身份证"),
    "property": (_NEEDED + "(?:房产证|产证|产权证)|房子?是租的", "产权|房产|不动产|租赁|住所|住址"),
    "health": ("体检|婚检", "体检|婚检|检查"),
    "exam": ("考试", "考试|测试"),
    "urgent": ("加急", "加急|急"),
    "job": ("没(?:有)?工作|离职", "就业|失业|退休|单位|离职"),
    "schooling": ("大专|本科|中专|学历", "大专|本科|学历|学位"),
    "when": ("几月份?|什么时候|哪天|啥辰光|截止", r"\d+月|月底|月初|每年|期间|之前|以内|时间"),
    "age": ("几岁|多大", "岁"),
    "child": ("小?孩子?|小朋友|小囡|儿子|女儿|宝宝|娃|未成年|\\d+岁", "未成年|儿童|孩子|子女|监护人|周岁"),
    "elsewhere": (
        "外地(?:人|户口|户籍)?|外省市?|外来|异地|老家|不在(?:上海|本地)|非沪籍?|新疆|西藏|内蒙古|广西|宁夏|河南|河北|山东|山西|安徽|江苏|浙江|江西|福建|湖南|湖北|广东|海南|四川|贵州"
        "|云南|陕西|甘肃|青海|辽宁|吉林|黑龙江|北京|天津|重庆",
        "外省|外地|非本市|非沪|异地|来沪|户籍|跨省|全国都|全国通办",
    ),
    "spouse": ("配偶|老公|老婆|爱人|夫妻|丈夫|妻子|对象|男方|女方", "配偶|夫妻|双方|丈夫|妻子"),
}
"""What residents ask beside the fields, and how a guide words what answers it."""
WHO_COMES = ("proxy", "person")
"""Details that ask the same from two sides: whether somebody else may come, and whether one must come oneself."""
CASES = ("child", "elsewhere")
"""Details for which a related guide may be there."""
PAPERS = frozenset(("photo", "household", "identity", "property"))
"""Details that stand among the materials, if anywhere."""
_DETAILS = {name: (re.compile(asked), re.compile(told)) for name, (asked, told) in DETAILS.items()}
_DOING = re.compile(
    "带|挂失|报名|申请|申领|办理|补办|补领|查询|登记|变更|换领|领取|使用|提交|缴纳|证件|一起|可不可以|行不行|能不能|要不要|需不需要|用不用|行|么|不|没有?|也|才|用|谁"
    "|呐|咧|阿是|吧|哪个|神马|份|明年|今年|还是|怎样|啥|嘞|住|人|比较|们|上海|时候|晓得|知道|几|问题|另外|自己|那边|这边|下"
)
"""What a message may hold beside aspects and details without naming a service."""
_LEAD = re.compile(
    r"^(?:(?:不是(?:来|要|想)?(?:反映|投诉|举报)(?:的|问题)?|不是|不对|错了|不要了|搞错了|都不是|算了|好的?|嗯|哦)[,，。!！ ]*(?:的)?[,， ]*)*(?:我就?(?:只是)?(?:想|要)?(?:再)?(?:问|说|查|办|知道)(?:的是|一?下|问)?|我是(?:想|要)?问"
    r"|那么?(?![个边里样])|还有|再问一?下)[,， ]*(?=.)"
)
_END = re.compile(r"(?<=.)(?:呢|咧|呐)?[?!。,，？！… ]*$")
_ASKS = re.compile(
    r"[吗嘛么呢伐吧咧呐?？]\W*$|什么|啥|哪|几|多少|多久|谁|怎么|咋|行不行|能不能|要不要|用不用|是不是|可不可以|有没有|阿是|神马|行吗|(.)不\1|how|what|can |is |where|when|do i"
)
_REQUIRED = re.compile(
    r"^(?:那|还|也|都|是不是)*(?:要不要|需不需要|要|需要|用不用|用|得|[我他她]?们?没有?|[我他她]们?有)(?![是没])"
)
"""「要户口本吗」, 「没有房产证」: a thing beside it is a condition, not another service."""
_POLITE = re.compile("请问|那么?|我想问|一下|的话|[呢啊呀吗哦]")
_WORDS = re.compile(r"[a-z']+|\w")
LONGEST_FOLLOW_UP = 12
"""Characters, or Latin words, up to which a message may be no more than a hint at what was talked of."""
_WHAT_ABOUT = re.compile(r"^那?(?:如果|要是|假如)?(?:是|换成)?(.{1,8}?)(?:呢|怎么说|行不行|可以吗|能办吗|行吗)$")


@dataclass(frozen=True)
class Aspect:
    """`field` is the part of a guide that is asked about, if one; `alone`: the question names no matter of its own.

    `about` are the words of 「那…呢」, a case to which the guide in question is to be applied.
    """

    field: str | None
    alone: bool
    about: str | None = None


def may_ask(intent: dict[str, Any]) -> bool:
    """Whether a message of such an intent (`name`, `confidence`) can be about a guide at all."""
    return intent.get("name") not in OF_ITS_OWN or (intent.get("confidence") or 0.0) < LIKELY


def aspect_of(question: str) -> Aspect:
    """What a question wants to know of a guide, whichever guide it is."""
    text = normalize(question).strip("?!。,，？！… ")
    field = next((field for field, pattern in _PATTERNS.items() if pattern.search(text)), None)
    if field:
        rest = _FILLERS.sub("", _PATTERNS[field].sub("", text))
        return Aspect(field, alone=not rest)
    if text.startswith(("那", "如果", "要是")) and (found := _WHAT_ABOUT.match(text)):
        return Aspect("conditions", alone=True, about=found[1])
    return Aspect(None, alone=False)


@dataclass(frozen=True)
class FollowUp:
    """What a short message asks on of a guide in hand.

    `field` and `details` are what it asks about, `rest` the words beyond that, which may name a service of their own; `asks`:
    it is put as a question; `required`: the rest is a thing that is needed or lacking.
    """

    field: str | None
    details: tuple[str, ...]
    rest: str
    asks: bool
    required: bool

    @property
    def comes(self) -> tuple[str, ...]:
        """Where it asks who may or must come, what tells it, the side asked about first; else nothing."""
        sides = sorted(WHO_COMES, key=lambda side: side not in self.details)
        return tuple(sides) if sides[0] in self.details else ()


def follow_up_of(message: str) -> FollowUp | None:
    """How a message may ask on of a guide; None if it is too long to be elliptic."""
    text = normalize(message).strip(" ")
    if len(_WORDS.findall(_POLITE.sub("", text))) > LONGEST_FOLLOW_UP:
        return None
    asks = bool(_ASKS.search(text))
    return FollowUp(aspect_of(text).field, details_of(text), rest_of(text), asks, bool(_REQUIRED.match(text)))


def details_of(question: str) -> tuple[str, ...]:
    """The details that a question asks about, the most telling first."""
    text = normalize(question)
    return tuple(name for name, (asked, _) in _DETAILS.items() if asked.search(text))


def asks_a_field(message: str) -> bool:
    """Whether a message asks for a field and names nothing (「要多少钱」)."""
    aspect = aspect_of(message)
    return aspect.alone and not aspect.about


def case_of(message: str) -> str | None:
    """The case to which a guide is to be applied, as a pattern for the names of another guide; None if there is none."""
    if about := aspect_of(message).about:
        return re.escape(about)
    details = details_of(message)
    return DETAILS[details[0]][1] if details and details[0] in CASES else None


def lines_wording(detail: str, lines: Iterable[str]) -> list[str]:
    """The lines of a guide that tell something of a detail."""
    return [line for line in lines if _DETAILS[detail][1].search(line)]


def rest_of(message: str) -> str:
    """A message without what asks on of any guide: what is left may name a service."""
    return " ".join(_FILLERS.sub(" ", _DOING.sub(" ", _matter_of(message))).split())


def names_within(message: str, pieces: Callable[[str], list[str]]) -> list[str]:
    """What of a message names a service: its `pieces` that stand in names of guides and are no words of any question."""
    return [piece for piece in pieces(_matter_of(message)) if len(_FILLERS.sub("", _DOING.sub("", piece))) > 1]


def _matter_of(message: str) -> str:
    """A message without the details and fields that it asks about."""
    text = normalize(message)
    for pattern in (*(asked for asked, _ in _DETAILS.values()), *_PATTERNS.values()):
        text = pattern.sub(" ", text)
    return text


def subject_of(message: str) -> str:
    """What a short message is about without the words that connect it to what was said: 「那离婚呢」, 「不是，我问的是结婚」."""
    text = normalize(message)
    return _END.sub("", _LEAD.sub("", text)) or text if len(text) <= LONGEST_FOLLOW_UP else message
