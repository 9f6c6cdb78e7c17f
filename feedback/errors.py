"""What can be refused. Each refusal has words for a person and a stable code for a caller.

FeedbackError
├── NotAllowed        the change doesn't fit the report's state
├── NotAnswerable     what was reported wants to be dealt with, not answered
├── NeedsCoordinator  only a coordinator or an administrator may do it
├── CannotMerge       the two reports can't become one
├── WindowEnded       a report was resolved too long ago to be opened again
├── ReasonMissing     a change that needs a reason came without one
├── OutcomeMissing    an answer to a suggestion that doesn't say what becomes of it
├── WordsMissing      something that has to be written down wasn't
├── NotStars          a rating that is not 1 to 5
├── UnknownChoice     no such department, rule or the like can be chosen
├── UnknownDecision   a topic can't be decided on so
├── NotStuck          a work order needs no help of staff to get to its department
├── NumberTaken       another work order has the number already
├── UnknownReport     no report has that number
├── OwnReport         somebody would join or follow a report of their own
├── UnknownLinkCode   no such code, or it no longer works
├── ConsentMissing    a contact came without consent to a text that residents are shown
├── ContactMissing    something needs a contact, and none is kept
├── RevealRefused     the role of the staff may not see who reported it
└── PhotoRefused      a photo that is not taken
    ├── NotAPhoto     no photo of a format that we take, or a damaged one
    ├── PhotoTooLarge more bytes or pixels than we take
    └── TooManyPhotos as many as a report, or a short time, may have
"""


class FeedbackError(Exception):
    """A refusal; `str()` is a sentence in Chinese for the person who asked."""

    code = "refused"


class NotAllowed(FeedbackError):
    code = "not_allowed"

    def __init__(self, change: str, state: str) -> None:
        super().__init__(f"诉求目前是「{state}」，不能{change}。")


class NeedsCoordinator(FeedbackError):
    code = "needs_coordinator"

    def __init__(self, because: str) -> None:
        super().__init__(f"{because}，要由协调员处理。")


class CannotMerge(FeedbackError):
    code = "cannot_merge"


class ReasonMissing(FeedbackError):
    code = "reason_missing"

    def __init__(self) -> None:
        super().__init__("请写明理由，市民会看到。")


class UnknownChoice(FeedbackError):
    code = "unknown_choice"

    def __init__(self, what: str, chosen: str) -> None:
        super().__init__(f"没有「{chosen}」这个{what}，请从列表里选。")


class UnknownDecision(FeedbackError):
    code = "unknown_decision"

    def __init__(self) -> None:
        super().__init__("请选择处理中、已处理或不是热点。")


class NotStuck(FeedbackError):
    code = "not_stuck"

    def __init__(self) -> None:
        super().__init__("这张工单已经处理过，或者正在派送，请刷新后再看。")


class NumberTaken(FeedbackError):
    code = "number_taken"

    def __init__(self, number: str) -> None:
        super().__init__(f"编号 {number} 已经登记在另一张工单上，请核对。")


class UnknownReport(FeedbackError):
    code = "unknown_report"

    def __init__(self) -> None:
        super().__init__("没有找到这个编号，请再核对一下。")


class UnknownLinkCode(FeedbackError):
    code = "unknown_link_code"

    def __init__(self) -> None:
        super().__init__("这个关联码不对，或者已经过期、用过了。请在原来的渠道再要一个。")


class ConsentMissing(FeedbackError):
    code = "consent_missing"

    def __init__(self) -> None:
        super().__init__("没有取得同意，不能保存联系方式。")


class ContactMissing(FeedbackError):
    code = "contact_missing"

    def __init__(self, wish: str) -> None:
        super().__init__(f"这件诉求没有联系方式，不能{wish}。")


class OwnReport(FeedbackError):
    code = "own_report"

    def __init__(self) -> None:
        super().__init__("这件就是您提交的，有进展会在这里告诉您。")


class RevealRefused(FeedbackError):
    code = "reveal_refused"

    def __init__(self) -> None:
        super().__init__("举报和保密诉求的联系方式，只有协调员和管理员可以查看。")


class NotStars(FeedbackError):
    code = "not_stars"

    def __init__(self) -> None:
        super().__init__("请用 1 到 5 星评价。")


class WindowEnded(FeedbackError):
    code = "window_ended"

    def __init__(self, days: int) -> None:
        super().__init__(f"这件诉求办结已超过 {days} 天，不能再重新办理。问题还在的话，请重新反映。")


class NotAnswerable(FeedbackError):
    code = "not_answerable"

    def __init__(self) -> None:
        super().__init__("只有咨询和建议可以直接答复，其他诉求请立案派单。")


class OutcomeMissing(FeedbackError):
    code = "outcome_missing"

    def __init__(self) -> None:
        super().__init__("请选择建议的结果：采纳、留作参考或未采纳。")


class WordsMissing(FeedbackError):
    code = "words_missing"

    def __init__(self, what: str) -> None:
        super().__init__(f"请写明{what}。")


class PhotoRefused(FeedbackError):
    code = "photo_refused"


class NotAPhoto(PhotoRefused):
    code = "not_a_photo"


class PhotoTooLarge(PhotoRefused):
    code = "photo_too_large"


class TooManyPhotos(PhotoRefused):
    code = "too_many_photos"
