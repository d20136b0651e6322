"""Whatever bytes come: an answer, never a crash; the same bytes, the same answer."""

from hypothesis import given
from hypothesis import strategies as st

from connectors.imap.addresses import addresses, canonical
from connectors.imap.charsets import decode
from connectors.imap.html import html_to_text
from connectors.imap.tnef import unwrap
from connectors.imap.words import header_text, parameters
from schemas.errors import PayloadRejected
from schemas.inbound import ParsedComplaint
from tests.connectors.imap.reading import SAMPLES, parsed

WHOLE = [path.read_bytes() for path in sorted(SAMPLES.rglob("*.eml"))]
HEADERS = st.sampled_from(
    [b"From: a@b.example", b"Subject: =?gbk?B?zbY=?=", b"Content-Type: multipart/mixed; boundary=b", b"--b", b"--b--",
     b"Content-Type: text/html", b"Content-Type: message/rfc822", b"Content-Transfer-Encoding: base64", b"",
     b"Content-Disposition: attachment; filename*0*=x''%B7", b"Content-Type: application/ms-tnef", b"\xb7\xa2\xc6\xb1",
     b"<div>x", b"> y", b"begin 644 a", b"BEGIN:VCALENDAR", b"Content-Type: text/plain; charset=hz; format=flowed"]
)  # fmt: skip


def answers(body: bytes) -> None:
    try:
        first, again = parsed(body), parsed(body)
    except PayloadRejected:
        return
    assert first == again
    if isinstance(first, ParsedComplaint):
        first.complaint.to_json().decode()


@given(st.binary(max_size=2_000))
def test_noise_is_answered(noise: bytes) -> None:
    answers(noise)
    answers(b"From: a@b.example\r\n" + noise)


@given(st.lists(HEADERS, max_size=30), st.sampled_from([b"\r\n", b"\n", b"\r"]))
def test_pieces_of_mails_in_any_order_are_answered(lines: list[bytes], end: bytes) -> None:
    answers(end.join(lines))


@given(st.sampled_from(WHOLE), st.data())
def test_a_damaged_delivery_is_answered(whole: bytes, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(whole)))
    end = data.draw(st.integers(start, min(len(whole), start + 400)))
    answers(whole[:start] + data.draw(st.binary(max_size=20)) + whole[end:])


@given(
    st.binary(max_size=500), st.sampled_from([None, "gb2312", "big5", "utf-8", "utf-7", "utf-16", "hz", "cp1252", "x"])
)
def test_any_bytes_become_text(data: bytes, label: str | None) -> None:
    assert isinstance(decode(data, label).text, str)


@given(st.text(max_size=500))
def test_utf8_is_read_as_it_is(text: str) -> None:
    assert decode(text.encode(), "utf-8").text == text.removeprefix("\ufeff")


@given(st.binary(max_size=500))
def test_any_header_is_read(raw: bytes) -> None:
    header_text(raw)
    parameters(raw)
    for one in addresses(raw):
        assert canonical(one.address) == one.address


@given(st.text(alphabet="<>/pdivbr quote=\"'&;a!-", max_size=300))
def test_any_html_becomes_text(html: str) -> None:
    html_to_text(html)


@given(st.binary(max_size=400))
def test_any_tnef_is_answered(noise: bytes) -> None:
    unwrap(noise)
    unwrap(b"\x78\x9f\x3e\x22\x01\x00" + noise)
