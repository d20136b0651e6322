"""Numbers that are names: order, batch, referral and tracking numbers, told apart by the word in front of them.

A number without such a word is none of them, except a parcel number that begins as its carrier's do. Those shapes
(SF + 12 to 15 digits, YT, ZT, JT, JD, STO, YD + 10 to 16, two letters + 9 digits + two letters of the postal union)
are from the carriers' usual parcel labels, unconfirmed by a published specification except the last (UPU S10).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import islice

from schemas.matching import matches

_LABELS = {
    "order_no": (
        r"订单(?:编号|号码|号)?|定单号?|(?<![运快递流工面账])单(?:子)?(?:号码|号)|单子|交易单?号|采购单号?|预[订定]单号?|合同(?:编)?号"
        r"|那个单|全号"
        r"|(?:服务|售后|报价|签收)单?号?|(?:收据|小票)(?:编)?号码?"
        r"|(?<![a-z])(?:order|purchase order|po)(?: ?(?:number|num|no\.?|id|ref(?:erence)?))?(?![a-z])"
    ),
    "batch_no": r"(?:生产)?批号|批次(?:编?号)?|[该同这本此]批次?货?"
    r"|(?<![a-z])(?:lot|batch)(?: ?(?:number|no\.?|code))?(?![a-z])",
    "tracking_no": (
        r"(?:快递|运|物流|货运|面|包裹|追踪|配送|托运|快件)(?:单号|单|号码|号|编号)"
        r"|(?:快递|物流|包裹|快件)(?= ?$)"
        r"|(?:顺丰|中通|圆通|韵达|申通|极兔|百世|德邦|京东快递|ems|邮政)(?:快递)?(?:单号|单|号)?"
        r"|(?<![a-z])(?:tracking|parcel|waybill|shipment)(?: ?(?:number|no\.?|id|code))?(?![a-z])"
    ),
    "referral_no": (
        r"(?:工单|登记|转办|受理|投诉|举报|交办|诉求|信访|案件|来件|承办|事项|督办|回执|查询|热线|来电|立案|申诉|维权|调解|协查|派单|消协|消保"
        r"|12345|12315|报修|维修|保修)(?:的|件|单|函|工单)?(?:编号|编码|号码|号|单号|单|码)|报修|工单|案号|档号|档案编号|文号|函号"
        r"|(?<![a-z])(?:case|referral|reference|ref|complaint|ticket|job)(?: ?(?:number|no\.?|id))?(?![a-z])"
    ),
    "numbered": r"(?<![告书证样头])编号",
    "": (
        r"(?:产品|商品|会员|员工|设备|房间|座位|门店)编号|会员(?:卡)?号?|卡号|账号|序列号|机身号|发票(?:号码|号)?|税号|型号|货号|款号|条码|房号|邮编|密码|验证码|qq号?|微信号?|车牌号?|工号|编码"
        r"|身份证(?:号码|号)?|证件号?|手机号?码?|电话(?:号码)?|号码|积分|尾号|热线|(?<![a-z])(?:sn|s/n|imei|model|invoice|phone|tel|mobile)(?![a-z])"
    ),
}
_GROUPS = {f"k{index}": name for index, name in enumerate(_LABELS)}
_LABEL = re.compile("|".join(f"(?P<{group}>{_LABELS[name]})" for group, name in _GROUPS.items()))
_GLUE = re.compile(
    r"(?:[ :#=\n(（【\[“\"'.,、-]|是|为|就是|应该是|显示|写的?|我念|念|[你您]记(?:一下)?|记"
    r"|啊|呢|呃|嗯|哦|的|那个|编号|号码|是不是"
    r"|no\.?|is|was|我|给你|报一下|一下|如下|号){0,8}"
)
_CODE = re.compile(r"[a-z0-9][a-z0-9_/-]*+")
_PAUSES = frozenset(" ,、.。-")
_MORE = re.compile(
    r"[ ,、.。-]{1,2}(?:嗯|啊|呃|那个|然后|是|对|诶|哦|后面是?|再|还有)?[ ,、]?(\d++)(?![a-z年月日号元块.]|,\d)"
)
_CARRIER = re.compile(r"(?:sf\d{12,15}|(?:yt|zt|jt|jd|sto|yd|dpk|best)[a-z]{0,2}\d{10,16}|e[a-z]\d{9}cn)(?![a-z0-9])")
_COURT = re.compile(
    r"[(〔\[]20\d\d[)〕\]](?:[\u3400-\u9fff\d]{1,8}第|[\u3400-\u9fff]\d{0,4}[\u3400-\u9fff]{1,4})\d{1,7}号"
)
_DOCUMENT = re.compile(r"[\w\u3400-\u9fff]{1,6}[〔\[(]20\d\d[〕\])]第?\d{1,7}号")
_BACK = 26
_LOOSE = re.compile(r"[^\d]{0,12}")
_SERIES = re.compile(r"[:是为 ]{0,2}([\u3400-\u9fff]{1,4})")
_SPELT = re.compile(r"(?<![a-z])(?:[a-z] ){1,4}$")
_LETTERS = re.compile(r"(?<![a-z])(?:[a-z] ?){1,4}$")
_LIST = re.compile(r" ?(?:、|,|和|及|与|跟|and|&|/) ?")
_MOBILE = re.compile(r"1[3-9]\d{9}")
_BARE_LABEL = frozenset(("单号", "单子", "单子号"))
_SENT = re.compile(
    r"快递|物流|货到|包裹|宅配|派送|派件|配送|送达|送货|寄|驿站|运费|顺丰|通快|收回|退回|投递|取件|代收|骑手|到哪|没收到|放[咗了]去|签收"
    r"|分拨|中转|揽收|快递柜|丰巢|菜鸟"
)
_BOUGHT = re.compile(r"订单|下单|下的单|订[的了购]|预[订定]|小票|付款|退款|退钱|推[钱款]|换货|发货|没发")
_REPAIRED = re.compile(r"报修|维修|修[了过]?[一两二三四\d]?[次回]|上门修|来修|工单|登记")
_AUTHORITY = re.compile(
    r"诉求|市民|热线|消委|消协|监管|工商|市长|政府|来电|消费者|投诉人|申诉人|群众|居民|(?<![a-z\d])123[41]5(?!\d)|本会|本府|我局|我会|消保|复函|书面答复"
)
_CASE = re.compile(r"投诉|举报|撤诉|撤案|撤销|撤回|诉求|立案|受理")
_TOLD = {"order_no": _BOUGHT, "tracking_no": _SENT, "referral_no": _REPAIRED}
_NO_DOCUMENT = re.compile(r"根据|依据|公告|令|法|条例|国发|[民刑行]初?字|[民刑行]初")
_DOCUMENT_WORDS = re.compile(r"^(?:.*编号为?|.*注明|号|为|文号|案号)")
_COMPLAINED = re.compile(r"(?:投诉|反映|举报)[^,。]{0,12}$")
_PARCEL = re.compile(r"(?:7[3-9]|4[36]|98)\d{10,13}")
_DATED = re.compile(r"[a-z]{0,4}-?20[23]\d(?:0[1-9]|1[0-2])")
_LONG_FIGURES = 8
_SHORT = 5
_MOST_CODES = 300
_BATCH_SIGNS = frozenset("批lb")
_FEWEST = {"order_no": 6, "batch_no": 3, "tracking_no": 8, "referral_no": 5}
_MOST = 40


@dataclass(frozen=True, slots=True)
class Named:
    """A number under its field's name at a half-open span of the text."""

    field: str
    start: int
    end: int


