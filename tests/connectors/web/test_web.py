"""Reading posts: what makes two of them one complaint, and what becomes of odd input."""

import json
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors import contacts
from connectors.contract import Numbering
from connectors.web import Web
from connectors.web.errors import InvalidFields, Malformed, ScopeRequired
from schemas.complaint import Complaint
from schemas.errors import InvalidRequest
from schemas.inbound import Inbound, ParsedComplaint, UploadedFile
from tests.gateway.parts import NOW, NUMBERING, PSEUDONYM_KEY

WEB = Web(NUMBERING, PSEUDONYM_KEY)
BODY = {"text": "牛奶过期"}
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(), lambda inner: st.lists(inner) | st.dictionaries(
        st.text(), inner), max_leaves=10
)  # fmt: skip


def inbound(
    body: Any,
    source: dict[str, str] | None = None,
    files: tuple[UploadedFile, ...] = (),
    content_type: str = "application/json",
) -> Inbound:
    """A post; `body` is bytes or a JSON value."""
    return Inbound(
        channel="web",
        account="web",
        body=body if isinstance(body, bytes) else json.dumps(body).encode(),
        received_at=NOW,
        received_at_source="gateway",
        ingested_at=NOW,
        content_type=content_type,
        source=source if source is not None else {"kind": "api", "client": "crm", "idempotency_key": "given:1"},
        parts=files,
    )


def read(of: Inbound) -> Complaint:
    """The one complaint of a post."""
    [parsed] = WEB.parse(of)
    assert isinstance(parsed, ParsedComplaint)
    return parsed.complaint


def form(fields: dict[str, str], **source: str) -> Inbound:
    """A sent form."""
    body = urlencode(fields).encode()
    return inbound(body, {"kind": "form", "nonce": "n"} | source, content_type="application/x-www-form-urlencoded")


def test_reading_twice_gives_the_same_complaint() -> None:
    assert read(inbound(BODY)) == read(inbound(BODY))


def test_order_and_spacing_of_the_json_do_not_matter() -> None:
    one = inbound(b'{"text": "a", "subject": "b"}')
    other = inbound(b'{ "subject":"b","text":"a" }')

    assert read(one).complaint_id == read(other).complaint_id


@pytest.mark.parametrize(
    "other",
    [
        inbound({"text": "牛奶过期了"}),
        inbound(BODY | {"stated": {"store": "s"}}),
        inbound(BODY, {"kind": "api", "client": "crm", "idempotency_key": "given:2"}),
        inbound(BODY, {"kind": "api", "client": "app", "idempotency_key": "given:1"}),
        inbound(BODY, {"kind": "form", "nonce": "given:1"}),
        inbound(BODY, files=(UploadedFile("a.txt", "text/plain", b"1"),)),
    ],
)
def test_anything_else_is_another_complaint(other: Inbound) -> None:
    assert read(other).complaint_id != read(inbound(BODY)).complaint_id


def test_files_with_other_bytes_are_another_complaint() -> None:
    one, other = (read(inbound(BODY, files=(UploadedFile("a", "text/plain", data),))) for data in (b"1", b"2"))

    assert one.complaint_id != other.complaint_id
    assert one.attachments[0].sha256 != other.attachments[0].sha256


def test_the_number_key_changes_the_number_and_not_the_id() -> None:
    other = Web(Numbering(b"another number key, also 32 bytes"), PSEUDONYM_KEY)
    [parsed] = other.parse(inbound(BODY))
    assert isinstance(parsed, ParsedComplaint)

    assert parsed.complaint.complaint_id == read(inbound(BODY)).complaint_id
    assert parsed.complaint.tracking_number != read(inbound(BODY)).tracking_number


@pytest.mark.parametrize("key", ["li@example.com", "13800138000"])
def test_the_source_id_holds_no_personal_data(key: str) -> None:
    complaint = read(inbound(BODY, {"kind": "api", "client": "crm", "idempotency_key": key}))

    assert key not in complaint.source_id


def test_a_form_and_the_api_say_the_same_in_the_same_fields() -> None:
    sent = form({"text": " 坏了 ", "phone": "13800138000", "email": "Li@Example.com", "store": "s", "name": "",
                 "consent": "sensitive", "minor_under_14": "yes"})  # fmt: skip
    complaint = read(sent)

    assert complaint.text == "坏了"
    assert complaint.sender is not None
    assert complaint.sender.name is None
    assert complaint.sender.phones == ("+8613800138000",)
    assert complaint.reply_to == "li@example.com"
    assert complaint.stated.store == "s"
    assert complaint.privacy.minor_under_14
    assert complaint.privacy.consents == ("sensitive",)


