import pytest

from nlu.places import districts, locate, other_city, subdistricts, without_places


@pytest.mark.parametrize(
    ("text", "district", "subdistrict", "address"),
    [
        ("徐汇区漕溪北路100号门口路灯坏了", "徐汇区", None, "徐汇区漕溪北路100号门口"),
        ("我家在七宝镇万科城市花园12号楼漏水", "闵行区", "七宝镇", "七宝镇万科城市花园12号楼"),
        ("宝山路和中山北路路口红绿灯不亮", None, None, "宝山路和中山北路路口"),
        ("人民广场地铁站2号口", "黄浦区", None, "人民广场地铁站2号口"),
        ("我住在静安寺那边", "静安区", "静安寺街道", "静安寺"),
        ("the bin near Xuhui is full", "徐汇区", None, None),
        ("徐會區龍吳路修路", "徐汇区", None, "徐會區龍吳路"),
        ("七宝这块违停", "闵行区", "七宝镇", None),
        ("曹杨那边", "普陀区", "曹杨新村街道", None),
        ("我是崇明来的，现在住杨浦，控江路1200弄", "杨浦区", None, "杨浦，控江路1200弄"),
        ("从松江搬到青浦", "青浦区", None, None),
        ("浦东，不对，其实在黄浦", "黄浦区", None, None),
        ("我老公是青浦人", None, None, None),
        ("徐汇跟闵行交界那条河", None, None, None),
        ("孙宝山师傅修的水管", None, None, None),
        ("浦东发展银行的客服", None, None, None),
        ("嘉定真新丰庄路", "嘉定区", "真新街道", "嘉定真新丰庄路"),
        ("真新的衣服", None, None, None),
        ("闵行虹桥镇吴中路", "闵行区", "虹桥镇", "闵行虹桥镇吴中路"),
        ("长宁区天山路和遵义路交叉口", "长宁区", None, "长宁区天山路和遵义路交叉口"),
        ("浦东", "浦东新区", None, None),
        ("宝山", "宝山区", None, None),
        ("甘泉街道老年食堂", "普陀区", "甘泉路街道", None),
        ("曹路这里的路灯", "浦东新区", "曹路镇", "曹路"),
        ("南汇新城镇人才公寓", "浦东新区", "南汇新城镇", "南汇新城镇人才公寓"),
        ("九号线桂林路站出来那个红绿灯", "徐汇区", None, "九号线桂林路站"),
        ("唐镇地铁站2号口", "浦东新区", None, "唐镇地铁站2号口"),
        ("新庄地铁站南广场", "闵行区", None, "新庄地铁站南广场"),
        ("瑞虹新城三期", "虹口区", None, "瑞虹新城"),
        ("奉城医院急诊", "奉贤区", None, "奉城医院"),
        ("闵杭区红绿灯不亮", "闵行区", None, None),
        ("next to Xintiandi", "黄浦区", None, "Xintiandi"),
        ("zhujiajiao zhen, the bus is late", "青浦区", "朱家角镇", None),
        ("I live near Zhangjiang Road", None, None, "Zhangjiang Road"),
        ("lamp out at 100 huaihai middle road", None, None, "100 huaihai middle road"),
        ("Lane 300 Xinzha Road, building 5", None, None, "Lane 300 Xinzha Road, building 5"),
        ("there is a hole in the road, a busy road", None, None, None),
        ("人在浦东打工,老屋在竖新镇", "崇明区", "竖新镇", None),
        ("我公司在徐汇,家在上钢新村街道", "浦东新区", "上钢新村街道", "上钢新村"),
        ("张江上班的人", "浦东新区", "张江镇", None),
        ("去普陀山旅游", None, None, None),
        ("苏州的徐汇饭店", None, None, None),
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


@pytest.mark.parametrize(
    ("text", "between"),
    [
        ("徐汇区陆家嘴那边垃圾没人收", ("徐汇区", "浦东新区")),
        ("井盖响得睡不着,长宁区南翔镇", ("长宁区", "嘉定区")),
        ("浦东新区陆家嘴路灯坏了", None),
        ("从徐汇坐车到浦东", None),
    ],
)
def test_two_districts_for_one_spot_are_a_contradiction(text, between):
    assert locate(text).contradiction == between


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("徐汇区漕溪北路100号路灯坏了", "路灯坏了"),
        ("崇明长兴镇，峰谷电怎么申请", "峰谷电怎么申请"),
        ("和平公园的长椅坏了", "和平公园的长椅坏了"),
        ("浦东", "浦东"),
        ("路灯坏了", "路灯坏了"),
    ],
)
def test_what_a_matter_is_does_not_depend_on_where(text, left):
    assert without_places(text) == left


@pytest.mark.parametrize(
    ("text", "city"),
    [
        ("苏州工业园区星湖街路灯坏了", "苏州"),
        ("我家在昆山花桥", "昆山"),
        ("苏州河边垃圾", None),
        ("南京西路1000号", None),
        ("北京东路路口", None),
        ("徐汇区的南京饭店", None),
        ("我是杭州人,路灯坏了", None),
    ],
)
def test_a_place_in_another_city_is_known_from_what_is_called_after_it(text, city):
    assert other_city(text, answering=True) == city


@pytest.mark.parametrize(
    ("text", "city"),
    [
        ("苏州工业园区星湖街路灯坏了", "苏州"),
        ("我家在昆山花桥，工地半夜吵", "昆山"),
        ("门口垃圾没人收，在嘉兴南湖", "嘉兴"),
        ("从苏州回来发现家里漏水", None),
        ("快递从杭州寄来，柜子坏了拿不出", None),
    ],
)
def test_another_city_that_is_only_spoken_of_is_not_the_place(text, city):
    assert other_city(text) == city
