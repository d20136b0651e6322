"""Hostile and broken mails, built here because many are too large or too strange for a file. Name → bytes.

A hundred thousand of a kind is enough: work that grew with the square of it would run into the time limit.
"""

import base64
import random
import struct
from collections.abc import Callable

from tests.connectors.imap.reading import mail, sample

HOSTILE: dict[str, Callable[[], bytes]] = {}


def _case(build: Callable[[], bytes]) -> Callable[[], bytes]:
    HOSTILE[build.__name__] = build
    return build


def multipart(*parts: str | bytes, kind: str = "mixed", boundary: str = "b", close: bool = True) -> bytes:
    """A multipart mail of ready-made parts."""
    body = b"".join(b"--%s\r\n%s\r\n" % (boundary.encode(), p if isinstance(p, bytes) else p.encode()) for p in parts)
    end = f"--{boundary}--\r\n".encode() if close else b""
    return mail(f'Content-Type: multipart/{kind}; boundary="{boundary}"', body=body + end)


TEXT = "Content-Type: text/plain; charset=utf-8\r\n\r\n牛奶变质"
ZIP = 'Content-Type: application/zip; name="a.zip"\r\nContent-Transfer-Encoding: base64\r\n\r\n'


def _named(name: str) -> str:
    return f'Content-Type: image/png\r\nContent-Disposition: attachment; filename="{name}"\r\n\r\nx'


def _nested(levels: int) -> bytes:
    opening = "".join(f'Content-Type: multipart/mixed; boundary="b{n}"\r\n\r\n--b{n}\r\n' for n in range(levels))
    return f"From: a@b.example\r\nSubject: deep\r\n{opening}{TEXT}\r\n".encode()


def _simple(name: str, content: bytes) -> None:
    HOSTILE[name] = lambda: content


@_case
def ten_thousand_parts() -> bytes:
    return multipart(*[TEXT] * 10_000)


@_case
def ten_thousand_empty_parts() -> bytes:
    return multipart(*[""] * 10_000)


@_case
def boundary_repeated_a_million_times() -> bytes:
    return mail("Content-Type: multipart/mixed; boundary=b", body=b"--b\r\n" * 1_000_000)


@_case
def header_of_ten_megabytes() -> bytes:
    return mail("X-Bomb: " + "a" * 10_000_000)


@_case
def headers_by_the_hundred_thousand() -> bytes:
    return b"From: a@b.example\r\n" + b"X-A: b\r\n" * 100_000 + b"\r\ntext"


@_case
def header_folded_a_hundred_thousand_times() -> bytes:
    return b"From: a@b.example\r\nSubject: x" + b"\r\n y" * 100_000 + b"\r\n\r\ntext"


@_case
def junk_between_headers() -> bytes:
    return b"From: a@b.example\r\n" + b"junk\r\nX: y\r\n" * 20_000 + b"Subject: s\r\n\r\ntext"


@_case
def encoded_words_without_end() -> bytes:
    return mail("Subject: " + "=?utf-8?q?a" * 200_000)


@_case
def encoded_words_by_the_hundred_thousand() -> bytes:
    return mail("Subject: " + "=?utf-8?b?5oqV?= " * 100_000)


@_case
def parameters_by_the_hundred_thousand() -> bytes:
    return mail("Content-Type: text/plain" + "; a=b" * 100_000)


@_case
def quotes_never_closed_in_parameters() -> bytes:
    return mail('Content-Type: text/plain; name="' + '";"' * 100_000)


@_case
def comments_nested_in_from() -> bytes:
    return mail(sender="(" * 100_000 + "x <c@d.example>")


@_case
def a_hundred_thousand_recipients() -> bytes:
    return mail("To: " + ", ".join(f"x{n}@y.example" for n in range(100_000)))


@_case
def a_hundred_thousand_references() -> bytes:
    return mail("References: " + " ".join(f"<{n}@y.example>" for n in range(100_000)))


@_case
def zip_of_ten_megabytes() -> bytes:
    return multipart(TEXT, ZIP.encode() + base64.encodebytes(random.Random(1).randbytes(10_000_000)))


@_case
def file_over_the_limit() -> bytes:
    return multipart(TEXT, ZIP.encode() + base64.b64encode(bytes(26 * 1024 * 1024)))


@_case
def html_nested_a_hundred_thousand_deep() -> bytes:
    return mail("Content-Type: text/html", body="<div>" * 100_000 + "牛奶变质")


@_case
def html_of_open_brackets() -> bytes:
    return mail("Content-Type: text/html", body="牛奶变质" + "<" * 500_000)


@_case
def html_attribute_bomb() -> bytes:
    return mail("Content-Type: text/html", body="<p " + "a=b " * 500_000 + ">牛奶变质</p>")


