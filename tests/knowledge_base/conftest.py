import pytest

from knowledge_base import FIELDS
from knowledge_base.guides import import_guides
from knowledge_base.schema import Guide
from storage import writing

GUIDES = [
    Guide(
        id="id-card-lost", title="居民身份证补领", field=FIELDS[0], aliases=("补办身份证",), related=("id-card-elsewhere",),
        questions=("身份证丢了怎么办", "身份证不见了去哪补", "补身份证要带什么"), summary="到派出所补领。", fee="按规定收工本费",
        materials=({"name": "户口簿"},), conditions=("身份证遗失的居民",), steps=("申请", "领证"),
    ),
    Guide(
        id="id-card-elsewhere", title="外地人异地办理身份证", field=FIELDS[0],
        questions=("外地户口在这里能办身份证吗", "异地身份证怎么办"), summary="就近的受理点可以办。",
    ),
    Guide(
        id="dog", title="养犬登记", field=FIELDS[17],
        questions=("养狗要办证吗", "小狗怎么登记", "狗证去哪办"), summary="打疫苗后登记。",
    ),
    Guide(
        id="deed-tax", title="契税申报", field=FIELDS[16],
        questions=("契税怎么交", "买房要交多少契税", "契税去哪里交"), summary="买房时申报。",
    ),
]  # fmt: skip


@pytest.fixture
def guides(database):
    """A few guides in each kind of database."""
    with writing() as session:
        import_guides(session, GUIDES, "测试")
    return GUIDES
