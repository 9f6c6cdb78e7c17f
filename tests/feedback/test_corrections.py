"""What words put right of a place."""

import pytest

from feedback.corrections import at_house


@pytest.mark.parametrize(
    ("known", "words", "address"),
    [
        ("天钥桥路300号", "320号", "天钥桥路320号"),
        ("嘉华苑12号502", "是12号501", "嘉华苑12号501"),
        ("宜川路100弄5号", "8号", "宜川路100弄8号"),
        ("宜川路100弄5号", "200弄", "宜川路200弄"),
        ("天钥桥路", "320号", "天钥桥路320号"),
        ("漕溪北路100号门口", "88号", "漕溪北路88号门口"),
        ("宜川路100弄5号", "88", "宜川路88弄5号"),
        ("天钥桥路300号", "肇嘉浜路320号", None),
        ("天钥桥路300号", "旁边", None),
    ],
)
def test_a_house_alone_leaves_the_street(known, words, address):
    assert at_house(known, words) == address
