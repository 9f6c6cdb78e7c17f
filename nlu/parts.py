"""The parts of a message that may each be a matter of its own."""

import re

SHORTEST = 4
"""Characters that a part needs to be a matter of its own."""
_BETWEEN = re.compile(
    r"[，。；？！,;?!\s]*(?:还有就是|还有|另外|以及|此外|再有|再就是|再一个|再问(?:一下|个)?|(?:还|也)?想问(?:一下|下|个)?|顺便|同时|其次|第二(?:个|件|是)?)[，：:,\s]*"
    r"|(?:^|[，,。；;：:\s])(?:[①-⑩]|(?<!\d)\d{1,2}[、.．)）](?!\d)|[一二三四五六]是(?!的)|第[一二三四五六](?:个|件|条)?(?:是|[，,：:]))\s*"
    r"|[？?；;\n]+|(?<=[\u3400-\u9fff])\s+(?=[\u3400-\u9fff])|[，,](?=[^，。,；]{1,8}也)"
)


def parts_of(text: str) -> list[str]:
    """The text cut at what stands between two matters (还有, 另外, 1、, 一是, a space, …也, the end of a question); short pieces are left out.

    The end of a plain sentence divides nothing: most stories have several.
    """
    return [part for part in (p.strip(" ，,、") for p in _BETWEEN.split(text)) if len(part) >= SHORTEST]