class _Page:
    """A text with its digits as figures, and whether an authority writes or is written of."""

    def __init__(self, text: str, digits: str) -> None:
        self.text = text
        self.digits = digits

    @cached_property
    def names_authority(self) -> bool:
        return _AUTHORITY.search(self.digits) is not None

    @cached_property
    def is_of_a_case(self) -> bool:
        """Whether an authority writes or is written of, or a complaint is."""
        return self.names_authority or _CASE.search(self.text) is not None


def identifiers(text: str, digits: str) -> Iterator[Named]:
    """Every number whose name is told, from left to right. `digits`: the text with spoken digits as figures."""
    last: Named | None = None
    page = _Page(text, digits)
    for code in islice(_CODE.finditer(digits), _MOST_CODES):
        start, stop = code.start(), code.start() + len(code[0].rstrip("-_/"))
        if stop - start > _MOST or (last and start < last.end) or code[0].isalpha():
            continue
        if stop - start < _SHORT and not _may_be_short(text, digits, start, stop):
            continue
        found = _named(page, start, stop, last)
        if found is None:
            continue
        if last and not _begins_again(digits, last, found):
            yield last
        last = found
    if last:
        yield last
    yield from _documents(text)


def _may_be_short(text: str, digits: str, start: int, stop: int) -> bool:
    """Whether a short number has a word of a batch before it, or more digits behind a blank or a pause."""
    if not _BATCH_SIGNS.isdisjoint(text[max(0, start - _BACK) : start]):
        return True
    is_inside = start > 1 and digits[start - 1] in _PAUSES and digits[start - 2].isdecimal()
    return not is_inside and digits[stop : stop + 1] in _PAUSES and _MORE.match(digits, stop) is not None


def _begins_again(digits: str, before: Named, after: Named) -> bool:
    """Whether a speaker broke off and said the number once more from its beginning."""
    said, again = digits[before.start : before.end], digits[after.start : after.end]
    return after.field == before.field and after.start - before.end < _BACK and again.startswith(said) and said != again


