"""Bytes to text for mail: what the label says where it can be believed, what the bytes say otherwise.

Python's own handling loses Chinese mail: `gb2312` is what old clients call GBK, `x-gbk` and `gb_2312-80` are no
codecs at all, and guessing libraries take a GBK sentence for Korean. Order: declared (mapped), UTF-8, then GB 18030
against Big5-HKSCS by what the text looks like in each.
"""

import base64
import codecs
import re
from dataclasses import dataclass

from schemas.base import REPLACEMENT

_GB18030 = ("gb2312", "gbk", "cp936", "ms936", "windows-936", "x-gbk", "gb_2312-80", "gb2312-80", "euc-cn", "euccn",
            "x-euc-cn", "chinese", "csgb2312", "csiso58gb231280", "iso-ir-58", "gb18030-2000", "gb18030")  # fmt: skip
_BIG5 = ("big5", "big-5", "cn-big5", "csbig5", "x-x-big5", "big5-hkscs", "big5hkscs", "cp950", "windows-950", "x-big5")
_NO_LABEL = ("unknown-8bit", "unknown", "x-unknown", "default", "8bit", "binary", "none", "null", "ansi", "",
             "iso-2022-cn", "us-ascii", "ascii", "ansi_x3.4-1968", "646")  # fmt: skip
MAPPED = (
    dict.fromkeys(_GB18030, "gb18030")
    | dict.fromkeys(_BIG5, "big5hkscs")
    | dict.fromkeys(_NO_LABEL, None)
    | {"utf8mb4": "utf-8", "utf8": "utf-8", "unicode-1-1-utf-8": "utf-8", "unicode": "utf-16", "hz-gb-2312": "hz"}
    | {"shift_jis": "cp932", "shift-jis": "cp932", "sjis": "cp932", "x-sjis": "cp932", "iso-8859-1": "cp1252"}
    | {"latin1": "cp1252", "ks_c_5601-1987": "cp949", "euc-kr": "cp949", "iso-2022-jp": "iso2022_jp_ext"}
    | {"cp-850": "cp850", "x-mac-chinesesimp": "gb18030", "x-mac-chinesetrad": "big5hkscs", "utf-7": "utf-7"}
)
"""Label in lower case → Python codec; None where the label says nothing about the bytes."""

_DEFAULT_OF_BROKEN_CLIENTS = frozenset({"cp1252", "iso8859-1", "iso8859-15"})
"""Labels that clients put on anything: believed only when the bytes read as Chinese in no Chinese codec."""
_NOT_FOR_MAIL = ("escape", "idna", "punycode", "undefined", "mbcs", "oem")
_SAMPLE_CHARS = 4_000
_CHINESE = ("gb18030", "big5hkscs")
_FREQUENT = frozenset(
    "的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过发后作里用道行所然家种事成方多经么去法学如都同现当没动"
    "面起看定天分还进好小部其些主样理心本前开但因只从想实日军者意无力它与长把机十民第公此已工使情明性知全三又关点正业外将两高间由问很最重并物手应战"
    "這個們來為國說時對過發後裡麼學當沒動還進樣開從實無與長機關點業將兩間問買賣貨單訂客戶購電話請謝購退換錢費商品質壞處理投訴服務店員態度網號碼聯絡"
    "买卖货单订客户购电话请谢退换钱费商品质坏处理投诉服务店员态度差网号码联系您好吗呢快递收物流超市门过期变质发票申东西让给什怎为何希望尽快解决回复已"
)
_FIRST_LEVEL = frozenset(
    b"".join(bytes((row, cell)) for row in range(0xB0, 0xD8) for cell in range(0xA1, 0xFF)).decode("gb2312", "ignore")
    + b"".join(
        bytes((row, cell)) for row in range(0xA4, 0xC6) for cell in (*range(0x40, 0x7F), *range(0xA1, 0xFF))
    ).decode("big5", "ignore")
)
"""The Han that people use: level 1 of GB 2312 (3,755) and of Big5 (5,401)."""
_PUNCTUATION = re.compile("[\u00a0-\u00ff\u2000-\u2fff\u3000-\u303f\uff00-\uffef\U0001f000-\U0001faff]")
_SURROGATE = re.compile(rb"\xed[\xa0-\xbf][\x80-\xbf]")
_ISO2022_CN = re.compile(rb"\x0e([^\x0e\x0f\r\n]*)\x0f?")
_RUN_OF_HIGH_BYTES = re.compile(rb"[\x81-\xfe]{2}")
_BASE64 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_NOT_BASE64 = bytes(set(range(256)) - set(_BASE64))
_ISO2022_JP = (b"\x1b$B", b"\x1b$@", b"\x1b(J")