def test_a_form_cannot_claim_an_identity() -> None:
    complaint = read(form({"text": "a", "openid": "o-1", "customer_no": "7", "proofs": "otp"}))

    assert complaint.sender is None


def test_what_strangers_claim_needs_a_scope() -> None:
    claim = BODY | {"sender": {"customer_no": "7"}}
    trusted = {"kind": "api", "client": "app", "idempotency_key": "1", "scopes": "identify"}

    with pytest.raises(ScopeRequired):
        WEB.parse(inbound(claim))
    sender = read(inbound(claim, trusted)).sender
    assert sender is not None
    assert sender.customer_no == "7"


@pytest.mark.parametrize(
    ("text", "lang", "language"),
    [
        ("牛奶过期了", "en", "zh-Hans"),
        ("牛奶過期了", "zh-Hans", "zh-Hant"),
        ("The milk is bad", "zh-Hans", "en"),
        ("!!!", "zh-Hant", "zh-Hant"),
    ],
)
def test_the_language_is_that_of_the_text_then_that_of_the_page(text: str, lang: str, language: str) -> None:
    assert read(form({"text": text}, lang=lang)).language == language


@pytest.mark.parametrize(
    ("written", "read_as"),
    [
        ("13800138000", "+8613800138000"),
        ("138 0013-8000", "+8613800138000"),
        ("+86 138 0013 8000", "+8613800138000"),
        ("１３８００１３８０００", "+8613800138000"),
        ("0086 138 0013 8000", "+8613800138000"),
        ("(021) 6288 8888", "+862162888888"),
        ("+1 415 555 2671", "+14155552671"),
        ("12345", "12345"),
        (" 转 801 ", "转 801"),
    ],
)
def test_phones_become_e164_where_they_can_be_read(written: str, read_as: str) -> None:
    assert contacts.phone(written) == read_as


@pytest.mark.parametrize(
    "good", ["a@b.cn", "Li.Wei+x@mail.example.com.cn", "123456@qq.com", "o'neil@example.co", "x@1.example"]
)
def test_addresses_in_use_are_accepted(good: str) -> None:
    assert read(inbound(BODY | {"sender": {"emails": [good]}})).reply_to == good.lower()


@pytest.mark.parametrize("bad", ["", "a", "a@b", "a b@c.cn", "a@b..cn", "a@-b.cn", "a@b.cn\n", "<a@b.cn>", "a@b@c.cn"])
def test_what_is_no_address_is_named(bad: str) -> None:
    with pytest.raises(InvalidFields) as refused:
        WEB.parse(inbound(BODY | {"sender": {"emails": [bad]}}))

    assert refused.value.errors[0].path == ("sender", "emails", 0)
    assert len(bad) < 2 or bad not in str(refused.value)


def test_file_names_are_names_and_nothing_else() -> None:
    names = ("../../etc/passwd", "C:\\x\\照片.jpg", "a\x00b\u202egpj.exe", "", "n" * 500)
    files = tuple(UploadedFile(name, "image/png", b"x") for name in names)
    read_names = [one.name for one in read(inbound(BODY, files=files)).attachments]

    assert read_names[:2] == ["passwd", "照片.jpg"]
    assert read_names[2] == "a\ufffdbgpj.exe"
    assert read_names[3] is None
    assert read_names[4] == "n" * 200


def test_text_over_the_limit_is_refused_and_the_limit_named() -> None:
    with pytest.raises(InvalidFields, match="at most 10 characters"):
        Web(NUMBERING, PSEUDONYM_KEY, max_text_chars=10).parse(inbound({"text": "x" * 11}))


@pytest.mark.parametrize("body", [b"", b"{}}", b"\xff", b"NaN", b"[" * 200_000])
def test_garbage_is_malformed(body: bytes) -> None:
    with pytest.raises(Malformed):
        WEB.parse(inbound(body))


@given(st.binary())
def test_no_bytes_crash_it(body: bytes) -> None:
    for content_type in ("application/json", "application/x-www-form-urlencoded"):
        try:
            WEB.parse(inbound(body, content_type=content_type))
        except InvalidRequest:
            continue


@given(st.dictionaries(st.sampled_from(["text", "subject", "sender", "stated", "privacy", "language"]), JSON_VALUES))
def test_no_json_crashes_it(fields: dict[str, Any]) -> None:
    try:
        complaint = read(inbound(fields))
    except InvalidRequest:
        return
    complaint.to_json()
