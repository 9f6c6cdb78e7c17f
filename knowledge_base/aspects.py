"""Which part of a guide a question is about: 「要多少钱」, 「在哪办」, 「那外地人呢」."""

from __future__ import annotations

import re
from dataclasses import dataclass

from nlu.encoder import normalize

ASPECTS = {
    "fee": r"多少钱|要钱|收费|费用|花钱|免费|贵不贵|几块钱|工本费|手续费|how much|cost|fee",
    "materials": r"要?带(?:什么|啥|哪些|点啥)(?:东西|物事)?|材料|要(?:什么|啥|哪些)(?:证件?|东西|手续)|准备(?:什么|啥|哪些)"
    r"|(?:户口本|身份证|照片|证件)要带|what documents|bring",
    "time_limit": r"多久|几天|多长时间|啥时候能|什么时候能|啥辰光|多少天|办得快|要等多|how long",
    "where": r"在?哪里?(?:能|可以)?(?:办|弄|交|领)|去哪里?|到哪里?|哪个(?:窗口|部门|地方)|什么地方|地址|where",
    "online": r"网上|线上|手机上?|小程序|app\b|online",
    "phone": r"电话|打给谁|号码是|联系谁|phone",
    "conditions": r"谁(?:能|可以)|什么条件|条件|有(?:什么|啥)要求|资格|代办|(?:帮|替)(?:我|他|她|伊)?(?:去)?办|小孩子?能办|who can",
    "steps": r"怎么办理?|怎么弄|咋办|咋弄|流程|步骤|手续|怎么操作|怎么申请|how to",
}
"""What residents call the fields of a guide; the first that matches counts."""
_PATTERNS = {field: re.compile(pattern) for field, pattern in ASPECTS.items()}
_FILLERS = re.compile(
    r"请问|那|这个|这|它|要|需要|大概|一般|办|可以|能|能不能|是不是|吗|呢|啊|呀|嘛|伐|的|了|是|有|没有|我|你们?|您|得|应该|还|又|好|完|下来|成|"
    r"都|先|再|去|到|和|给|收|交|弄|什么|怎么|哪里?|多|花|拿|领|在|上|别人|伊|他|她|额|呀|能|好|侬|阿拉|每?一?个?[年月次]|一共|总共|need|know|the|is|it|i|do|to|of|much|[^\w]|_"
)
_WHAT_ABOUT = re.compile(r"^那?(?:如果|要是|假如)?(?:是|换成)?(.{1,8}?)(?:呢|怎么说|行不行|可以吗|能办吗|行吗)$")


@dataclass(frozen=True)
class Aspect:
    """`field` is the part of a guide that is asked about, if one; `alone`: the question names no matter of its own.

    `about` are the words of 「那…呢」, a case to which the guide in question is to be applied.
    """

    field: str | None
    alone: bool
    about: str | None = None


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
