"""Words that name a present danger, and words that take it back.

The classifier finds most dangers; this short list makes sure that the plainest cries for help never
depend on a model.
"""

import re
from dataclasses import dataclass

from nlu.pinyin import to_characters


@dataclass(frozen=True)
class Danger:
    """A present danger: the category it belongs to, and whether it is a life at the person's own hand."""

    category: str
    self_harm: bool = False


_DANGERS = {
    Danger("crisis.self_harm", self_harm=True): (
        r"不想活|活不下去|活着没意思|想死(?!你|我)|想自杀|要自杀|去自杀|轻生|了结自己|结束(自己的)?生命|遗书|割腕|一了百了|想跳(楼|河|江|轨)"
        r"|要跳(楼|河|江)|(就|要|想).{0,8}跳下去|站在.{0,6}(楼顶|天台|桥边).{0,8}跳"
    ),
    Danger("safety.fire"): (
        r"着火|起火|失火|火灾|走水了|烧起来|火烧|冒(着)?(浓烟|黑烟|大烟)|(楼道|楼里|走廊|屋里|家里|房间|厨房|窗口|地下室|车库|电表箱|插座|配电箱).{0,5}(有|都是|全是|冒|好多|好大的?)(浓|黑|大|白)?烟(?![味头道囱花灰])|(?<!香)烟好大|救火|自燃|爆炸了|火势|著火|着伙了|[qQ]ihuo|zhaohuo|\bon fire\b"
    ),
    Danger("utility.gas"): (
        r"(煤气|燃气|天然气|液化气|瓦斯).{0,8}(泄漏|漏了|漏气|泄露|在漏|味|中毒)|闻到.{0,6}(煤气|燃气|天然气)|gas leak|一氧化碳.{0,4}报警器?.{0,4}响"
    ),
    Danger(
        "security.order"
    ): r"救命|jiu ?ming|救救我|^救我|^出事了|被下药|有死人|(?<![宠动]物)(?<![猫狗鱼鼠])(?<!动物的)尸体(?!.{0,4}(处理|怎么))|有人.{0,6}跳.{0,4}(江|河|楼|桥)|跳(黄浦江|苏州河|[江河])了|炸弹|进贼|跟踪我|^(你|请|快)?(帮|替)我(打|拨)(110|幺幺零|报警)|弄死我|被.{0,6}(关|锁)在.{0,6}(不让|出不)|robbed|following me|杀人|砍人|持刀|拿刀|动刀|抢劫|绑架|(孩子|小孩|囡|老人|老伴|妈|爸|娘|奶|爷|外婆|外公|儿子|女儿|老头|老太).{0,8}(不见了|走丢|走失了?$|走失了?[，。!！]|失踪|没回(来|家))|(被|给).{0,6}(一帮|一群|几个)人.{0,4}打|围着打",
    Danger(
        "security.domestic_violence"
    ): r"(老公|丈夫|男人|男朋友|前夫|爱人|爸爸?|妈妈?|继父|婆婆|公公|儿子|女婿|老婆|他|她|伊).{0,8}(正在打|要打死|打得.{0,6}血|(打|揍|掐|踢|殴打)了?我(?!的(?!头|脸|脖|手|肚|背|腿|孩)|们?的?(电话|手机|招呼|主意|小报告|分|折|针|广告|脸面|家|门)))"
    r"|(beat|hit)(s|ting|ing)? me|(正|又|还)?在打(老婆|女人|孩子|小孩|妈妈|老人)|打(老婆|女人|孩子|小孩|老人)[，,]?打得",
    Danger(
        "health.service"
    ): r"(叫|打|要)救护车|(摔|跌).{0,6}起不来|(摔|跌|撞|压).{0,10}(骨头断|骨折)|叫不醒|推不醒|没反应了|(脸|嘴唇?).{0,4}(发紫|发青|铁青)|(呼吸机|制氧机|吸氧机|氧气机).{0,10}(停|没电|用不了|不能用)|停电.{0,20}(呼吸机|制氧|吸氧)|吞了?.{0,4}(纽扣|电池|硬币|钉子|玻璃|别针)|中风了|要生了(?!病)|羊水破|卡.{0,3}喉咙?|抽筋了?$|抽搐|晕倒|昏倒|昏迷|没有?呼吸|不能呼吸|呼吸停|心跳停|停跳|(吃|喝|吞|摸|舔)了?.{0,4}(老鼠药|农药|百草枯|洁厕|洗洁精|消毒液)|卷(到|进).{0,6}(轮|车底|车下)|心梗|心脏病发|大出血|流了好多血|不省人事|触电|(?<!防)溺水|落水(?!管)|掉(进|到)(河|井|江|水)里|掉进.{0,5}井|(?<![杆栓牌桩栏门])被车撞(?![弯斜歪坏断掉倒翻])|叫救护车",
    Danger("property.elevator"): r"(困|关|卡)在.{0,6}(电梯|轿厢)|电梯.{0,8}(困住|困人|关人|困了人|被困|有人困)",
    Danger("utility.power"): r"(电线|高压线|电缆).{0,8}(掉|断|垂).{0,8}(地上|冒火花|带电|打火|触)|漏电.{0,6}(人|伤|麻)",
    Danger(
        "security.fraud"
    ): r"(被骗|骗子|冒充).{0,10}(刚|正|还)(刚|在)?.{0,4}(转|打电话|通话|要我)|刚.{0,4}转(了|账|过去).{0,8}骗",
    Danger("building.illegal"): r"(房子|楼|墙|天花板|阳台|楼板).{0,5}(塌了|倒塌|坍塌|要塌|快塌)",
    Danger("safety.construction"): r"(脚手架|塔吊|吊车|工地).{0,8}(塌了|倒塌|倒了|坍塌|压着人|压到人|砸到人)",
}
_PATTERNS = [(danger, re.compile(pattern)) for danger, pattern in _DANGERS.items()]