@_case
def quote_marks_by_the_million() -> bytes:
    return mail(body="> " * 1_000_000 + "x")


@_case
def on_on_on_without_wrote() -> bytes:
    return mail(body="On " * 500_000)


@_case
def signature_marks_by_the_hundred_thousand() -> bytes:
    return mail(body="-- \n" * 100_000)


@_case
def one_line_of_ten_megabytes() -> bytes:
    return mail(body=b"a" * 10_000_000)


@_case
def flowed_paragraph_without_end() -> bytes:
    return mail("Content-Type: text/plain; format=flowed", body=b"word \r\n" * 100_000)


@_case
def base64_of_two_megabytes_cut() -> bytes:
    return mail("Content-Transfer-Encoding: base64", body=b"5oqV6K+J" * 250_000 + b"5oq")


@_case
def tnef_that_claims_four_billion_properties() -> bytes:
    stream = (
        b"\x78\x9f\x3e\x22\x01\x00" + struct.pack("<BHHI", 1, 0x9003, 6, 4) + struct.pack("<I", 0xFFFFFFFF) + b"\0\0"
    )
    head = "Content-Type: application/ms-tnef; name=winmail.dat\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    return multipart(TEXT, head + base64.b64encode(stream).decode())


@_case
def tnef_of_noise() -> bytes:
    noise = b"\x78\x9f\x3e\x22\x01\x00" + random.Random(2).randbytes(50_000)
    head = "Content-Type: application/ms-tnef; name=winmail.dat\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    return multipart(TEXT, head.encode() + base64.b64encode(noise))


@_case
def tnef_cut_in_the_middle() -> bytes:
    whole = sample("ordinary/winmail_dat")
    at = whole.index(b"winmail.dat\r\nContent-Transfer-Encoding") + 300
    return whole[:at]


@_case
def binary_noise_behind_a_header() -> bytes:
    return mail(body=random.Random(3).randbytes(200_000))


@_case
def messages_enclosed_in_messages() -> bytes:
    return b"".join(b"From: a@b.example\r\nContent-Type: message/rfc822\r\n\r\n" for _ in range(300)) + b"text"


