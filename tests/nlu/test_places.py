import pytest

from nlu.places import districts, locate, subdistricts


@pytest.mark.parametrize(
    ("text", "district", "subdistrict", "address"),
    [
        ("徐汇区漕溪北路100号门口路灯坏了", "徐汇区", None, "徐汇区漕溪北路100号门口"),
        ("我家在七宝镇万科城市花园12号楼漏水", "闵行区", "七宝镇", "七宝镇万科城市花园12号楼"),
        ("宝山路和中山北路路口红绿灯不亮", None, None, "宝山路和中山北路路口"),
        ("人民广场地铁站2号口", "黄浦区", None, "人民广场地铁站2号口"),
        ("我住在静安寺那边", "静安区", "静安寺街道", "静安寺"),
        ("闵行虹桥镇吴中路", "闵行区", "虹桥镇", "闵行虹桥镇吴中路"),
        ("长宁区天山路和遵义路交叉口", "长宁区", None, "长宁区天山路和遵义路交叉口"),
        ("浦东", "浦东新区", None, None),
        ("原来闸北那块", "静安区", None, None),
        ("黄浦江边上有人放烟花", None, None, None),
        ("路灯坏了", None, None, None),
        ("", None, None, None),
    ],
)
def test_a_text_tells_its_place(text, district, subdistrict, address):
    found = locate(text)
    assert (found.district, found.subdistrict, found.address) == (district, subdistrict, address)


def test_the_divisions_are_the_official_ones():
    assert len(districts()) == 16
    assert "陆家嘴街道" in subdistricts("浦东新区")
    assert subdistricts("火星区") == []


@pytest.mark.parametrize("district", districts())
def test_every_subdistrict_tells_its_district(district):
    for subdistrict in subdistricts(district):
        assert locate(f"{district}{subdistrict}路灯坏了").subdistrict == subdistrict