# Told, remembered, practised, asked or feared, not happening.
_NO_DANGER = re.compile(
    r"学.{0,2}急救|急救(课|班|培训)|没流血|新闻|电视|电影|小说|听说|据说|演习|演练|培训|讲座|预防|防火|防范|隐患|容易|万一|如果|要是|会不会|怕|担心|以前|去年|上个?月|上(个|周|星期)|前几天|前天|昨天|"
    r"那次|已经(灭|扑灭|处理|找到|好了)|扑灭了|没有(着火|起火)|不是(着火|起火)|差点|险些|保险|证明|补偿|赔偿|怎么办理|怎么申请|如何申请|器材|预案|警报器|(?<!碳)报警器|"
    r"手环|上次|上回|上礼拜|火灾(以?后|之后|警)|(以|之)后|救火.{0,6}还|梦见|故事|赤壁|辣|宣传|急救的|值得买|(着|起)火.{0,4}(怎么|咋|往哪|哪能)|围挡|不是.{0,4}(味|泄漏)|没漏|走失登记|"
    r"打不着火|炭火|怎么跑|往上跑|逃生|谁赔|必修|以为|工伤|(手机|耳机|钥匙|盖板|盖子|东西).{0,4}掉|"
    r"费|表(?!情)|开户|过户|安检|笑死|气死|累死|房价|股票|价格"
)


# A life is at stake: only what is plainly not the writer's own present takes it back.
_NO_SELF_HARM = re.compile(r"新闻|电视|电影|小说|热得|热死|累得|想死你")
# Who was beaten yesterday may be beaten tonight.
_NO_VIOLENCE = re.compile(r"新闻|电视|电影|小说|听说|据说|梦见|故事|宣传|讲座|演|游戏|如果|要是|会不会")
_TAKEN_BACK = {"crisis.self_harm": _NO_SELF_HARM, "security.domestic_violence": _NO_VIOLENCE}

_DENIED = re.compile(
    "没有?(想)?(想不开|做傻事|寻短见|想死|要死|想自杀)|不(是|会)(想不开|想死|自杀|寻死|轻生|做傻事)|not suicidal",
    re.IGNORECASE,
)
_WANTS_SECRECY = re.compile(
    "(不想|不要|不能|不愿意?|别|怕)(再)?(让|被|叫|给|把).{0,10}(知道|发现|晓得|看[到见]|认出|听[到见]|查到|说出去)"
)


def denies_self_harm(text: str) -> bool:
    """Whether somebody says outright that they don't want to die."""
    return bool(_DENIED.search(text))


def wants_secrecy(text: str) -> bool:
    """Whether somebody fears to be known as the one who told, which sounds like despair to a model."""
    return bool(_WANTS_SECRECY.search(text))


def find_danger(text: str) -> Danger | None:
    """The present danger that the words name outright, or None. Thoughts of suicide come first."""
    text = to_characters(text)
    for danger, pattern in _PATTERNS:
        taken_back = _TAKEN_BACK.get(danger.category, _NO_DANGER)
        if danger.self_harm and denies_self_harm(text):
            continue
        if pattern.search(text) and not taken_back.search(text):
            return danger
    return None
