"""No mail crashes or blocks the reader; each becomes a complaint or is suspended with a reason."""

from functools import cache

import pytest

from schemas.complaint import MAX_TEXT_CHARS
from schemas.errors import PayloadRejected, Reason
from schemas.inbound import ParsedComplaint, ParsedItem, SuspendedItem
from tests.connectors.imap.hostile import HOSTILE, multipart
from tests.connectors.imap.reading import complaint, files_of, mail, parsed, sample

NOTHING_IN_IT = {"ten_thousand_empty_parts", "boundary_repeated_a_million_times", "multipart_of_nothing"}
TEXTS = {
    "zip_of_ten_megabytes": "牛奶变质",
    "file_over_the_limit": "牛奶变质",
    "html_nested_a_hundred_thousand_deep": "牛奶变质",
    "html_attribute_bomb": "牛奶变质",
    "utf16_without_mark": "牛奶变质 ok",
    "utf16_undeclared": "complaint 牛奶变质 please",
    "utf7": "牛奶变质",
    "iso_2022_jp": "壊れています",
    "iso_2022_cn": "您好",
    "shift_jis": "壊れています",
    "unknown_charset": "牛奶变质",
    "charset_with_quotes_and_rubbish": "变质",
    "lone_surrogates_in_utf8": "x�y�z",
    "lone_surrogates_in_utf16": "a�b",
    "nul_bytes_everywhere": "te�xt�",
    "base64_invalid": "投诉牛奶",
    "base64_that_is_plain_text": "牛奶变质 please refund me now",
    "transfer_encoding_unknown": "牛奶变质",
    "uuencoded": "foobar",
    "only_carriage_returns": "line one\nline two",
    "only_line_feeds": "line one\nline two",
    "no_blank_line_before_the_body": "My milk is off.\nPlease refund.",
    "boundary_missing": "牛奶变质",
    "boundary_not_found": "牛奶变质",
    "boundary_written_wrong": "牛奶变质",
    "content_type_nonsense": "牛奶变质",
    "tnef_that_claims_four_billion_properties": "牛奶变质",
    "truncated_in_a_part": "照片见下，穿了三天就开胶了。\n\n孙丽",
}
WARNINGS = {
    "ten_thousand_parts": "too_many_parts",
    "fifty_levels": "too_deep",
    "three_thousand_levels": "too_deep",
    "header_of_ten_megabytes": "headers_cut",
    "file_over_the_limit": "attachment_too_large",
    "truncated_in_a_part": "mime_truncated",
    "pgp_encrypted": "encrypted",
    "pgp_encrypted_inline": "encrypted",
    "smime_encrypted": "encrypted",
    "from_missing": "no_sender",
    "date_nonsense": "date_unreadable",
    "date_in_year_zero": "date_unreadable",
    "tnef_of_noise": "winmail_repaired",
}


@cache
def hostile(name: str) -> ParsedItem:
    """What a hostile mail becomes; the large ones are read once for all tests."""
    return parsed(HOSTILE[name]())


@pytest.mark.timeout(60)
@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_mail_neither_crashes_nor_blocks(name: str) -> None:
    item = hostile(name)

    if name in NOTHING_IN_IT:
        assert isinstance(item, SuspendedItem)
        assert item.reason is Reason.EMPTY
        return
    assert isinstance(item, ParsedComplaint)
    record = item.complaint.to_json()
    assert len(record) <= 256 * 1024
    assert b"\\u0000" not in record
    assert len(item.complaint.text) <= MAX_TEXT_CHARS
    assert item.complaint.text == TEXTS.get(name, item.complaint.text)
    assert WARNINGS.get(name, "") in ("", *item.complaint.warnings)


@pytest.mark.parametrize("garbage", [b"", b"\n\n\n", b"{}", b"<a/>", b"\xff\xfe", b"\x00" * 1000, b"hello world"])
def test_bytes_that_are_no_mail_are_rejected_as_unreadable(garbage: bytes) -> None:
    with pytest.raises(PayloadRejected) as rejected:
        parsed(garbage)

    assert rejected.value.reason is Reason.UNREADABLE


