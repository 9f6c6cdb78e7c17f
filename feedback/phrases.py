"""Words of residents that the form understands by themselves, whatever a model thinks of the whole."""

import re

LIKE_A_PLACE = re.compile("[路街弄号楼区镇村店门口桥站园院校城苑坊厂馆]|对面|旁边|附近|广场|大厦|中心|隔壁")
"""A place, although no name in it is known."""
IN_FRONT_OF_A_PLACE = re.compile("^(?:我们?家?|家里?)?(?:就|是|住)*在(?=.{2})")
"""What is said before a place and belongs to none."""
NUMBER = re.compile(r"(?<![\d年月日号弄])\+?\d[\d\s-]{5,}(?![\d号弄年月日])")
"""So long a number that it is meant to be called at, whether or not one can."""
LONGEST_PLAIN_PLACE = 12
"""Characters up to which a place may have words in it that are none, such as 「施工工地门口」."""
_NO_PLACE = re.compile(
    "走路|弄[死脏坏]|投诉|举报|反映|责任|赔偿|追究|施工|生意|绊|摔|想问|应该|天天|晚上|吵|匿名|没人|害怕|不敢|不能"
)
TELLS_NO_PLACE = re.compile(
    "^(?:是|就是)?(?:上午|下午|早上|中午|晚上|昨[天晚]|今[天早]|前[天晚]|凌晨|半夜|刚[才刚]|窗外|外面)"
    "|(?:谁|哪来|怎么|为什么).{0,8}(?:的|知道|晓得|清楚)$|(?<![忘记])[了着][的啊呀呢]?$|^(?:因为|但是|而且|而已|所以|反正)"
)
"""Words that look like no place: when, what happened, who did it."""
NOT_THAT = re.compile("不是(?P<wrong>[^，,。是]{2,8})[，,\\s]*(?:而?是|我?要?(?:说|投诉|反映)的?是?)(?P<right>.{2,})")
"""One thing is put in the place of another."""
DONT_KNOW = re.compile("不(知道|清楚|晓得)|说不清|忘记|忘了|not sure|don't know", re.IGNORECASE)
"""Somebody can't tell."""
_YES = "是|对|好|行|成|可以|确认|提交|提叫|上报|发出去|交上去|交|没错|没有?问题|冇问题|無誤|不用?改了?|嗯|就这样|ok|yes|sure|submit|ti jiao|👌|👍"
YES = re.compile(
    rf"(?:谢谢[侬你您]?|这回|快点?|赶紧|赶快|麻烦|帮我|[，,\s])*(?:{_YES})"
    rf"(?:{_YES}|尽快处理|快点|赶紧|麻烦你们|谢谢[侬你您]?|一下|点|的|吧|啊|呀|了|呢|额|把|please|[，,。.!！~～\s])*",
    re.IGNORECASE,
)
"""Nothing but a yes; to be matched in full."""
SEND = re.compile(
    r"(?:好的?|行|对|嗯|那就?|就|请|帮我|麻烦你?|直接|赶紧|快点?|现在|可以|这样|[，,\s])*(?:提交|交上去|发出去|上报|交[吧了交]|submit|ti jiao)[吧了啊呀的吗，,。.!！\s]*",
    re.IGNORECASE,
)
"""The report is to go, whatever is still open that may stay open; to be matched in full."""
GO_ON = re.compile(
    r"(?:好的?|那|行|嗯|[，,。\s])*(?:继续|接着|下一步|往下|go on|continue)(?:(?:反映|报|填|说|问|弄|来|办).{0,6}|刚才的?|上面的?|吧|啊|呀|了|[，,。.!！\s])*"
    r"|.{0,6}还是(?:要)?(?:报|反映|说|交)(?:一下)?[吧了的。.!！\s]*",
    re.IGNORECASE,
)
"""The form is to go on where it is; to be matched in full."""
HURRY = re.compile(
    "(?:帮?我?们?帮?忙?|麻烦)?催(?:催|一?下)[吧啊呀了。.!！]*|(?:能不能|可不可以|可以|麻烦|请|你们|那)*(?:快|赶紧|赶快|抓紧|尽快|急)(?:点|一点|些|死了|急)*(?:行不行|好[吗伐不]|[啊呀吧了的呐嘛!！。，,~～])*"
)
"""Nothing but impatience; to be matched in full."""
BACK = re.compile("(?:我?[想要]?)?(?:返回|上一步|退回|回到?上[一面]步?|back)[吧了。.!！\\s]*", re.IGNORECASE)
"""The question before is to be asked again; to be matched in full."""
HESITATES = re.compile("不对|等一?下|等等|先别|先不|慢点|wait", re.IGNORECASE)
"""No yes, whatever else is in it."""
SAME_PLACE = re.compile(
    "同上|(?:上面|刚才|刚刚|前面|上次|上一件|那件)(?:那个|那件|那里|的|说的)*(?:地址|地点|位置|地方|一样|相同|一致)|一样的?(?:地址|地点|位置|地方)"
    "|还是(?:那个|那里|这里|那边|老地方)|同一个?(?:小区|地方|地址|地点|位置|路口|楼)|(?:地址|地点|位置)也?(?:一样|相同|不变)|same (?:place|address|spot)",
    re.IGNORECASE,
)
"""The place is that of the report before."""
HERE = re.compile("^(?:还有|另外|对了)?[，,]?(?:我们)?(?:这里|这边|那里|那边|我们(?:这栋?)?楼里?|这个?小区|我们小区)")
"""A matter begins at the place that was spoken of."""
SAME_CONTACT = re.compile(
    r"(?:电话|手机|号码|联系方式)?(?:也|还是|就)?(?:(?:跟|和|与)?(?:刚才|上面|之前|前面)(?:的|那个)*)?(?:同上|一样|相同|不变)[的了吧啊。.!！\s]*"
    r"|(?:用|打|留|还是|就)*(?:刚才|上面|之前|前面|那个|原来)(?:那个|的)*(?:号码?|电话|手机)[的了吧啊。.!！\s]*"
)
"""The number is that of the report before; to be matched in full, for nothing may be taken as leave to use it."""
SAME = re.compile("附议|附議|同一|一样|一樣|是的|补充到|same|join", re.IGNORECASE)
"""It is the same matter as the one that is offered."""
SUBMIT = re.compile("提交|上报|submit", re.IGNORECASE)
"""To be filed; where another report may be joined instead, that is no answer."""
OTHER = re.compile("^不|不是|不同|不一样|不一樣|另外|单独|單獨|separate", re.IGNORECASE)
"""It is not."""
NO_CONTACT = re.compile(
    "[不伐勿弗](?:想|要|用)?(?:留|流|填|必|说|讲|实名)|别(?:留|打|说)|匿名|保密|跳过|没(?:有)?(?:电话|号码|手机)|记不[得住清]|免了|背不出|报复"
    "|^(?:随便|我?(?:不|伐|没有|算了))(?:想|要|用|必|给|需要)*(?:了|的|啦|吧|电话|号码|手机|你们)*(?:[，,。.!！].{0,12})?$|(?:电话|手机|号码)(?:就)?(?:不|没|免|算了)"
    "|🙅|^no\\b|n't want|without|anonym",
    re.IGNORECASE,
)
"""No number is to be left."""
ANONYMOUS = re.compile(
    "(?:我|还是|那|能不能|可不可以|可以|能|想|要|希望|就|请|帮我)*匿名(?:举报|投诉|反映|提交|报|的|处理)*(?:可以|行|好|能)?(?:不可以|不行|[吗么嘛吧了啊呀]|行不行|好不好)*[。.!！?？]*"
    "|(?:can i |i want to )?(?:stay|be|report) anonymous(?:ly)?[.?!]*",
    re.IGNORECASE,
)
"""Nobody is to know who reports; to be matched in full."""
OPENS_ANONYMOUSLY = re.compile(
    "(?<!不)匿名(?:地|来)?(?:举报|投诉|反映|检举|报告|报|提|说)|(?:想要?|希望|请|能|可以|可不可以|我要)(?:帮我|让我)?匿名"
    "|(?:report|stay|remain).{0,30} anonymous",
    re.IGNORECASE,
)
"""Who tells a matter wants nobody to know them; an anonymous letter that they got is another thing."""
ALL_DATA = re.compile(
    "数据|信息|资料|记录|账号|账户|注销|(?:关于)?我的(?:一切|全部|所有)(?!电话|手机|号码)|\\bdata\\b|everything",
    re.IGNORECASE,
)
"""More is meant than the number."""
NAMED = re.compile(
    "^(?:我|那|就|可以|愿意|要)*实名|(?:部门|单位|他们)(?:可以|能|直接|来|也可以)*(?:联系|打给|打电话给)我"
)
"""The department may know who reports."""
KEEP_SECRET = re.compile("(?:别|不要|勿|不能|不可以).{0,8}(?:告诉|给|泄露|透露|公开|晓得|知道)|保密")
"""Nobody else is to learn how to reach the writer."""
ALSO = re.compile("^(?:还有|另外|再有|对了)|也(?:有|是|坏|不|没)")
"""Something comes on top."""
ASKS = re.compile(
    "的话|管不管|能不能|行不行|要不要|多久|什么时候|怎[么样]|如何|看看|查一?[下查]|(?<!好)几[天号时点]|谁|哪|为什么|什么|啥|为啥|干嘛|干什么|会不会|是不是|吗|么[?？]?$|[?？]|why",
    re.IGNORECASE,
)
"""A question, whatever else is in it."""
MAY_I = re.compile("(?:行不行|可不可以|可以[吗么]|好[吗伐不]|行[吗伐])[?？]?$")
"""Asks for leave to do what is said before it."""
CHANGES = re.compile("补充|加[一几两]?句|忘[了记]说|说错|更正|要?改|[不没]对|错了|修改")
"""Something is to be added or changed."""
ITEMS = {
    "category": re.compile("类别|分类|类型|归类|哪一类|類別|分類"),
    "contact": re.compile("电话|手机|号码|联系方式|電話|手機|號碼"),
    "district": re.compile("区(?:写|选|搞|填|弄)?错|区不对|哪个区"),
    "place": re.compile("地址|地点|位置|地方|路名|门牌|门号|路(?:写|选|搞|填|弄)?错|地點|門牌"),
    "matter": re.compile("事情|内容|描述|说的不是|意思|內容"),
}
"""The parts of a report that somebody wants to change."""

