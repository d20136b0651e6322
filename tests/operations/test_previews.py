"""Previews: what could not be read is shown without saying whose it was, whatever its form."""

import json

import pytest

from operations.previews import LONGEST, preview

PHONE, NAME, MAIL = "13812345678", "欧阳明月", "moon@customers.example"


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/json", json.dumps({"text": f"打{PHONE}", "sender": {"name": NAME, "emails": [MAIL]}}).encode()),
        ("application/json", json.dumps([{"mobile": int(PHONE), "姓名": NAME, "note": f"写信到 {MAIL}"}]).encode()),
        ("application/json", f'{{"text": "{PHONE} {MAIL}", broken'.encode()),
        ("application/x-www-form-urlencoded", f"text=call+{PHONE}&name=%E6%AC%A7%E9%98%B3%E6%98%8E%E6%9C%88".encode()),
        ("text/xml", f"<xml><FromUserName><![CDATA[{NAME}]]></FromUserName><Content>{PHONE}</Content></xml>".encode()),
        ("text/csv", f"电话,{PHONE}\n邮箱,{MAIL}".encode("gb18030")),
        ("message/rfc822", f"From: {NAME} <{MAIL}>\r\nSubject: 投诉\r\n\r\n我是{NAME}，电话{PHONE}".encode()),
    ],
)
def test_a_preview_says_nothing_of_who_it_was(kind: str, body: bytes) -> None:
    shown = preview(kind, body)

    assert shown is not None
    assert not any(personal in shown for personal in (PHONE, NAME, MAIL))


def test_an_encoded_mail_is_shown_as_people_read_it() -> None:
    head = "From: =?utf-8?b?5qyn6Ziz5piO5pyI?= <moon@customers.example>\r\nContent-Transfer-Encoding: base64\r\n"
    body = head + "Content-Type: text/plain; charset=utf-8\r\nSubject: milk\r\n\r\n54mb5aW26L+H5pyf5LqG\r\n"

    shown = preview("message/rfc822", body.encode())

    assert shown is not None
    assert "牛奶过期了" in shown


@pytest.mark.parametrize("body", [b"", b"\x00\x01\x02PK\x03\x04" * 40, b"   \n"])
def test_what_holds_no_text_has_no_preview(body: bytes) -> None:
    assert preview("application/octet-stream", body) is None


@pytest.mark.parametrize("body", [b"[" * 100_000, b"\xff" * 10, b"{" * 50_000, b"From: \xff\xfe <\n\n\xff"])
def test_hostile_bytes_never_crash_it(body: bytes) -> None:
    for kind in ("application/json", "message/rfc822", "text/plain", ""):
        shown = preview(kind, body)

        assert shown is None or len(shown) <= LONGEST + 2
