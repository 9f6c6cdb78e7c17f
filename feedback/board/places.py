"""Shanghai's districts as squares on a map: for each its column and row, roughly where it lies, north on top."""

DISTRICTS: dict[str, tuple[int, int]] = {
    "崇明区": (4, 1),
    "嘉定区": (2, 2),
    "宝山区": (3, 2),
    "普陀区": (2, 3),
    "静安区": (3, 3),
    "虹口区": (4, 3),
    "杨浦区": (5, 3),
    "青浦区": (1, 4),
    "长宁区": (2, 4),
    "黄浦区": (3, 4),
    "浦东新区": (4, 4),
    "松江区": (1, 5),
    "闵行区": (2, 5),
    "徐汇区": (3, 5),
    "金山区": (1, 6),
    "奉贤区": (2, 6),
}
