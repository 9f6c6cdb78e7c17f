import pytest

from nlu.components.extractors import PATTERNS, _named


def found(kind: str, text: str) -> list[str]:
    return [_named(match) for match in PATTERNS[kind].finditer(text)]


@pytest.mark.parametrize(
    ("kind", "text", "values"),
    [
        ("report_number", "查 20261127-ABCD-EFGHJ", ["20261127-ABCD-EFGHJ"]),
        ("report_number", "20261127——ABCD——EFGHJ", ["20261127——ABCD——EFGHJ"]),
        ("report_number", "２０２６１１２７－ＡＢＣＤ－ＥＦＧＨＪ", ["２０２６１１２７－ＡＢＣＤ－ＥＦＧＨＪ"]),
        ("link_code", "关联码 ab2d-ef4h", ["ab2d-ef4h"]),
        ("link_code", "关联码：ABCDEFGH", ["ABCDEFGH"]),
        ("link_code", "我的关联码是ab2d-ef4h", ["ab2d-ef4h"]),
        ("link_code", "AB2D-EF4H", ["AB2D-EF4H"]),
        ("link_code", "ABCD-EFGH", []),
        ("link_code", "a well-done door-step", []),
        ("link_code", "6437-8888", []),
        ("link_code", "20261127-ABCD-EFGHJ", []),
    ],
)
def test_what_has_a_form_is_found(kind, text, values):
    assert found(kind, text) == values
