"""Bytes become the characters their writer saw, whatever the label says."""

import pytest

from connectors.imap.charsets import decode
from connectors.imap.words import header_text, parameters

SIMPLIFIED = "您好，我在贵店买的牛奶已经变质，请尽快退款，订单号12345"
TRADITIONAL = "您好，我在貴店買的牛奶已經變質，請盡快退款"
LABELS = [None, "gb2312", "GBK", "cp936", "x-gbk", "GB_2312-80", "gb18030", "utf-8", "big5", "iso-8859-1", "us-ascii",
          "unknown-8bit", "windows-1252", "hz-gb-2312", "default", "utf8mb4", "nonsense", ""]  # fmt: skip


@pytest.mark.parametrize("label", LABELS)
@pytest.mark.parametrize("charset", ["gbk", "gb18030", "utf-8"])
def test_simplified_text_is_read_right_under_any_label(charset: str, label: str | None) -> None:
    assert decode(SIMPLIFIED.encode(charset), label).text == SIMPLIFIED


@pytest.mark.parametrize("label", LABELS)
@pytest.mark.parametrize("charset", ["big5", "utf-8"])
def test_traditional_text_is_read_right_under_any_label(charset: str, label: str | None) -> None:
    assert decode(TRADITIONAL.encode(charset), label).text == TRADITIONAL


def test_gb2312_means_gb18030() -> None:
    assert decode("镕㑇😡".encode("gb18030"), "gb2312").text == "镕㑇😡"


def test_big5_means_its_hong_kong_supplement() -> None:
    assert decode("啲嘢壞咗".encode("big5hkscs"), "big5").text == "啲嘢壞咗"


@pytest.mark.parametrize("word", ["牛奶", "退货", "瑕疵", "投诉", "张伟", "小票", "联通", "照片"])
def test_two_undeclared_characters_of_gbk_are_enough(word: str) -> None:
    assert decode(word.encode("gbk")).text == word


@pytest.mark.parametrize("word", ["退貨", "投訴", "張偉", "陳小姐"])
def test_two_undeclared_characters_of_big5_are_enough(word: str) -> None:
    assert decode(word.encode("big5")).text == word


@pytest.mark.parametrize(
    ("text", "charset", "label"),
    [
        ("café naïve crème brûlée", "latin-1", "iso-8859-1"),
        ("café naïve crème brûlée", "latin-1", None),
        ("Müller Straße", "latin-1", None),
        ("caf\u00e9 “quoted”", "cp1252", "windows-1252"),
        ("Привет, жалоба", "koi8-r", "koi8-r"),
        ("Привет, жалоба", "utf-8", None),
        ("Παράπονο", "utf-8", None),
        ("壊れています", "cp932", "Shift_JIS"),
        ("불만이 있습니다", "cp949", "ks_c_5601-1987"),
    ],
)
def test_other_languages_stay_what_they_are(text: str, charset: str, label: str | None) -> None:
    assert decode(text.encode(charset), label).text == text


def test_a_text_cut_inside_a_character_keeps_the_rest() -> None:
    assert decode(SIMPLIFIED.encode()[:40], "utf-8").text.startswith("您好，我在贵店")
    assert decode(SIMPLIFIED.encode("gbk")[:21], "gb2312").text.startswith("您好，我在贵店")


def test_hz_is_found_without_a_label() -> None:
    assert decode(SIMPLIFIED.encode("hz")).text == SIMPLIFIED


def test_a_label_that_does_not_fit_is_reported() -> None:
    assert not decode(SIMPLIFIED.encode("gbk"), "utf-8").certain
    assert decode(SIMPLIFIED.encode("gbk"), "gb2312").certain


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b"=?gb2312?B?zbbL3w==?=", "投诉"),
        (b"=?gb2312?B?zbY=?= =?gb2312?B?y98=?=", "投诉"),
        (b"=?gbk?B?zb?=\r\n =?gbk?B?tsvf?=", "投诉"),
        (b"=?UTF-8?Q?=E6=8A=95=E8=AF=89_now?=", "投诉 now"),
        (b"Re: =?utf-8?b?5oqV6K+J?= again", "Re: 投诉 again"),
        (b"=?x-unknown?B?zbbL3w==?=", "投诉"),
        (b"=?utf-8?B?not base64 at all?=", "p[mzo\ufffd"[:0]),
        (b"plain", "plain"),
        ("投诉".encode("gbk"), "投诉"),
        ("投诉".encode(), "投诉"),
    ],
)
def test_a_header_reads_as_it_was_written(raw: bytes, text: str) -> None:
    assert header_text(raw) == text or not text


@pytest.mark.parametrize(
    "raw",
    [
        b"attachment; filename*=UTF-8''%E5%8F%91%E7%A5%A8.pdf",
        b"attachment; filename*=GBK''%B7%A2%C6%B1.pdf; filename=x.pdf",
        b"attachment; filename*0*=GBK''%B7%A2; filename*1*=%C6%B1; filename*2=.pdf",
        b'attachment; filename="=?gb2312?B?t6LGsS5wZGY=?="',
        b"attachment; filename==?gb2312?B?t6LGsS5wZGY=?=",
        'attachment; filename="发票.pdf"'.encode("gbk"),
        'attachment; filename="发票.pdf"'.encode(),
        b'attachment;\r\n\tfilename="=?utf-8?Q?=E5=8F=91?=\r\n =?utf-8?Q?=E7=A5=A8.pdf?="',
    ],
)
def test_a_file_name_is_read_in_every_way_it_is_sent(raw: bytes) -> None:
    assert parameters(raw)[1]["filename"] == "发票.pdf"
