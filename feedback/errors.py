"""What can be refused. Each refusal has words for a person and a stable code for a caller.

FeedbackError
├── NotAllowed       the change doesn't fit the report's state
├── CannotMerge      the two reports can't become one
├── ReasonMissing    a change that needs a reason came without one
├── UnknownDecision  a topic can't be decided on so
├── UnknownReport    no report has that number
└── UnknownLinkCode  no such code, or it no longer works
"""


class FeedbackError(Exception):
    """A refusal; `str()` is a sentence in Chinese for the person who asked."""

    code = "refused"


class NotAllowed(FeedbackError):
    code = "not_allowed"

    def __init__(self, change: str, state: str) -> None:
        super().__init__(f"诉求目前是「{state}」，不能{change}。")


class CannotMerge(FeedbackError):
    code = "cannot_merge"


class ReasonMissing(FeedbackError):
    code = "reason_missing"

    def __init__(self) -> None:
        super().__init__("请写明理由，市民会看到。")


class UnknownDecision(FeedbackError):
    code = "unknown_decision"

    def __init__(self) -> None:
        super().__init__("请选择处理中、已处理或不是热点。")


class UnknownReport(FeedbackError):
    code = "unknown_report"

    def __init__(self) -> None:
        super().__init__("没有找到这个编号，请再核对一下。")


class UnknownLinkCode(FeedbackError):
    code = "unknown_link_code"

    def __init__(self) -> None:
        super().__init__("这个关联码不对，或者已经过期、用过了。请在原来的渠道再要一个。")
