"""What residents want of a report that they filed, where their words tell it beyond doubt, whatever a model thinks."""

from __future__ import annotations

import re

from feedback import phrases
from feedback.corrections import HOUSE, item_to_change
from feedback.mentioned import without_rank
from nlu.places import locate

URGE, WHEN, NUMBER, WITHDRAW, LEAVE, KEEP = "urge", "when", "number", "withdraw", "leave", "keep"
OPENER, PHOTO, ANOTHER, HANDLING, ANONYMOUS = "opener", "photo", "another", "handling", "anonymous"
RATE, AGAIN, RECORD, UNCHANGED = "rate", "again", "record", "unchanged"
_WISHES = {
    KEEP: re.compile("(?:别|不|不要|不用|不想|甭)(?:再|给我)?(?:撤|取消)|撤错"),
    LEAVE: re.compile("(?:退出|取消|撤回|撤销|不要?|别)附[议議]|^我?不跟了"),
    WITHDRAW: re.compile("撤(?:回|销|掉|了|吧|$)|[个件条](?:也|都|就)?不(?:要|报|反映)了"),
    PHOTO: re.compile("(?:发|传|给).{0,6}(?:照片|图片?|视频)|(?:照片|图片|视频).{0,4}(?:发|传|给)"),
    NUMBER: re.compile("编号|单号|受理号"),
    ANONYMOUS: re.compile(
        "(?:还是|改成?|想要?|[就要])匿名|(?:删|去)掉?.{0,4}(?:电话|手机|号码)|(?:电话|手机|号码).{0,3}(?:删|去)(?:掉|了)"
        "|(?:不要|别|不用)再?(?:联系|打给)我了"
    ),
    ANOTHER: re.compile(
        "(?:还|另外|再)+有?(?:一|个|别的|另)+(?:件|个)?(?:事情?|问题)|第二件事"
        "|^又(?:看到|看见|发现|有)了?(?=一?[个处件盏条辆])"
    ),
    HANDLING: re.compile(
        "态度|踢皮球|推来推去|敷衍|不归(?:[他她它你我]们|.{0,4}管)|第[二两三四五六2-9几]次(?:来)?(?:报|反映|投诉|说|提)"
        "|(?:投诉|举报)(?:这个人|你们|[他她]们?|.{0,2}(?:办|处理|上门|来).{0,6}人)|你们.{0,4}(?:管不管|上班)|不[回理]我"
        "|[来看]过了?[，,]?(?:但是?|可是?|就是)?还?没|派(?:给[^，,。？?]*|错)|换个?部门|(?:应该|不)是?.{0,4}(?:的活|管的)"
        "|不满意|差评|[一二两零012]星$|(?:写|说|显示)的?(?:已经?|都)?(?:解决|办好|处理)"
    ),
    RATE: re.compile("评价|打分"),
    RECORD: re.compile("(?:登记|留|记|填)的.{0,8}(?:是|对不对|什么|哪)|都记(?:下|住)"),
    UNCHANGED: re.compile("(?:别|不|不用|不要)再?改了"),
    URGE: re.compile(
        "催|加急|(?<!尽)快[一]?[点些]|赶紧|赶快|尽快|抓紧|着急|很急|^急+$|(?<!有)没(?:有)?人(?:管|理|来|修|弄|处理|答复|联系)"
        "|(?:还|一直|根本|从来|都)(?:没|不)有?人?(?:来|修|弄|处理|解决|好|动静|消息|动)|怎么还[没不]|太慢|这么慢|媒体|曝光"
    ),
    WHEN: re.compile(
        "几[天个]|工作日|多久|多长时间|[什甚]么时候|啥(?:时候|辰光)|何时|谁(?:负责|来?[在会]?(?:管|处理|办|修))|哪个(?:部门|单位)"
        "|多少天|(?:街道|居委会?|物业|派出所|城管)来?管不管|有没有人来|(?:会|要)来(?:看|修|人)"
        "|通知我|告诉我|(?:修|弄|改|办|处理|解决)(?:好|完)?了?没|来人|结果.{0,2}(?:哪|怎么)里?(?:看|查)"
    ),
    OPENER: phrases.CHANGES,
    AGAIN: re.compile("还是要?[报反]|重新(?:报|反映|办|提)|恢复|又[^，,。]{1,3}了"),
}
_FILLERS = re.compile(
    "能不能|可不可以|行不行|好不好|可以|麻烦|帮忙|一下|处理|解决|到底|究竟|怎么|为什么|大概|大约|一般|最晚|最快|时候|刚才|刚刚|之前|前面"
    "|你们|他们|我们|老公|老婆|家人|星期|礼拜|小时|结果|审核|周末|负责|部门|答复|回复|情况|诉求|多少|什么|忘记|知道|是不是|有没有|通知|要填|[几两三]句|必须|规定|应该|反映|已经|消息|其实|现在|前?[一两几]次|今天|昨天|明天|多少|市政|但是?|可是?|根本"
    r"|[\d一二三四五六七八九十两几半就我你您他她它这那个件事情的了啊呀吧呢吗嘛哦呐都也就再又还请帮下修弄办搞来人要会是有没给让到过想问说天周月年后管归由好完在能谁最快点急太拖等久去看查话别先不被把掉以啥哪些对，,。.！!？?~～、：:\s]"
)
"""What says nothing by itself."""
_ITEM = re.compile("|".join(f"(?:{words.pattern})" for words in phrases.ITEMS.values()))
_QUESTION = re.compile(r"(?:[吗么呢嘛？?]|没有?|多少|什么|可以吗)[？?。！!\s]*$|^有没有|还有没有|查一下|看一下")
_MAY_I = re.compile("(?:可以|行|好|能)[吗么嘛][？?]*$")
_UNTOLD = re.compile("忘[了记]?[^，,。]*(?:说|讲|写)[^，,。]*(?:几|哪|多少|什么|谁)[^，,。]*$")
"""What was left out is named, and not yet told."""
_LEAD_IN = re.compile("[，,：:。！! ]*")
_DETAIL = re.compile(
    r"^(?:[^，,。]{0,4}(?:在|是|住|[：:]))?\W*\d{1,4}(?:号楼?|栋|幢|单元|楼|室|层)?(?:\d{1,4}(?:室|楼|单元)?)?的?(?:[，,](?:姓|叫|不是).{1,6})?$"
    r"|(?:名字?|店名|牌子|招牌|车牌号?|[他她]|的人|公司|老板)(?:是|叫)|^[我他她]?姓.{1,3}$|转\d+$|分机|有(?:视频|录像|录音|证据|照片)"
    "|我(?:只?[想要]+|的?要求|希望)(?:是|拿)?(?:回|退|赔|[他她你])|我的意思|^[都就也]+在|你们(?:给|让|叫|去)[他她]"
    "|(?:别|不要|不用)打(?:电话|给我)|(?:再|[以之]?后)(?:打|联系)(?:给?我|电话)?$|(?:发|回)短信|^现在.{0,4}(?:好|行|不.{1,3})了"
)
"""What can only be more of a matter that was told before: doors, names, proof, what is asked of the other side."""
LONGEST_QUESTION = 14
LONGEST_TERM, LONGEST_NAME = 3, 6
"""Characters of a category's keyword, and of words that may only name a report."""
_EVERY = re.compile("都|全部|全撤|所有|[两三四五]个一起")
_KEEP_CONTACT = re.compile("(?:电话|手机|号码)[^，,。]{0,3}(?:留|改|换)")
_OTHERS_CONTACT = re.compile(
    "(?:[他她它]|老板|店主|对方|房东|物业|经理|工头|司机|师傅|楼上|楼下|邻居|中介|公司|店里|商家|广告)[^，,。]{0,6}(?:电话|手机|号码|微信)"
    "|(?:[他她它]|老板|店主|房东|经理|工头|司机|师傅|中介|商家)[^。]{0,8}[，,](?:电话|手机|号码|微信)"
)
_TO_BE_CALLED = re.compile("(?:联系|通知|找|告诉|打(?!不))(?:给|到)?(?:我|他|她|的)")
_AGREES = re.compile("[是对好嗯行的，,\\s]*都?撤[了吧掉回]*")
_POINTS = re.compile(
    "(?:.{2,12}的?[那这][个件条](?:事情?)?|.*(?:第[一二两三四五六七八九1-9]|最后一?)[个件条项])(?:呢|怎么样了?|[啊呀])?[?？。]*"
)
_GOOD = re.compile("五星|5星|五分|满意|很好|不错|表扬|点赞|谢|给力|结案")


