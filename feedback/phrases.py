"""Words of residents that the form understands by themselves, whatever a model thinks of the whole."""

import re

LIKE_A_PLACE = re.compile("[路街弄号楼区镇村店门口桥站园院校城苑坊厂馆]|对面|旁边|附近|广场|大厦|中心|隔壁")
"""A place, although no name in it is known."""
NUMBER = re.compile(r"(?<![\d年月日号弄])\+?\d[\d\s-]{5,}(?![\d号弄年月日])")
"""So long a number that it is meant to be called at, whether or not one can."""
DONT_KNOW = re.compile("不(知道|清楚|晓得)|说不清|忘记|忘了|not sure|don't know", re.IGNORECASE)
"""Somebody can't tell."""
YES = re.compile(
    r"(?:谢谢[侬你您]?|这回|快|赶紧|麻烦|[，,\s])*(?:是|对|好|行|成|可以|确认|提交|上报|发出去|交上去|交|没错|没有?问题|冇问题|無誤|不用?改了?|继续|嗯|就这样|ok|yes|sure)"
    r"(?:是|对|好|行|可以|确认|提交|没错|嗯|就这样|尽快处理|麻烦你们|谢谢[侬你您]?|的|吧|啊|呀|了|呢|额|把|submit|please|[，,。.!！~～\s])*",
    re.IGNORECASE,
)
"""Nothing but a yes; to be matched in full."""
SAME = re.compile("附议|附議|同一|一样|一樣|是的|补充到|same|join", re.IGNORECASE)
"""It is the same matter as the one that is offered."""
SUBMIT = re.compile("提交|上报|submit", re.IGNORECASE)
"""To be filed; where another report may be joined instead, that is no answer."""
OTHER = re.compile("^不|不是|不同|不一样|不一樣|另外|单独|單獨|separate", re.IGNORECASE)
"""It is not."""
NO_CONTACT = re.compile(
    "[不伐勿弗](?:想|要|用)?[留流给要用必填]|别留|匿名|保密|跳过|下一步|没电话|没号码|^不了|算了|免了|没有|没手机|报复|背不出|^no|n't want|without",
    re.IGNORECASE,
)
"""No number is to be left."""
ALSO = re.compile("^(?:还有|另外|再有|对了)|也(?:有|是|坏|不|没)")
"""Something comes on top."""
ASKS = re.compile(
    "的话|管不管|能不能|行不行|为什么|什么|啥|为啥|干嘛|干什么|会不会|是不是|吗|么[?？]?$|[?？]|why", re.IGNORECASE
)
"""A question, whatever else is in it."""
ITEMS = {
    "category": re.compile("类别|分类|类型|归类|哪一类|類別|分類"),
    "contact": re.compile("电话|手机|号码|联系方式|電話|手機|號碼"),
    "district": re.compile("区(?:写|选|搞|填|弄)?错|区不对|哪个区"),
    "place": re.compile("地址|地点|位置|地方|路名|门牌|门号|路(?:写|选|搞|填|弄)?错|地點|門牌"),
    "matter": re.compile("事情|内容|描述|说的不是|意思|內容"),
}
"""The parts of a report that somebody wants to change."""
