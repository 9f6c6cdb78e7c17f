"""What is typed instead of pressing a button: its title, or which of them (「第二个」), is the same as pressing it; so is what a
messenger writes in place of a picture (「[图片]」), what the public board's links write, and wishes about what is kept or shown of
somebody."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from opencc import OpenCC
from rasa.core.channels.channel import UserMessage
from rasa.core.processor import MessageProcessor
from rasa.shared.core.events import BotUttered, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

_SIMPLIFIED = OpenCC("t2s")
_NUMBERS = {character: number for number, character in enumerate("一二三四五六七八九", 1)}
_ORDINAL = re.compile(
    r"^(?:那|不对|不是|我?(?:选|要|想问的?是?|问的是|就是?|是)|[，,\s])*"
    r"(?:第([一二三四五六七八九\d])(?:个|项|条|件|种)?|(最后[一那]?[个项条件种]))(?P<rest>.*)$"
)
_GO_ON = re.compile("(?:好的?|那|[，,])*(?:接着|继续)(?:办|反映|报|说|弄).{0,8}")
_YES = re.compile("(?:是|对|好|嗯|确定|确认|撤回|yes|的|了|吧|啊)+")
_ATTACHMENT = re.compile(
    r"[\[【(（](?:动画)?(?:(?P<photo>图片|照片|相片|image|photo)|视频|语音|文件|表情|video|voice|audio|file|sticker)(?:[:： ][^\])】）]{0,40})?[\])】）]",
    re.IGNORECASE,
)
_HOW_TO_SEND = re.compile(
    "我?(?:怎么|怎样|如何|能不能|可不可以|可以|能|在哪里?|哪里可以)(?:给你们?)?(?:发送?|上?传|附上?)(?:个|张|几张|一张)?(?:照片|图片|相片|图)"
    "(?:给你们?)?[吗呢啊嘛?？]*"
)
_TAKES_PART = re.compile("(?P<wish>附议|关注)[:： ]*(?P<id>[0-9a-f]{16})")
"""What the public board's links put into the input."""
_UNFOLLOW = re.compile("(?:我?(?:要|想)?)取消关注.{0,20}|不(?:再|想)?关注了")
_UNPUBLISH = re.compile("(?:我?(?:要|想|还是)?)(?:取消|不要?|别|撤回)公开(?:了|吧)?")
_MY_DATA = re.compile(
    "(?:我?[想要]|请|帮我)*(?:导出|下载|查看?|看看|看一下)?我的(?:个人|全部|所有)*(?:数据|信息|资料)(?:都?有(?:哪些|什么))?[?？吗呢]*"
    "|你们?(?:这里|那里|系统)?(?:都|里)*(?:存|保存|记|留|收集)了我(?:的)?(?:什么|哪些)(?:个人)?(?:信息|数据|资料|东西)?[?？啊呀呢]*"
    "|what (?:data|do you) (?:do you )?(?:have|keep|know) (?:about|of|on) me[?？]*"
)
_NUMBER_ALONE = re.compile(r"^[（(]?([1-9])[)）.、。]?$")
_ONE_OF_MANY = re.compile(r'^/show_guide\{"guide": "[^"]*"\}')
"""Payloads of lists to choose from; elsewhere a bare number may be an answer of its own, such as that of a house."""
_WHICH_REPORT = re.compile("^/(?:check_report|withdraw_report|supplement|correct|rate|reopen){")
"""Payloads of a list only where the next one is of the same intent."""

LIST_LASTS = 3
"""Turns for which a list can be chosen from."""