def _documents(text: str) -> Iterator[Named]:
    """Numbers of authorities' papers: 消保转〔2026〕418号, 编号TS-88213."""
    if "号" not in text or not ("编号" in text or "〔" in text or "[20" in text or "(20" in text):
        return
    for match in _DOCUMENT.finditer(text):
        if not _NO_DOCUMENT.search(text[max(0, match.start() - 4) : match.end()]):
            words = _DOCUMENT_WORDS.match(match[0])
            yield Named("referral_no", match.start() + (words.end() if words else 0), match.end())
    for match in matches(_COURT, text, "号"):
        yield Named("referral_no", *match.span())


def _named(page: _Page, start: int, stop: int, last: Named | None) -> Named | None:
    text, digits = page.text, page.digits
    code = digits[start:stop]
    spelt = _SPELT.search(text, max(0, start - _BACK), start)
    start = spelt.start() if spelt else start
    label = _label(text, digits, start, stop)
    if label is None:
        if last and _LIST.fullmatch(text, last.end, start) and _alike(digits[last.start : last.end], code):
            return Named(last.field, start, stop)
        if (
            last
            and digits[start:stop].startswith(digits[last.start : last.end])
            and stop - start > last.end - last.start
        ):
            return Named(last.field, start, stop) if start - last.end < _BACK else None
        return Named("tracking_no", start, stop) if _CARRIER.fullmatch(code) else None
    field, begin, label_end = label
    if not field or _is_other(digits, stop):
        return None
    letters = _LETTERS.search(text, label_end, start)
    start, stop = letters.start() if letters else start, _with_more(text, digits, start, stop)
    written = digits[start:stop]
    if field == "numbered":
        if not page.is_of_a_case:
            return None
        field, start = "referral_no", _with_series(text, label_end, start)
    if field == "order_no" and text[begin:label_end] in _BARE_LABEL:
        field = _by_context(written, digits[max(0, begin - 60) : begin], text[stop : stop + 30])
    figures = sum(map(str.isdigit, written))
    if sum(map(str.isalnum, written)) < _FEWEST[field] or figures < min(4, _FEWEST[field] - 1):
        return None
    return Named(field, start, stop)


def _with_series(text: str, label_end: int, start: int) -> int:
    """The begin of a number with the characters of its series: 编号消投2026-3390."""
    series = _SERIES.fullmatch(text, label_end, start)
    return series.start(1) if series else start


def _alike(one: str, other: str) -> bool:
    return len(one) == len(other) and one[:1].isdigit() == other[:1].isdigit()


def _by_context(code: str, before: str, after: str) -> str:
    """What a bare 单号 numbers: an authority's or a repairer's job, a parcel on its way, else an order.

    Of several words around it the one told last before it counts, and what is told behind it only where none is.
    """
    if _AUTHORITY.search(before) or _COMPLAINED.search(before):
        return "referral_no"
    if _CARRIER.fullmatch(code) or _PARCEL.fullmatch(code):
        return "tracking_no"
    if _DATED.match(code):
        return "order_no"
    told = {name: _last(words, before) for name, words in _TOLD.items()}
    name = max(told, key=lambda one: told[one])
    if told[name] >= 0:
        return name
    return "tracking_no" if _SENT.search(after) else "order_no"


def _last(words: re.Pattern[str], text: str) -> int:
    """Where the last of some words begins; -1 without one."""
    return max((match.start() for match in words.finditer(text)), default=-1)


def _label(text: str, digits: str, start: int, stop: int) -> tuple[str, int, int] | None:
    """The nearest word of a label in front of a number, with only small words between: field, begin, end.

    Long numbers may stand a few words further off, unless they look like a mobile's.
    """
    first = max(0, start - _BACK)
    last = None
    for last in _LABEL.finditer(text, first, start):  # noqa: B007  (the last one is wanted)
        pass
    if last is None:
        return None
    field = _GROUPS[last.lastgroup or ""]
    if not _GLUE.fullmatch(text, last.end(), start):
        figures = "".join(filter(str.isdigit, digits[start:stop]))
        is_long = len(figures) >= _LONG_FIGURES and not _MOBILE.match(figures)
        if not (field and is_long and _LOOSE.fullmatch(text, last.end(), start)):
            return None
    return field, last.start(), last.end()


def _is_other(digits: str, stop: int) -> bool:
    """Whether a unit or a date stands behind the number."""
    return digits[stop : stop + 1] in {"月", "年", "日", "元", "块", "箱", "件", "个", "天", "岁", "点", "%"}


def _with_more(text: str, digits: str, start: int, stop: int) -> int:
    """The end of a number that goes on after a blank or a pause: 2026 1122 0003."""
    spoken = text[start:stop] != digits[start:stop]
    group = stop - start
    while stop - start < _MOST and (more := _MORE.match(digits, stop)):
        in_groups = 3 <= group <= 6 and 2 <= len(more[1]) <= 6
        if not spoken and not in_groups and not group == len(more[1]) == 1:
            break
        group = len(more[1])
        stop = more.end()
    return stop