def test_a_mail_of_fifty_levels_keeps_what_was_not_opened_as_a_file() -> None:
    [unopened] = complaint(HOSTILE["fifty_levels"]()).attachments

    assert unopened.size_bytes > 1_000


def test_a_file_over_the_limit_is_named_and_refused_not_lost_silently() -> None:
    item = hostile("file_over_the_limit")

    assert isinstance(item, ParsedComplaint)
    [file] = item.complaint.attachments
    assert (file.name, file.state, file.size_bytes) == ("a.zip", "refused", 26 * 1024 * 1024)
    assert item.files == ()


def test_an_archive_is_kept_as_it_is() -> None:
    assert len(files_of(hostile("zip_of_ten_megabytes"))["a.zip"]) == 10_000_000


@pytest.mark.parametrize(
    ("case", "name"),
    [("right_to_left_file_name", "receiptgpj.exe"), ("file_name_with_folders", "passwd")],
)
def test_a_file_name_shows_what_it_is(case: str, name: str) -> None:
    assert [one.name for one in complaint(HOSTILE[case]()).attachments] == [name]


def test_a_name_without_an_address_is_still_a_name() -> None:
    read = complaint(HOSTILE["from_without_address"]())

    assert read.sender is not None
    assert (read.sender.name, read.sender.emails, read.reply_to) == ("张三", (), None)


def test_direction_tricks_in_a_name_are_taken_out() -> None:
    read = complaint(HOSTILE["right_to_left_sender"]())

    assert read.sender is not None
    assert read.sender.name == "koohcs"


def test_a_winmail_that_breaks_off_is_kept_whole_besides_what_was_read() -> None:
    assert "winmail.dat" in [one.name for one in complaint(HOSTILE["tnef_cut_in_the_middle"]()).attachments]


def test_of_a_mail_fetched_in_part_the_cut_file_is_refused_and_the_text_arrives() -> None:
    video = "Content-Type: video/mp4; name=v.mp4\r\nContent-Transfer-Encoding: base64\r\n\r\n" + "AAAA" * 9_000
    whole = multipart("Content-Type: text/plain\r\n\r\nMy order is missing.", video)

    read = complaint(whole[:5_000], partial="true", size_bytes="40000000")

    assert read.text == "My order is missing."
    assert [(one.name, one.state) for one in read.attachments] == [("v.mp4", "refused")]
    assert read.truncated
    assert "mail_too_large" in read.warnings


def test_authentication_written_by_a_stranger_proves_nothing() -> None:
    forged = mail(
        "Authentication-Results: mx.evil.example; dmarc=pass header.from=b.example",
        "Authentication-Results: mx1.huimin-market.example; dmarc=pass header.from=b.example",
    )

    read = complaint(forged)

    assert read.authentication == {}
    assert read.sender is not None
    assert set(read.sender.proofs.values()) == {"none"}


@pytest.mark.parametrize(
    "result",
    [
        "dmarc=fail header.from=b.example",
        "dmarc=pass header.from=other.example",
        "spf=pass; dkim=pass header.d=b.example",
        "dmarc=pass (header.from=b.example) header.from=evil.example",
        "none",
    ],
)
def test_only_dmarc_for_the_domain_in_from_proves_it(result: str) -> None:
    read = complaint(mail(f"Authentication-Results: mx1.huimin-market.example; {result}"))

    assert read.sender is not None
    assert set(read.sender.proofs.values()) == {"none"}


def test_headers_of_strangers_steer_nothing() -> None:
    steered = mail("X-Department: finance", "X-Priority: 1", "X-Complaint-Channel: web", "X-Severity: 1")

    read = complaint(steered)

    assert read.channel == "email"
    assert read.stated.category is None


def test_a_truncation_anywhere_still_gives_a_complaint() -> None:
    whole = sample("ordinary/foxmail_reply_with_photo")
    header_end = whole.index(b"\r\n\r\n")

    for end in range(header_end, len(whole), 97):
        assert isinstance(parsed(whole[:end]), ParsedComplaint)