def chosen(text: str, buttons: Sequence[dict], listed: Sequence[dict] = ()) -> str | None:
    """The payload of the button that a text stands for; None if it stands for none.

    `buttons` are those under the latest replies, `listed` those of the latest list to choose from, which may be older: its
    items can be named by their place. A question after 「第二个」 goes along as `asked`, where a guide is chosen.
    """
    plain = _plain(text)
    if sent := _ATTACHMENT.fullmatch(plain):
        return '/attachment{"item": "photo"}' if sent["photo"] else "/attachment"
    if _HOW_TO_SEND.fullmatch(plain):
        return '/attachment{"item": "how"}'
    if part := _TAKES_PART.fullmatch(plain):
        wish = {"附议": "join", "关注": "follow"}[part["wish"]]
        return f'/take_part{{"item": "{wish}", "public_id": "{part["id"]}"}}'
    if _UNFOLLOW.fullmatch(plain):
        return '/take_part{"item": "unfollow"}'
    if _UNPUBLISH.fullmatch(plain):
        return '/publish{"item": "no"}'
    if _MY_DATA.fullmatch(plain):
        return "/my_data"
    for button in buttons:
        title = _plain(button["title"])
        if plain and plain == title or title == "接着反映" and _GO_ON.fullmatch(plain):
            return button["payload"]
    if _YES.fullmatch(plain) and _is_withdrawal(buttons):
        return buttons[0]["payload"]
    if (alone := _NUMBER_ALONE.match(plain)) and buttons and _is_list(buttons):
        return _payload(buttons, int(alone[1]))
    if not (ordinal := _ORDINAL.match(plain)):
        return None
    named = listed or buttons
    if _is_withdrawal(named):
        return None  # asked about one report, somebody names another
    number = len(named) if ordinal[2] else _NUMBERS.get(ordinal[1]) or int(ordinal[1])
    payload, rest = _payload(named, number), ordinal["rest"].strip("，,。吧呢啊的 ")
    if payload and rest:
        return _asked(payload, rest)
    return payload


def _is_list(buttons: Sequence[dict]) -> bool:
    first, *others = (button["payload"] for button in buttons)
    which = _WHICH_REPORT.match(first)
    return bool(_ONE_OF_MANY.match(first) or which and others and others[0].startswith(which[0]))


def _is_withdrawal(buttons: Sequence[dict]) -> bool:
    """Whether the one button confirms that a report is taken back."""
    return len(buttons) == 1 and buttons[0]["payload"].startswith("/withdraw_report")


def _payload(buttons: Sequence[dict], number: int) -> str | None:
    return buttons[number - 1]["payload"] if 0 < number <= len(buttons) else None


def _asked(payload: str, question: str) -> str | None:
    """The payload of a guide together with what is asked about it; of anything else no choice."""
    intent, brace, entities = payload.partition("{")
    if intent != "/show_guide":
        return None
    return intent + json.dumps({**json.loads(brace + entities), "asked": question}, ensure_ascii=False)


def _plain(text: str) -> str:
    return _SIMPLIFIED.convert(text).strip(" 　「」\"'。.！!").casefold()


def buttons_of(tracker: DialogueStateTracker) -> list[dict]:
    """The buttons that the resident sees under the latest replies."""
    seen: list[dict] = []
    for event in reversed(tracker.events):
        if isinstance(event, UserUttered):
            break
        if isinstance(event, BotUttered):
            seen = [*(event.data.get("buttons") or []), *seen]
    return seen


def list_of(tracker: DialogueStateTracker) -> list[dict]:
    """The buttons of the latest list to choose from, in the last few turns."""
    turns = 0
    for event in reversed(tracker.events):
        turns += isinstance(event, UserUttered)
        if turns > LIST_LASTS:
            break
        if isinstance(event, BotUttered) and (buttons := event.data.get("buttons")) and _is_list(buttons):
            return buttons
    return []


def read_choices() -> None:
    """From now on Rasa reads typed choices in this process as presses, on every channel."""
    parse = MessageProcessor.parse_message

    async def parse_message(self, message: UserMessage, tracker: DialogueStateTracker | None = None, *args, **kwargs):
        seen, listed = (buttons_of(tracker), list_of(tracker)) if tracker else ([], [])
        if message.text and (payload := chosen(message.text, seen, listed)):
            message.text = payload
        return await parse(self, message, tracker, *args, **kwargs)

    MessageProcessor.parse_message = parse_message
