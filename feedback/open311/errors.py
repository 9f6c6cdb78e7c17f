"""What the interface refuses, in the standard's way: a status of HTTP and sentences for whoever reads them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from pydantic_core import ErrorDetails


class Refused(Exception):
    """A request can't be answered as asked. Each description is one entry of the standard's `errors`."""

    def __init__(self, status: int, *descriptions: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(" ".join(descriptions))
        self.status, self.descriptions, self.headers = status, descriptions, headers


_WORDS = {
    "missing": "必填",
    "int_parsing": "要是整数",
    "float_parsing": "要是数字",
    "finite_number": "要是数字",
    "bool_parsing": "只能是 true 或 false",
    "literal_error": "只能是 {expected}",
    "greater_than_equal": "不能小于 {ge}",
    "less_than_equal": "不能大于 {le}",
    "string_too_long": "最多 {max_length} 个字",
    "string_too_short": "至少 {min_length} 个字",
    "too_long": "最多 {max_length} 个",
    "string_pattern_mismatch": "的格式不对",
    "value_error": "{error}",
}
"""Of Pydantic's kinds of errors."""


def invalid(errors: Iterable[ErrorDetails], within: int = 0) -> Refused:
    """400 for what a model found wrong: each parameter by name, never its value.

    Args:
        within: how many parts of an error's place come before the parameter's name.
    """
    described = [f"{_name(error, within)} {_words(error)}。" for error in errors]
    return Refused(400, *dict.fromkeys(described))


def _name(error: ErrorDetails, within: int) -> str:
    place = error["loc"][within:]
    return str(place[0]) if place else "参数"


def _words(error: ErrorDetails) -> str:
    context = {
        name: str(value).replace("'", "").replace(" or ", " 或 ") for name, value in error.get("ctx", {}).items()
    }
    return _WORDS.get(error["type"], "的格式不对").format_map(context)
