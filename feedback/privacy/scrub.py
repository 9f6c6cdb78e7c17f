"""Takes out of a text what tells who wrote it or whom it is about, before others read it.

Rather a word too many than a person: what a rule takes by mistake costs a reader little. It is no proof of anonymity:
a matter may be known by what happened, which is why staff can keep any report from the public.
"""

from __future__ import annotations

import re

from nlu.contacts import contacts, with_digits

_KINDS = {"phone": "〔电话〕", "wechat": "〔微信〕", "email": "〔邮箱〕"}
_SURNAMES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范"
    "方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文施陶庄樊祝翁倪严俞章鲁葛柳殷季"
)
"""The most common ones. Left out where the character mostly begins another word: 车 安 路 关 时 左."""
_TITLES = (
    "先生|女士|小姐|太太|师傅|老师|医生|大夫|护士|经理|主任|书记|所长|局长|科长|处长|主管|老板娘?|阿姨|大爷|大妈|大叔|大伯|叔叔|"
    "爷爷|奶奶|伯伯|爷叔|同志|警官|法官|律师|校长|院长|站长|队长|组长|老太|同学|小朋友"
)
_N = "[0-9０-９一二三四五六七八九十百零〇两]"
_DIGIT = "[0-9０-９]"
_UNIT = "号楼(?!道)|号(?![线口站桥门])|幢|栋|座|单元|室|楼|层"
_RULES: tuple[tuple[re.Pattern, str], ...] = (
    (re.compile(r"https?://[^\s，。；、]+", re.IGNORECASE), "〔网址〕"),
    (re.compile(r"(?<!\d)\d{6}[ -]?\d{8}[ -]?\d{3}[\dXxＸ](?!\d)"), "〔证件号〕"),
    (re.compile(r"(?i:qq)\D{0,4}\d{5,}"), "〔QQ〕"),
    (
        re.compile(
            "[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-HJ-NP-Za-hj-np-z][·• -]?"
            "(?=[A-Za-z]{0,6}[0-9])[A-HJ-NP-Za-hj-np-z0-9]{4,6}[挂学警港澳]?"
        ),
        "〔车牌〕",
    ),
    (re.compile(r"20\d{6}-?[2-9A-Z]{4}-?[2-9A-Z]{5}(?![0-9A-Za-z])"), "〔编号〕"),
    (re.compile(r"[A-Za-z]{0,2}\d{7,}"), "〔号码〕"),
    # Below the number of the street or the name of the estate: lane house, block, entrance, flat.
    (
        re.compile(
            rf"(?:(?:(?<=[弄村苑园寓城坊墅邸庭府])|(?<=小区))第?{_N}+ ?(?:{_UNIT})"
            rf"|{_DIGIT}+ ?(?:号楼|幢|栋|座)|{_N}+ ?单元|(?:{_DIGIT}{{2,}}|{_N}{{3,}}) ?室|(?<=号){_DIGIT}{{3,4}}(?![0-9年月日元块点米平人])"
            rf"|(?<![0-9.]){_DIGIT}{{1,3}}-{_DIGIT}{{1,3}}-{_DIGIT}{{2,4}}(?!-?[0-9])|(?<=[村苑园区寓城坊]){_DIGIT}{{1,3}}-{_DIGIT}{{3,4}}(?![0-9]))"
            rf"(?:{_N}+ ?(?:{_UNIT})|{_DIGIT}{{3,4}}(?![0-9年月日元块点米平人]))*"
        ),
        "〔门牌〕",
    ),
    (re.compile(rf"[{_SURNAMES}][一-龥]{{0,2}}?(?={_TITLES})"), "某"),
    (
        re.compile(
            rf"(?<=名叫|我叫|他叫|她叫|人叫|的叫|板叫|本人|字叫|字是|签名|署名|系人|诉人|报人|名[:：]|人[:：])(?P<mark>[:：是 ]?)[{_SURNAMES}][一-龥]{{1,2}}"
        ),
        r"\g<mark>某某",
    ),
    (re.compile(r"(?<![百同])姓(?![名氏什啥甚])[一-龥](?:名[一-龥]{1,2}|(?=[，,。！!？?；;、\s的他她说]|$))?"), "姓某"),
    (re.compile(rf"(?<=[小老])[{_SURNAMES}](?=[，,。！!？?；;、说的他她]|$)"), "某"),
)


_MAY_HOLD_CONTACTS = re.compile(r"(?:\d\D*){6}|@|微信|vx|wx|wechat", re.IGNORECASE)
"""Without one of these a text holds no contact; to look for them takes longer than all the rest, and most texts hold none."""


def scrub(text: str) -> str:
    """The text without telephone numbers, other ways to be reached, numbers of papers, cars and accounts, doors below the
    number of the street, and names of people."""
    written = with_digits(text)
    found = contacts(written) if _MAY_HOLD_CONTACTS.search(written) else ()
    found = sorted(found, key=lambda contact: contact[2], reverse=True)
    for kind, _, (begin, end) in found:
        written = written[:begin] + _KINDS[kind] + written[end:]
    for pattern, instead in _RULES:
        written = pattern.sub(instead, written)
    return written