@dataclass(frozen=True, slots=True)
class Decoded:
    """Text with the codec that made it. `certain` is False when the bytes did not follow their label."""

    text: str
    codec: str
    certain: bool


def decode(data: bytes, declared: str | None = None) -> Decoded:
    """Read bytes whose charset is declared, wrongly declared or not declared. Never raises, linear in the length."""
    for mark, marked in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if data.startswith(mark):
            return Decoded(data.decode(marked, "replace"), marked, True)
    codec = _codec(declared)
    text = _strict(data, codec) if codec is not None and codec not in _CHINESE else None
    if codec is not None and text is not None and _plausible(data, codec):
        return Decoded(text, codec, True)
    return _read_ascii(data, codec) if data.isascii() and 0 not in data else _compare(data, codec)


def decode_header_bytes(data: bytes) -> str:
    """Read a raw header value: ASCII as a rule, UTF-8 (RFC 6532), or 8-bit bytes of an old client."""
    return data.decode("ascii") if data.isascii() else decode(data).text


def _codec(label: str | None) -> str | None:
    if label is None:
        return None
    name = label.strip().strip("\"'").lower().split("*", 1)[0][:40]
    if name in MAPPED:
        return MAPPED[name]
    try:
        info = codecs.lookup(name)
    except (LookupError, ValueError):
        return None
    # Python has codecs that run code points through or take quadratic time; bytes-to-bytes ones raise LookupError.
    return None if any(part in info.name for part in _NOT_FOR_MAIL) else info.name


def _strict(data: bytes, codec: str) -> str | None:
    try:
        return data.decode(codec)
    except (UnicodeError, ValueError, LookupError, OverflowError):
        return None


def _plausible(data: bytes, codec: str) -> bool:
    """Whether a label that is not Chinese fits; some are put on anything."""
    if codec.startswith(("utf-16", "utf-32")):
        return 0 in data or _strict(data, "utf-8") is None
    if codec in _DEFAULT_OF_BROKEN_CLIENTS:
        return (data.isascii() and b"~{" not in data) or not _reads_as_chinese(data)
    return True


def _reads_as_chinese(data: bytes) -> bool:
    if _strict(data, "utf-8") is not None:
        return True
    return bool(_RUN_OF_HIGH_BYTES.search(data)) and max(_likeness(data.decode(c, "replace")) for c in _CHINESE) > 0


def _read_ascii(data: bytes, codec: str | None) -> Decoded:
    """ASCII bytes may still be HZ or ISO-2022-JP, which shift into other characters with ASCII only."""
    if any(shift in data for shift in _ISO2022_JP) and (text := _strict(data, "iso2022_jp_ext")) is not None:
        return Decoded(text, "iso2022_jp_ext", False)
    if b"\x1b$)A" in data and b"\x0e" in data:  # ISO-2022-CN, which Python does not know: shifted GB 2312
        plain = _ISO2022_CN.sub(lambda match: bytes(byte | 0x80 for byte in match[1]), data.replace(b"\x1b$)A", b""))
        return Decoded(plain.decode("gb18030", "replace"), "gb18030", True)
    text = _strict(data, "hz") if b"~{" in data and b"~}" in data else None
    if text is not None and _likeness(text) >= 2 * _beyond_ascii(text[:_SAMPLE_CHARS]):
        return Decoded(text, "hz", codec == "hz")
    return Decoded(data.decode("ascii"), "ascii", True)


