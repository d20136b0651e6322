"""How much of the goods: a number with a unit they are counted or weighed in (三箱, 两斤三两, 2 boxes).

`deploy/training/data/FIELDS.md` says what is counted. Times, people, papers of evidence, sizes (500ml) and words that
only look like a unit (3只要) are no quantities; a lone 一 mostly is an article, see `ones`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from schemas.matching import matches
from workers.text.numerals import Number, number_of, plain
from workers.text.ones import counts_one
from workers.text.places import general_goods

_NOT_AFTER = {
    "个": "月小时星礼工人电客店师钟学季年字钱多半回群问门员顾字",
    "只": "要有能是会剩退给好可不到收赔想用发为换",
    "本": "人月店来身子周日次公",
    "包": "装裹邮退括里换赔修",
    "件": "事套",
    "套": "路餐",
    "对": "面方我不比于他你她待",
    "双": "1十方",
    "提": "货供示前醒出起交",
    "打": "电开折了过包给算得完车不招三四五六七八九",
    "听": "说了到一我是",
    "把": "我他她你钱它人",
    "条": "件评短微信缝街促消",
    "张": "口",
    "台": "阶",
    "部": "分门",
    "份": "额",
    "组": "织",
    "板": "车砖",
    "盒": "马",
    "根": "本据",
    "单": "号独位元位身反",
    "排": "队",
    "克": "服",
    "斤": "",
    "串": "味",
    "车": "间位库牌祸",
    "片": "面区",
    "支": "付持",
    "卷": "入",
    "枚": "",
    "顶": "多",
    "块": "",
}
_MEASURES = (
    *("公斤", "千克", "斤", "克", "吨", "两", "kg", "g"),
    *"箱件袋瓶罐盒包提桶听筐篮捆串卷支枝根条张片粒颗枚只个台部辆套组对双副本册份碗杯盘锅朵株棵坛盆幅样把顶床打板抽块车扇笼屉排",
)
_UNIT = re.compile(
    rf" ?(?:大|小|整)?((?:{'|'.join(_MEASURES)})(?![a-z])"
    r"|(?:small |large |big )?"
    r"(?:(?:box|bottle|bag|pack|packet|carton|case|crate|pallet|piece|portion|jar|can|tin|roll|set|unit)(?:e?s)?)"
    r"(?![a-z]))"
)
_UNIT_STARTS = frozenset("大小整 gkbpcjutrs" + "".join(unit[0] for unit in _MEASURES))
_LIANG_NOT = "天次回周个年下三句人口步位家名点支件盒瓶桶袋只张本份台双条包秒样种边"
_HALF = re.compile(r"半(?!个月|天|小时|年|夜)")
_LIANG = re.compile(r"([一二三四五六七八九\d])(?:两|(?=$|[ ,。!?、;:)])|(?<=[二三四五六七八九])(?=[是的了]))")
_ORDINAL = re.compile(r"(?:第|[/.-]|[\da-z]:|[a-z]|no |公司|号|哪|某)$")
_HEAVY = frozenset(("公斤", "千克", "斤", "克", "吨", "两", "kg", "g"))
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
_GUARANTEE = re.compile(r"三包(?:期|义务|有效|责任|规定|政策|凭证|内)|(?:不予?|履行|享受|国家)三包")
_PRICED = re.compile(r"[\d元块毛蚊角钱十百千万]$|[十百千块][一二三四五六七八九]$")
_HALVED = _HEAVY | frozenset("箱打袋盒瓶罐桶包")
_FIGURE = re.compile(r" ?(?:\d|[二三四五六七八九十](?!两)|[一两]百)|不差|都不")
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
_ENGLISH_NUMBERS = {
    "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10, "eleven": 11,
    "twelve": 12, "a dozen": 12, "fifteen": 15, "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "a hundred": 100,
}  # fmt: skip
_ENGLISH_UNITS = (
    "boxes",
    "bottles",
    "bags",
    "packs",
    "cartons",
    "cases",
    "pallets",
    "pieces",
    "jars",
    "cans",
    "units",
    "pairs",
    "kilos",
    "pounds",
    "portions",
    "packets",
    "tins",
    "crates",
    "rolls",
    "sets",
)
_COMPOUND = "(?:twenty|thirty|forty|fifty)-(?:one|two|three|four|five|six|seven|eight|nine)"
_ENGLISH_COUNT = re.compile(
    rf"(?<![a-z-])({'|'.join(_ENGLISH_NUMBERS)}|{_COMPOUND}) (?:small |large |big )?"
    rf"({'|'.join(_ENGLISH_UNITS)})(?![a-z])"
)
_ENGLISH = re.compile(r"(?:small |large |big )")


@dataclass(frozen=True, slots=True)
class Count:
    """A quantity at a half-open span of the text; `value` is the number in figures with the unit as written."""

    start: int
    end: int
    value: str
    high: str | None
    is_range: bool


def quantity_at(text: str, number: Number) -> Count | None:
    """The quantity that a number of the text is part of; None when it is none."""
    if text[number.end : number.end + 1] not in _UNIT_STARTS or number.end == len(text):
        return None
    if _ORDINAL.search(text[max(0, number.start - 3) : number.start]):
        return None
    unit = _UNIT.match(text, number.end)
    if unit and not number.figures and text[number.end] == " ":
        return None
    if unit is None or _is_another_word(text, unit):
        return None
    return _counted(text, number, unit)


def _is_another_word(text: str, unit: re.Match[str]) -> bool:
    """两个月, 100只要: what stands behind makes another word of the unit; 6个月饼 stays one."""
    after = text[unit.end() : unit.end() + 1]
    return bool(after) and after in _NOT_AFTER.get(unit[1], "") and not text.startswith("月饼", unit.end())


def english_counts(text: str) -> Iterator[Count]:
    """Quantities with the number in English words: two bottles, a dozen eggs."""
    for match in matches(_ENGLISH_COUNT, text, _ENGLISH_UNITS):
        tens, _, ones = match[1].partition("-")
        number = _ENGLISH_NUMBERS[tens] + _ENGLISH_NUMBERS.get(ones, 0)
        yield Count(*match.span(), f"{number} {match[2]}", None, False)


def _counted(text: str, number: Number, unit: re.Match[str]) -> Count | None:
    name, value, stop = unit[1], number.value, unit.end()
    if name == "两" and (number.high or text.startswith(tuple(_LIANG_NOT), stop)):
        return None
    if not value or _is_said_otherwise(text, number, unit) or not _is_of_goods(text, number, name, stop):
        return None
    if name in {"斤", "两", "公斤", "千克", "箱", "盒", "袋"} and not number.is_range:
        if half := _HALF.match(text, stop):
            value, stop = value + Decimal("0.5"), half.end()
        elif name in {"斤", "两", "公斤"} and (rest := _LIANG.match(text, stop)):
            value, stop = value + (number_of(rest[1]) or Decimal(0)) / 10, rest.end()
    name = _ENGLISH.sub("", name)
    high = f"{plain(number.high)}{name}" if number.high is not None else None
    gap = " " if name.isascii() and name not in _HEAVY else ""
    return Count(number.start, stop, f"{plain(value)}{gap}{name}", high, number.is_range)


def _is_said_otherwise(text: str, number: Number, unit: re.Match[str]) -> bool:
    """一瓶一瓶地, 8块一斤, 三包义务: words in which nothing is counted."""
    surface = text[number.start : unit.end()]
    if surface == "三包":
        return bool(_GUARANTEE.search(text[max(0, number.start - 4) : unit.end() + 3]))
    if number.value != 1 or number.figures or number.high is not None:
        return number.value < 1 and unit[1] not in _HALVED
    if unit[1] in _HEAVY and _FIGURE.match(text, unit.end()):
        return True
    before = text[max(0, number.start - 2) : number.start]
    return text.startswith(surface, unit.end()) or before == surface or bool(_PRICED.search(before))


def _is_of_goods(text: str, number: Number, name: str, stop: int) -> bool:
    """Whether a unit counts goods here: packs and weights nearly always do, 个 and 件 only where goods change hands."""
    before = text[max(0, number.start - 8) : number.start]
    if name == "g" and (number.value < _FEWEST_GRAMS or _STORED.match(text, stop) or _STORAGE.search(before)):
        return False  # 5G is a network, 32G a memory
    if name in _HEAVY or name.isascii():
        return not (_OF_A_BODY.search(before) or _is_a_body(text, number, before, stop))
    if _is_no_thing(text, number, name, stop):
        return False
    if _NO_GOODS.match(text, stop) and (name == "个" or not _GOODS_TOO.match(text, stop)):
        return False
    if number.value <= 1 and number.high is None and not number.figures:
        goods = _names_goods(text, number.start, stop)
        return bool(_HALF.match(text, stop)) or counts_one(text, number.start, stop, name, names_goods=goods)
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