def wish(words: str) -> tuple[str, str] | None:
    """What words want of a report, and what is left of them beside that, such as the name of the matter; None if nothing."""
    found = next((name for name, pattern in _WISHES.items() if pattern.search(words)), None)
    return (found, _left(words, found)) if found else None


def wants(name: str, words: str) -> bool:
    """Whether words want this, whatever else they say."""
    return bool(_WISHES[name].search(words))


def is_bare(words: str, matter: str = "") -> bool:
    """Whether somebody only announces that they want to add or change something of a matter."""
    if _UNTOLD.search(words):
        return True
    left = _left(words, OPENER)
    return bool(_WISHES[OPENER].search(words)) and (len(left) < 2 or left in matter)


def another_matter(words: str) -> str:
    """The matter that words tell beside those that were filed: 「另外还有个事，路灯也不亮」; empty if they only announce one, or
    tell none."""
    found = _WISHES[ANOTHER].search(words)
    return _LEAD_IN.sub("", words[found.end() :], count=1) if found and len(_left(words, ANOTHER)) > 1 else ""


def tells_more(words: str) -> bool:
    """Whether words beyond doubt go on with a matter that was told before, and open none."""
    return bool(_DETAIL.search(words)) and not is_question(words) and not phrases.ASKS.search(words)