def _compare(data: bytes, codec: str | None) -> Decoded:
    """Read in every likely way and take what looks like text; a declared Chinese charset wins unless clearly beaten."""
    if _is_utf16(data):
        return Decoded(data.decode("utf-16-be" if data[0] == 0 else "utf-16-le", "replace"), "utf-16", False)
    as_utf8 = _utf8(data)
    if _strict(data, "utf-8") is not None:
        if _is_gbk_by_chance_utf8(as_utf8, data):
            return Decoded(data.decode("gb18030"), "gb18030", False)
        if codec not in _CHINESE or _likeness(as_utf8) >= _likeness(data.decode(codec, "replace")):
            return Decoded(as_utf8, "utf-8", codec is None)
    if _is_nearly_utf8(as_utf8, data):
        return Decoded(as_utf8, "utf-8", False)
    readings = {name: data.decode(name, "replace") for name in _CHINESE}
    best = max(readings, key=lambda name: _likeness(readings[name]) + (2 if name == codec else 0))
    if _likeness(readings[best]) > 0 or codec in _CHINESE or _RUN_OF_HIGH_BYTES.search(data):
        return Decoded(readings[best], best, best == codec and REPLACEMENT not in readings[best])
    return Decoded(data.decode("cp1252", "replace"), "cp1252", False)


def _is_gbk_by_chance_utf8(as_utf8: str, data: bytes) -> bool:
    """Two-byte characters of GBK may be valid UTF-8 by chance (小票, 联通): then all of it is below U+0800."""
    if max(as_utf8) >= "\u0800":
        return False
    text = _strict(data, "gb18030") or ""
    return _likeness(text) >= 2 * _beyond_ascii(text) > 2


def _is_utf16(data: bytes) -> bool:
    """Text of any language has spaces and digits: in UTF-16 their zero bytes all stand on one side."""
    sample = data[:2_000]
    high, low = sample[0::2].count(0), sample[1::2].count(0)
    return len(sample) >= 8 and min(high, low) == 0 and max(high, low) * 8 >= len(sample)


def _utf8(data: bytes) -> str:
    """UTF-8, also with surrogates written as three bytes each: pairs are joined, lone ones replaced."""
    try:
        text = data.decode("utf-8", "surrogatepass")
    except UnicodeError:
        return data.decode("utf-8", "replace")
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _is_nearly_utf8(text: str, data: bytes) -> bool:
    """A few broken characters among many good ones (a client cut the text), or none but surrogates."""
    if text.count(REPLACEMENT) * 5 <= _beyond_ascii(text):
        return True
    return _SURROGATE.search(data) is not None and text.count(REPLACEMENT) == len(_SURROGATE.findall(data))


def _beyond_ascii(text: str) -> int:
    """How many characters are not ASCII."""
    return len(text) - len(text.encode("ascii", "ignore"))


def _likeness(text: str) -> int:
    """How much a text looks like Chinese: frequent characters, minus what real text does not have.

    Big5 read as GB 18030 shows private use, GBK read as Big5-HKSCS shows rare Han. A short text may hold no frequent
    character at all, so that the first level of both character sets counts a little too.
    """
    score = 0
    for char in text[:_SAMPLE_CHARS]:
        if char in _FREQUENT:
            score += 4
        elif char in _FIRST_LEVEL:
            score += 1
        elif not char.isascii() and not _PUNCTUATION.match(char):
            score -= 2 if "\u4e00" <= char <= "\u9fff" else 4
    return score


def base64_bytes(data: bytes) -> tuple[bytes, bool]:
    """Decode base64 as mail has it; False when characters had to be skipped or the end is missing."""
    wanted = data.translate(None, _NOT_BASE64)
    foreign = data.translate(None, _BASE64 + b"= \t\r\n")
    usable = len(wanted) - (1 if len(wanted) % 4 == 1 else 0)
    padded = wanted[:usable] + b"=" * (-usable % 4)
    return base64.b64decode(padded), not foreign and usable == len(wanted)