MISUNDERSTOOD = re.compile(
    "那个意思|这个意思|误会|搞错|弄错|开玩笑|我(?:真的?)?没事|没什么事|气话|[就只]是(?:想)?问|随便(?:说|聊)"
)
"""What sounded like despair was none; who says so must be able to get on with what they wanted."""
WANTS_ELSE = re.compile(
    "我?(?:还|也)?(?:想|要|来)(?:投诉|反映|举报|报修|咨询|问)|另外|接着办|接着反映|刚才的|还有.{0,4}事"
)
"""Something else than the danger that was told."""
MUST_BE_SILENT = re.compile(
    "不(?:敢|能|好)(?:出声|说话|讲话|打电话)|(?:他|她|人家|对方)?会听[见到]|怕.{0,4}听[见到]|躲[在着]|can'?t (?:speak|talk)",
    re.IGNORECASE,
)
"""Who is heard is in danger."""
BETTER = re.compile(
    "好(?:一?点|一?些|多)(?:儿)?了|没那么(?:难受|难过|想)|(?:他|她|我|孩子|妈|爸).{0,6}(?:睡|吃|笑|下来|回来|平静|不哭|答应).{0,2}了$|洗把脸|缓过来|想通了|打通了|feel(?:ing)? better",
    re.IGNORECASE,
)
"""Somebody in despair, or beside them, says that it has become easier."""
HOW_TO_HELP = re.compile(
    "(?:我|们)?(?:该|要|能|可以)?(?:怎么|咋|如何)(?:帮|劝|办|做|说|陪|安慰|跟|和|对)|(?:我|该)(?:能|该|要)?(?:做|说)(?:点|些)?(?:什么|啥)|(?:应该|该)?找谁|what (?:can|should) i",
    re.IGNORECASE,
)
"""Somebody asks what they can do for who is in despair."""
CANT_CALL = re.compile(
    "(?:打|拨)不(?:通|了|出|进)|占线|没人接|不接|没接通|没(?:有)?(?:话费|信号|电话)|欠费|停机|不敢(?:打|出声)|不能(?:打|说话|出声)|说不了话|聋|哑|(?:帮|替)我.{0,3}(?:打|报|叫)|can'?t (?:call|speak)|busy",
    re.IGNORECASE,
)
"""Nobody can be called, or not by the writer."""
_OVER = re.compile(
    "灭了|扑灭|没有?(?:着火|起火|危险|火了?$|烟了|味道?了)|不(?:着火|漏|危险)了|(?:搞|弄|看|听|闻|按|说|打)错了?|误(?:会|报|触|按)"
    "|找到了|(?:(?<![坏个男女])人|孩子|小孩|囡囡|老人|儿子|女儿|奶奶|爷爷|妈妈?|我们?|大家).{0,4}(?:出来|下来|回来|回家|醒)了"
    "|^(?:已经)?(?:出来|下来|醒|救出来|救上来)了|救(?:出|上|下)来?了|(?:他|她|伊).{0,4}(?:下来|起来走|自己走)了|(?:换|关|修)好了|弄出来了|谣言"
    "|(?:警察|民警|公安|派出所).{0,6}(?:抓|带)[走住]了|抓[住到]了|接(?:回|到).{0,6}了"
    "|没事|虚惊|^假的|逗你?玩|玩笑|乱(?:打|按|写|发)|取消|不用(?:了|来|报|派)|解除|false alarm|it'?s (?:out|over|fine)|found (?:him|her|it)",
    re.IGNORECASE,
)
_NOT_OVER = re.compile(
    r"昏|晕|没醒|叫不醒|没有?呼吸|[烧烫]伤|(?<!没)流血|[河江水]里|尸|鞋|衣服|被.{0,6}(?:抓|带|接)走|还(?:没|不|在|有)|没(?:找到|出来|下来|醒|灭|散|退|停|关|救|抓|来|到)|又(?:烧|着|开始|打|来|回)|怎么还|没有?人(?:出来|下来|救)|里面有|[吗么吧?？]\W*$|不了"
    "|not (?:out|over)|still",
    re.IGNORECASE,
)
_HELP_CAME = re.compile(
    "(?:警察|民警|消防|救护车|医生|居委会?|120|119|110).{0,4}(?:(?:到|来(?:人|过)?)了|敲门)|送(?:到|去)医院|拉走了"
)
_NO_HARM = re.compile("没(?:有)?人?(?:受伤|伤)|没(?:有)?(?:砸|掉|撞)到?人?")


def is_over(words: str) -> bool:
    """Whether words after an emergency say that it has passed, or never was; in doubt they don't."""
    return bool(_OVER.search(words)) and not _NOT_OVER.search(words)


def is_calm(words: str) -> bool:
    """Whether words after an emergency say that help has come, or that nobody is hurt: no new call, and not the end of it."""
    return bool(_HELP_CAME.search(words) or _NO_HARM.search(words)) and not _NOT_OVER.search(words)


def is_more_than_a_place(words: str) -> bool:
    """Whether an answer to "where" tells something else: 「走路绊了一跤」, but not 「施工工地门口」."""
    rest = _NO_PLACE.sub("", words)
    return rest != words and (len(words) > LONGEST_PLAIN_PLACE or not LIKE_A_PLACE.search(rest))


def points_back(words: str) -> bool:
    """Whether words may mean the place or the number of the report before."""
    return any(pattern.search(words) for pattern in (SAME_PLACE, HERE, SAME_CONTACT))
