"""Words of time in a text: 「昨晚11点」, 「每天凌晨」, 「三个月了」."""

from __future__ import annotations

import re
from collections.abc import Iterator

_NUMBER = r"(?:\d+|[一二两三四五六七八九十半几]+|好几|十几|几十)"
_DAY = (
    r"(?:大前天|前天|昨天|昨日|今天|今日|今早|今晚|昨晚|昨夜|明天|明早|明晚|后天|前几天|这几天|这两天|最近|近期|刚才|刚刚|眼下|目前|"
    r"(?:上|这|本|下)(?:个|一)?(?:周|星期|礼拜|月)[一二三四五六日天末]?|(?:周|星期|礼拜)[一二三四五六日天末]|周末|节假日|国庆|春节|过年|"
    r"去年|今年|前年|每天|天天|每晚|每周|每月|一天到晚|整天|整夜|通宵|(?:\d{4}年)?\d{1,2}月(?:\d{1,2}[日号])?|月初|月底|年底)"
)
_PART = r"(?:清早|清晨|一早|早上|早晨|上午|中午|下午|傍晚|晚上|晚间|夜里|夜间|半夜|深夜|凌晨|大半夜|后半夜)"
_CLOCK = rf"(?:{_NUMBER}(?:点|點)(?:钟|半|一刻|三刻|{_NUMBER}分?)?|\d{{1,2}}[:：]\d{{2}})(?:左右|多|前|后|以后)?"
_SPAN = (
    rf"(?:已经|都|快)?{_NUMBER}(?:多)?个?(?:天|日|周|星期|礼拜|月|年|小时|钟头|分钟)(?:多|左右)?(?:了|前|以前|以来|内)?"
)
_SINGLE = rf"(?:{_DAY}|{_PART}|{_CLOCK}|{_SPAN})"
_TIME = re.compile(rf"{_SINGLE}(?:的|从|到|至|[-~—]|、)?(?:{_SINGLE}(?:到|至|[-~—])?)*")


def times(text: str) -> Iterator[re.Match]:
    """Every stretch of the text that tells a time or how long something has lasted, in order."""
    return _TIME.finditer(text)
