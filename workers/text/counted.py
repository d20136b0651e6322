"""Whether a counted number counts goods: not people, papers of evidence, lifts, teeth, words, or somebody's weight."""

import re

from workers.text.numerals import Number
from workers.text.ones import counts_one
from workers.text.places import general_goods

HALF = re.compile(r"半(?!个月|天|小时|年|夜)")
HEAVY = frozenset(("公斤", "千克", "斤", "克", "吨", "两", "kg", "g"))
_OF_A_BODY = re.compile(
    r"(?:[体承载]重|胖了|瘦了|他有|她有|我有|能坐|可以坐|误差|净含量|规格|克重|含量|[*x×/])(?:是|不到|到|约)?$"
)
_LOOSE = frozenset("条部样幅听辆")
_FEWEST_GRAMS = 10
_FEWEST_OF_A_BODY = 40
_BODY = re.compile(r"(?:我|俺|他|她|妈|爸|孩子|老公|老婆|男朋友|女朋友|本人)(?:才|就|也)?$")
_GOT = re.compile(
    r"(?:买|购|订|拿|要|退|换|送|发|收|少|缺|差|漏|坏|碎|剩|吃|喝|开|拆|囤|点|存|寄|装|压|抠出?|翻出|找到|补|得|卖|共|其中|只到|各|凑|加|用"
    r"|放|端|给|下单|破|死|烂|丢|欠|借|箱|盒|袋|包|我们?订|到货|采购|需要?|是|写|标|约|大约|合计|总共|掉|出来|断|拎|扛|搬|带|做|赔|赠|领|抢|数|黑心|扔|攒|成)"
    r"(?:了|到|过|的|我|你|俺|来|走|出|给|还|回|下|成|上|去|进|错|只|就|整整|足足|不到|将近|至少|最多|其中|有)*$"
)
_NO_GOODS = re.compile(
    r"(?:多|个|大|小|新|老)?(?:人|客服|店|师傅|员工|店员|服务员|孩子|小孩|娃|同事|朋友|老人|老爷|警察|短信|电话|信息|消息|促销|通知|照片|截图|小票|收据|凭证|聊天|视频|手|脚|眼|腿"
    r"|答案|物种|村|[亮暗坏]点|地方|事|公里|物业|包间|字|数|点(?!心)|说法|理由|问题|地址|快递|柜|收银|自助|app|礼拜|客梯|电梯|车|机器|顾客|晚上|红包|猫|狗|护士|医生|门(?![板把垫帘])|窗|摄像头|微信|条款|规定|评论"
    r"|差评|好评|意见|建议|投诉|命|工单|公司|分公司|兄弟|坑|位|角|头|月(?!饼)|小时|钟|星期|工作日|段位|选项|按钮|方案|推销|扬声器|汉字|笔画|价|温度|菜市|过路|女|男|服|同学"
    r"|姑娘|小年轻|夫妻|情侣|阿姨|大爷|大姐|楼|层|口|场|网|区|市|省|学|班|家|国|部门|渠道|平台|号|账|链接|页|步|阶段|版本|功能|条件|原因|环节|流程|镜片|度|色)"
)
_STORED = re.compile(r" ?(?:b|口|内存|流量|显存|硬盘|存储|套餐|的?u盘|变)")
_STORAGE = re.compile(r"(?:内存|流量|存储|容量|硬盘|显存|网络|\dg变)[^,。]{0,4}$")
_THING = re.compile(
    r"里头?面?(?!\w{0,4}人)[\w,]{0,3}[一二两三四五六七八九十\d]|(?:都是?|全|有|是)?(?:坏|烂|裂|碎|破|瘪|臭|发霉|发黑|长毛|压烂|空的|黑的)"
    r"|(?:空|破|烂|坏|旧|新|大|小|玻璃)?(?:包裹|盒|瓶|袋|杯|碗|桶|罐|箱|坛|蛋|菜(?!市)|布袋|开关|螺丝|轮子|饼|果|月饼)"
)
_PAPERS = frozenset("张份条页")
_GOODS_TOO = re.compile(
    r"手(?:术[帽衣]|机(?!号)|套|电筒|环|表|链|霜|提袋|帕)|眼(?:镜|霜|影|线|药|罩)|字(?:典|帖|画)|猫(?:砂|粮|罐|条|窝|抓板)|狗(?:粮|罐|绳)"
    r"|腿肉|门(?:板|把|垫|帘)|灯"
)
_LONG_GOODS = re.compile(r"(?:轮?胎|.?裤|.?毛巾|.?鱼|.?烟|.?被|围巾|皮带|.?裙|床单|项链|手链)")
_FIXED = re.compile(
    r"(?:电梯|直梯|扶梯|充电桩|厕|坑位?|隔间|龙头|座位|手掌|收银|结[账帐]|缴费机|自助机|窗口|通道|车位)[^。!?\n]{0,10}$"
)
_FIXTURES = frozenset("台部辆个")
_OF_A_PERSON = re.compile(r"(?:牙|头发|长发|[眉汗睫]?毛|员|本人)[^,。]{0,3}$")
_GROWN = frozenset("颗根枚")
_OF_PAPER = re.compile(
    r"(?:照片|截图|图片|凭证|记录|证据|小票|收据|发票|视频|单据|病历|意见|评论|短信|工单|报修单|价签|拍|影|好评|差评|报告)[^,。;\n]{0,6}$"
)


