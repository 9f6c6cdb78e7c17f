"""What a resident's words say of how a report was dealt with: stars, and whether it is solved. Words in, plain values out."""

from __future__ import annotations

import re

BEST, SATISFIED, MIDDLING, BAD, WORST = 5, 4, 3, 2, 1
"""Stars; from `SATISFIED` up somebody is satisfied, from `BAD` down they are not."""

_NUMERALS = {numeral: number for number, numeral in enumerate("零一二三四五")} | {"两": 2}
_COUNTED = re.compile(
    r"(?<![\d.第零一二两三四五六七八九十百])([0-5零一二两三四五])个?颗?(?:星|分(?![钟之类别开工]))|^\s*([1-5])\s*[。！!]?\s*$"
)
_DRAWN = re.compile("[★⭐🌟]")
_SAID = tuple(
    (stars, re.compile(words))
    for stars, words in (
        (SATISFIED, "没(?:有|什么|啥)*不满意"),
        (WORST, "(?:非常|很|极其?|十分|特别|太|完全)不满|(?:太|很|真|极|最|超)差|差评|糟|垃圾|恶劣"),
        (
            BAD,
            "不是?(?:很|太|怎么|够|大|算)?满意|(?:谈|说|算)不上满意|不满|失望|敷衍|糊弄|不怎么样"
            "|不(?:太)?好(?!意思)|差劲|(?<!相)差(?!不多|点)",
        ),
        (MIDDLING, "一般|还行|凑合|马马虎虎|还可以|还好|过得去|中等|普普通通|勉强"),
        (
            BEST,
            "(?:非常|很|十分|特别|超级?|太|最|万分|相当)满意|满分|(?<!\\d)(?:10|100|十|一百)分(?!之|钟)"
            "|完美|(?:非常|特别|太)好|好评|点赞",
        ),
        (SATISFIED, "满意|不错|(?:很|挺|真|蛮|都)好"),
    )
)
"""Tried in this order: a denial stands before what it denies."""
_FILLER = re.compile(r"[\s\W\d我你您给打评价个的了吧啊呢就是只能觉得感]+")
"""What stands beside a verdict and gives no reason."""
_UNSOLVED = re.compile(
    "(?:没有?|未)(?:完全|彻底|真正|能)?(?:解决|处理|修|弄|办|搞|改|清|盖|装|补|铺|整|拆|收|通|动|人|用|效果)|解决不了|老样子"
    "|还是(?:没|不(?!错)|那样|原样|这样|坏|有|照旧|[松漏臭吵黑暗脏乱烂响破歪断堵])|又(?:坏|堵|来|开始|不亮|出现|漏|有|这样)"
)


def stars_in(words: str) -> int | None:
    """The stars, 1 to 5, that words give; None if they give no verdict. No star at all counts as one."""
    if drawn := len(_DRAWN.findall(words)):
        return min(drawn, BEST)
    if counted := _COUNTED.search(words):
        count = counted[1] or counted[2]
        return max(WORST, int(_NUMERALS.get(count, count)))
    return next((stars for stars, said in _SAID if said.search(words)), None)


def gives_reason(words: str) -> bool:
    """Whether words say more than the verdict: 「两星，等了一个月」."""
    left = _DRAWN.sub("", _COUNTED.sub("", words))
    for _, said in _SAID:
        left = said.sub("", left)
    return len(_FILLER.sub("", left)) >= 2


def says_unsolved(words: str) -> bool:
    """Whether words say that the matter is as it was."""
    return bool(_UNSOLVED.search(words))