_simple("fifty_levels", _nested(50))
_simple("three_thousand_levels", _nested(3_000))
_simple("truncated_in_a_part", sample("ordinary/foxmail_reply_with_photo")[:1500])
_simple("truncated_in_the_header", b"From: a@b.example\r\nSubject: =?gb2312?B?xcXI")
_simple("no_message_id", b"From: a@b.example\r\nSubject: s\r\n\r\ntext")
_simple("two_message_ids", mail("Message-ID: <second@b.example>"))
_simple("empty_message_id", b"From: a@b.example\r\nMessage-ID: \r\n\r\ntext")
_simple(
    "message_id_of_ten_thousand_characters", b"From: a@b.example\r\nMessage-ID: <" + b"x" * 10_000 + b">\r\n\r\ntext"
)
_simple("message_id_with_nul", b"From: a@b.example\r\nMessage-ID: <a\0b@c>\r\n\r\ntext")
_simple("nul_bytes_everywhere", b"From: a\0 <a@b.example>\r\nSubject: s\0u\r\n\r\nte\0xt\0")
_simple("lone_surrogates_in_utf8", mail("Content-Type: text/plain; charset=utf-8", body=b"x\xed\xa0\x80y\xed\xbf\xbfz"))
_simple("lone_surrogates_in_utf16", mail("Content-Type: text/plain; charset=utf-16", body=b"\xff\xfea\0\x00\xd8b\0"))
_simple(
    "utf16_without_mark", mail("Content-Type: text/plain; charset=utf-16le", body="牛奶变质 ok".encode("utf-16-le"))
)
_simple("utf16_undeclared", mail(body="complaint 牛奶变质 please".encode("utf-16-le")))
_simple("utf7", mail("Content-Type: text/plain; charset=utf-7", body="牛奶变质".encode("utf-7")))
_simple("iso_2022_jp", mail("Content-Type: text/plain; charset=iso-2022-jp", body="壊れています".encode("iso2022_jp")))
_simple("shift_jis", mail("Content-Type: text/plain; charset=Shift_JIS", body="壊れています".encode("cp932")))
_simple("gbk_undeclared_subject", mail("Subject: x").replace(b"Subject: x", "Subject: 投诉牛奶".encode("gbk")))
_simple("unknown_charset", mail("Content-Type: text/plain; charset=x-martian", body="牛奶变质".encode("gbk")))
_simple(
    "charset_with_quotes_and_rubbish",
    mail('Content-Type: text/plain; charset=\'"gb2312";;;=', body="变质".encode("gbk")),
)
_simple("codec_that_is_no_charset", mail("Content-Type: text/plain; charset=unicode_escape", body=b"\\N{BELL}\\ud800"))
_simple("codec_between_bytes", mail("Content-Type: text/plain; charset=zlib", body=b"x\x9c\xff"))
_simple("iso_2022_cn", mail("Content-Type: text/plain; charset=iso-2022-cn", body=b"\x1b$)A\x0eDz:C\x0f"))
_simple("base64_invalid", mail("Content-Transfer-Encoding: base64", body=b"5oqV!!6K+J@@54mb5aW2"))
_simple("base64_that_is_plain_text", mail("Content-Transfer-Encoding: base64", body="牛奶变质 please refund me now"))
_simple(
    "quoted_printable_invalid",
    mail("Content-Transfer-Encoding: quoted-printable", body=b"=ZZ=E7=89=9B=E5=A5=B6=\r\n=="),
)
_simple("transfer_encoding_unknown", mail("Content-Transfer-Encoding: x-magic", body="牛奶变质"))
_simple("uuencoded", mail("Content-Transfer-Encoding: x-uuencode", body=b"begin 644 a\r\n&9F]O8F%R\r\n`\r\nend\r\n"))
_simple("only_carriage_returns", b"From: a@b.example\rSubject: s\r\rline one\rline two")
_simple("only_line_feeds", b"From: a@b.example\nSubject: s\n\nline one\nline two")
_simple("bare_cr_inside_header", b"From: a@b.example\r\nSubject: a\rBcc: evil@x.example\r\n\r\ntext")
_simple("mbox_line_first", b"From a@b.example Fri Nov 20 10:00:00 2026\r\n" + mail())
_simple("blank_lines_first", b"\r\n\r\n" + mail())
_simple("no_blank_line_before_the_body", b"From: a@b.example\r\nSubject: s\r\nMy milk is off.\r\nPlease refund.")
_simple("body_missing", b"From: a@b.example\r\nSubject: only a subject\r\n")
_simple("boundary_missing", mail("Content-Type: multipart/mixed", body="牛奶变质"))
_simple("boundary_not_found", mail("Content-Type: multipart/mixed; boundary=nowhere", body="牛奶变质"))
_simple(
    "boundary_written_wrong", mail("Content-Type: multipart/mixed; boundary=x", body=f"--other\n{TEXT}\n--other--\n")
)
_simple("content_type_nonsense", mail("Content-Type: ;;;///===", body="牛奶变质"))
_simple(
    "content_type_twice", mail("Content-Type: text/plain", "Content-Type: multipart/mixed; boundary=q", body="牛奶变质")
)
_simple("date_nonsense", mail("Date: the day after tomorrow, 99:99"))
_simple("date_in_year_zero", mail("Date: Mon, 1 Jan 0000 00:00:00 +9999"))
_simple("from_missing", b"Subject: s\r\nMessage-ID: <x@y>\r\n\r\ntext")
_simple("from_without_address", mail(sender="=?utf-8?B?5byg5LiJ?="))
_simple("from_empty_brackets", mail(sender='"x" <>'))
_simple("right_to_left_file_name", multipart(TEXT, _named("receipt\u202egpj.exe")))
_simple("right_to_left_sender", mail(sender="\u202ekoohcs <a@b.example>"))
_simple("file_name_with_folders", multipart(TEXT, _named("../../etc/..\\\\passwd")))
_simple("file_name_of_ten_thousand_characters", multipart(TEXT, _named("图" * 10_000 + ".png")))
_PGP = "-----BEGIN PGP MESSAGE-----\r\nhQ==\r\n-----END PGP MESSAGE-----"
_simple(
    "pgp_encrypted", multipart(f"Content-Type: application/octet-stream; name=x.asc\r\n\r\n{_PGP}", kind="encrypted")
)
_simple("pgp_encrypted_inline", mail(body=_PGP))
_simple(
    "smime_encrypted",
    mail(
        "Content-Type: application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m",
        "Content-Transfer-Encoding: base64",
        body="MIAGCSqGSIb3DQEHA6CAMIAC",
    ),
)
_simple("multipart_of_nothing", multipart())
_simple("control_characters_only", mail(body=bytes(range(1, 32)) * 3_000))
_simple("emoji_by_the_hundred_thousand", mail("Content-Type: text/plain; charset=utf-8", body="😡" * 100_000))
_simple(
    "two_hundred_files_with_long_names",
    multipart(TEXT, *[f'Content-Type: image/png; name="{"图" * 100}{n}.png"\r\n\r\nx{n}' for n in range(190)]),
)
