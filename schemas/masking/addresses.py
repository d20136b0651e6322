"""Finds addresses below the district: street and house number, estate and block, village, room, and in English.

Chinese is read backwards from the house number: `…路123弄4号5室`, `…小区3栋2单元501`, `…村12组`. A lone number
with 号 is none (3号收银台, 12号买的), and a street without number is none (中山路店).
"""

import re
from collections.abc import Iterator
from string import ascii_lowercase

from schemas.masking.contact import HIDDEN
from schemas.masking.finding import Finding, Reading
from schemas.matching import matches

_HAN = "\u3400-\u9fff"
_COUNT = r"[\da-z一二三四五六七八九十百零〇]{1,6}(?:-\d{1,5})?"
_PIECE = rf"(?:{_COUNT} ?(?:号楼|号院|号|支弄|弄|巷|栋|幢|座|单元|层|楼|室|房|户|组|队|门))"
_STREET = r"(?:大道|大街|胡同|公路|路|街|道|巷|弄|里)(?:[东西南北中]段?)?"
_ESTATE = (
    r"(?:小区|社区|花园|公寓|大厦|新村|家园|苑|嘉园|山庄|别墅|广场|宿舍|家属院|大院|雅居|华庭|名邸|公馆|庄园|村|屯|寨)"
)
_INNER = rf"(?:{_COUNT} ?(?:号楼|栋|幢|单元|室))"
_GAP = "[ ,-]{0,2}"
_NAMED_HOUSE = rf"{_GAP}[{_HAN}a-z]{{1,10}}?(?:{_ESTATE}|中心|商场|工业区|邨|阁|轩|城|楼|座)(?=[ ,]?{_COUNT})"
_REST = rf"(?:{_GAP}{_PIECE}|{_NAMED_HOUSE}|{_GAP}\d{{1,5}}[a-z]?(?![\d元块件%.]))"
_CHAIN = re.compile(
    rf"{_STREET}[ ,]?{_PIECE}{_REST}{{0,8}}"
    rf"|{_ESTATE}[ ,]?{_PIECE}{_REST}{{0,8}}"
    rf"|{_INNER}(?:[ ,-]?{_PIECE}){{1,5}}(?:[ -]?\d{{2,5}}(?!\d))?"
    rf"|{_INNER}[ ,-]?\d{{3,5}}(?![\d元块])"
    rf"|(?:镇|乡|街道)[{_HAN}]{{1,8}}?(?:村|社区|居委会){_REST}{{0,8}}"
)
_DISTRICT = r"(?:省|市|自治区|(?<![小社])区|县|旗)"
_BELOW_DISTRICT = re.compile(
    rf"{_DISTRICT}([{_HAN}\d]{{0,16}}?(?:(?:大道|大街|胡同|公路|路|街|弄){_REST}"
    rf"|镇[{_HAN}]{{1,8}}(?:村|街|路)|(?:街道|乡|镇)(?=[{_HAN}\d]*(?:村|组|号))))"
)
_LAST_DISTRICT = re.compile(rf".*{_DISTRICT}")
_LABELLED = re.compile(
    r"(?:(?:收货|家庭|联系|寄件|收件|邮寄|通讯)?(?:地址|住址)|\baddress) ?[:是为] ?([^,;。!?\n*]{2,80})", re.IGNORECASE
)
_LIVING = re.compile(r"(?:家住|我住在?|住在)([^,;。!?\n*]{4,60})")
_HOME = re.compile(rf"{_ESTATE}|(?:大道|大街|胡同|路|街|弄)|\d+ ?(?:号|栋|幢|室)|镇|乡|街道")
_INDOORS = r"room|rm|flat|unit|apt|apartment|suite|floor|block|building|bldg"
_INDOOR_NUMBER = rf"(?:(?<![a-z0-9])(?:{_INDOORS}|no)[.:]? ?#?[a-z]?\d[\da-z-]{{0,6}}|(?<!\d)\d{{1,3}}/f\b)"
_ENGLISH = re.compile(
    rf"(?:{_INDOOR_NUMBER}, ?){{0,5}}"
    r"(?:(?<![a-z0-9])(?:no\.? ?)?\d{1,5}[a-z]?(?:/f)?,? (?:[a-z]{1,20}\.? ){1,4}|(?<=, )(?:[a-z]{2,20}\.? ){1,4})"
    r"(?:street|st|road|rd|avenue|ave|lane|drive|boulevard|blvd|court|terrace)(?![a-z])"
    rf"(?:\.?,? ?{_INDOOR_NUMBER}){{0,2}}"
    r"|(?<![a-z])p\.? ?o\.? ?box \d+"
    rf"|{_INDOOR_NUMBER}(?:(?:, ?| ){_INDOOR_NUMBER}){{1,5}}"
)
_A_SPAN_OF_TIME = re.compile(r"\d+ (?:days?|hours?|weeks?|minutes?|months?|times?|pcs|items?|yuan|rmb)\b")
_LABEL_SIGNS = ("地址", "住址", "address")
_CHAIN_SIGNS = (*"号弄巷栋幢座层楼室房户组队门镇乡", "单元", "街道")
_DISTRICT_SIGNS = "省市区县旗"
_STOPS = frozenset("省市区县旗在住到从是寄送址于至给往我你您他她的了:,;。!?、.()*\n\t ")
_LEFT = 10


def find(reading: Reading) -> Iterator[Finding]:
    """Yield what is below the district; province, city and district stay for whoever must judge the place."""
    last = -2
    begun = 0
    for start, end in sorted(span for span in _spans(reading.plain) if span[0] < span[1]):
        if start > last + 1:
            if last > 0:
                yield Finding(begun, last, "address", HIDDEN)
            begun, last = start, end
        last = max(last, end)
    if last > 0:
        yield Finding(begun, last, "address", HIDDEN)


def _spans(text: str) -> Iterator[tuple[int, int]]:
    for match in matches(_LABELLED, text, _LABEL_SIGNS):
        yield _from_district(match, 1)
    for match in matches(_LIVING, text, ("住",)):
        if _HOME.search(match[1]):
            yield _from_district(match, 1)
    for match in matches(_CHAIN, text, _CHAIN_SIGNS):
        yield _beginning(text, match.start()), match.end()
    for match in matches(_BELOW_DISTRICT, text, _DISTRICT_SIGNS):
        yield _from_district(match, 1)
    for match in matches(_ENGLISH, text, ascii_lowercase):
        if not _A_SPAN_OF_TIME.search(match[0]):
            yield match.span()


def _from_district(match: re.Match[str], group: int) -> tuple[int, int]:
    """The span of the group without province, city and district at its beginning."""
    above = _LAST_DISTRICT.match(match[group])
    return match.start(group) + (above.end() if above else 0), match.end(group)


def _beginning(text: str, marker: int) -> int:
    """Where the street or estate before the marker begins: after the district, a small word or a stop."""
    start = marker
    while start > 0 and marker - start < _LEFT and text[start - 1] not in _STOPS:
        start -= 1
    return start