def tells_own_contact(words: str) -> bool:
    """Whether words tell a contact to be kept, rather than one that is part of the matter."""
    of_report = item_to_change(words) == "contact" or _KEEP_CONTACT.search(words)
    return bool(of_report) and not tells_others_contact(words)


def tells_others_contact(words: str) -> bool:
    """Whether a contact in words is that of somebody whom the matter is about, and nobody is to be called there instead of
    the resident: 「老板姓张，电话是…」, not 「以后联系他，他的电话是…」."""
    return bool(_OTHERS_CONTACT.search(words)) and not _TO_BE_CALLED.search(words)


def is_question(words: str) -> bool:
    """Whether words ask rather than tell."""
    return len(words) <= LONGEST_QUESTION and bool(_QUESTION.search(words)) and not _MAY_I.search(words)


def is_good(words: str) -> bool:
    """Whether a verdict is a good one."""
    return bool(_GOOD.search(words)) and "不" not in words.replace("不错", "")


def means_every(words: str) -> bool:
    """Whether all of somebody's reports are meant."""
    return bool(_EVERY.search(words))


def agrees(words: str) -> bool:
    """Whether words are nothing but a yes to withdrawing."""
    return bool(_AGREES.fullmatch(words.strip(" 。！!")))


def points_at(words: str) -> bool:
    """Whether words do nothing but point at something that was told before, or give a name."""
    return bool(_POINTS.fullmatch(words.strip())) or len(words) <= LONGEST_TERM


def names_only(words: str) -> bool:
    """Whether words are short enough to do nothing but name a report."""
    return points_at(words) or len(words) <= LONGEST_NAME or bool(re.match("不是?|不对", words))


def is_like_a_place(words: str) -> bool:
    """Whether words may be the answer to "where"."""
    return bool(phrases.LIKE_A_PLACE.search(words) or HOUSE.search(words) or any(vars(locate(words)).values()))


def _left(words: str, name: str) -> str:
    rest = _ITEM.sub("", _WISHES[name].sub("", without_rank(words)))
    return _FILLERS.sub("", rest)
