import pytest

from nlu.parts import parts_of


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("路灯坏了,还有垃圾没人收", ["路灯坏了", "垃圾没人收"]),
        ("门口积水了。另外，电梯也停了好几天", ["门口积水了", "电梯也停了好几天"]),
        ("身份证丢了怎么办？居住证呢", ["身份证丢了怎么办", "居住证呢"]),
        ("路灯坏了。我妈昨晚摔了一跤！", ["路灯坏了。我妈昨晚摔了一跤！"]),
        ("路灯坏了三天了，晚上看不见", ["路灯坏了三天了，晚上看不见"]),
        ("嗯。", []),
    ],
)
def test_a_message_is_cut_between_matters(text, parts):
    assert parts_of(text) == parts