def counts_goods(text: str, number: Number, name: str, stop: int) -> bool:
    """Whether a unit counts goods here: packs and weights nearly always do, 个 and 件 only where goods change hands."""
    before = text[max(0, number.start - 8) : number.start]
    if name == "g" and (number.value < _FEWEST_GRAMS or _STORED.match(text, stop) or _STORAGE.search(before)):
        return False  # 5G is a network, 32G a memory
    if name in HEAVY or name.isascii():
        return not (_OF_A_BODY.search(before) or _is_a_body(text, number, before, stop))
    if _is_no_thing(text, number, name, stop):
        return False
    if _NO_GOODS.match(text, stop) and (name == "个" or not _GOODS_TOO.match(text, stop)):
        return False
    if number.value <= 1 and number.high is None and not number.figures:
        goods = _names_goods(text, number.start, stop)
        return bool(HALF.match(text, stop)) or counts_one(text, number.start, stop, name, names_goods=goods)
    if name == "个" or name in _LOOSE:
        is_thing = (_THING if name == "个" else _LONG_GOODS).match(text, stop) is not None
        return is_thing or bool(_GOT.search(before)) or _names_goods(text, number.start, stop)
    return True


def _is_a_body(text: str, number: Number, before: str, stop: int) -> bool:
    """我一百四十斤 weighs somebody, 我六十斤的米 goods."""
    return number.value >= _FEWEST_OF_A_BODY and bool(_BODY.search(before)) and not text.startswith("的", stop)


def _is_no_thing(text: str, number: Number, name: str, stop: int) -> bool:
    """Papers of evidence, lifts and tills, teeth and hairs, people and stars: counted, but no goods."""
    before = text[max(0, number.start - 12) : number.start]
    if name in _PAPERS:
        return bool(_OF_PAPER.search(before)) or (name == "张" and text.startswith("单", stop))
    if name in _FIXTURES:
        return bool(_FIXED.search(before)) or text.startswith(("直梯", "扶梯", "收银", "车"), stop)
    return name in _GROWN and (bool(_OF_A_PERSON.search(before)) or text.startswith(("星", "牙"), stop))


def _names_goods(text: str, start: int, stop: int) -> bool:
    """Whether goods stand right before or behind a counted number: 鸡蛋六个, 两个插座."""
    before = text[max(0, start - 5) : start]
    return any(begin == 0 for _, begin, _ in general_goods().find(text[stop : stop + 6])) or any(
        end == len(before) for _, _, end in general_goods().find(before)
    )
