"""Each way an SMTP dialogue can end has its verdict; the mail itself is threaded, marked and safe."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default
from uuid import UUID

import pytest
from pydantic import SecretStr

from connectors.contract import Outgoing, Sent
from connectors.imap import MailReply
from connectors.imap.compose import compose
from schemas.errors import ChannelUnavailable, OutcomeUnknown, RecipientRefused, ReplyRefused
from schemas.identity import OUTGOING_MESSAGE_ID, outbox_id_of
from schemas.settings import SmtpSettings
from tests.connectors.imap.smtp_server import HANG_UP, SILENCE, ScriptedSmtp, scripted_smtp

pytestmark = pytest.mark.enable_socket
OUTBOX = UUID("0f8b7d2e-5c1a-5b43-9a50-0d8f6b1f2a11")


def outgoing(address: str = "wang@qq.example", **changes: object) -> Outgoing:
    given: dict[str, object] = {
        "outbox_id": OUTBOX,
        "channel": "email",
        "account": "service",
        "address": address,
        "subject": "牛奶变质投诉",
        "text": "您好，\n您的投诉已收到。\n.\n编号 MSEY-7R0P-KQGB-E",
        "language": "zh-Hans",
        "created_at": datetime(2026, 11, 20, 3, 0, tzinfo=UTC),
        "in_reply_to": "<tencent_1@qq.example>",
        "references": ("<tencent_0@qq.example>",),
        "case_token": "CT-7K0AB3CD4EF5GH6JK7MN8PQ9RS1",
    }
    return Outgoing(**(given | changes))  # type: ignore[arg-type]


def settings(port: int, user: str | None = None, timeout_s: float = 5) -> SmtpSettings:
    return SmtpSettings(
        host="127.0.0.1", port=port, security="plain", user=user, password=SecretStr("secret"),
        timeout=timedelta(seconds=timeout_s),
        from_address="service@huimin-market.example", from_name="惠民超市客服",
    )  # fmt: skip


async def sent(
    script: ScriptedSmtp, message: Outgoing, user: str | None = None, timeout_s: float = 5
) -> tuple[Sent, Sequence[str]]:
    """Send and return the verbs the server had heard when nothing could be taken back any more."""
    heard: list[str] = []

    async def note() -> None:
        heard.extend(script.verbs)

    return await MailReply(settings(script.port, user, timeout_s)).send(message, note), heard


async def test_before_irrevocable_comes_after_the_recipient_and_before_the_mail() -> None:
    async with scripted_smtp() as script:
        result, heard = await sent(script, outgoing())

    assert heard == ["EHLO", "MAIL", "RCPT"]
    assert script.verbs[-2:] == ["DATA", "QUIT"]
    assert result.vendor_id == f"<complaint.{OUTBOX}@huimin-market.example>"


async def test_the_envelope_sender_is_empty_so_that_bounces_cannot_loop() -> None:
    async with scripted_smtp() as script:
        await sent(script, outgoing())

    assert "MAIL FROM:<>" in script.lines
    assert "RCPT TO:<wang@qq.example>" in script.lines


async def test_the_mail_is_threaded_and_marked_as_automatic() -> None:
    async with scripted_smtp() as script:
        await sent(script, outgoing())

    mail = message_from_bytes(script.mails[0].removesuffix(b".\r\n"), policy=default)
    assert mail["In-Reply-To"] == "<tencent_1@qq.example>"
    assert mail["References"] == "<tencent_0@qq.example> <tencent_1@qq.example>"
    assert mail["Auto-Submitted"] == "auto-replied"
    assert mail["X-Auto-Response-Suppress"] == "All"
    assert mail["Precedence"] == "bulk"
    assert mail["X-Complaint-Token"] == "CT-7K0AB3CD4EF5GH6JK7MN8PQ9RS1"
    assert mail["Subject"] == "Re: 牛奶变质投诉 [#CT-7K0AB3CD4EF5GH6JK7MN8PQ9RS1]"
    assert mail["From"] == "惠民超市客服 <service@huimin-market.example>"
    assert OUTGOING_MESSAGE_ID.fullmatch(mail["Message-ID"])
    assert outbox_id_of(mail["Message-ID"]) == outgoing().outbox_id
    assert mail.get_content().splitlines() == outgoing().text.splitlines()


BEFORE = {
    "server refuses the connection": ({"connect": "554 go away"}, ChannelUnavailable),
    "server is busy": ({"connect": "421 later"}, ChannelUnavailable),
    "server hangs up at once": ({"connect": HANG_UP}, ChannelUnavailable),
    "greeting never comes": ({"connect": SILENCE}, ChannelUnavailable),
    "hello refused": ({"EHLO": "550 no", "HELO": "550 no"}, ChannelUnavailable),
    "sender refused for now": ({"MAIL": "451 later"}, ChannelUnavailable),
    "sender refused": ({"MAIL": "550 no"}, ReplyRefused),
    "out of sequence": ({"RCPT": "503 MAIL first"}, ChannelUnavailable),
    "login required": ({"MAIL": "530 authenticate"}, ChannelUnavailable),
    "recipient greylisted": ({"RCPT": "450 try again"}, ChannelUnavailable),
    "no such mailbox": ({"RCPT": "550 no such user"}, ReplyRefused),
    "hangs up at the recipient": ({"RCPT": HANG_UP}, ChannelUnavailable),
    "silent at the recipient": ({"RCPT": SILENCE}, ChannelUnavailable),
}
AFTER = {
    "not now, before the text": ({"DATA": "451 later"}, ChannelUnavailable),
    "never, before the text": ({"DATA": "554 no"}, ReplyRefused),
    "not now, after the text": ({"end": "452 disk full"}, ChannelUnavailable),
    "never, after the text": ({"end": "554 spam"}, ReplyRefused),
    "hangs up after the text": ({"end": HANG_UP}, OutcomeUnknown),
    "silent after the text": ({"end": SILENCE}, OutcomeUnknown),
    "answers nonsense after the text": ({"end": "what?"}, OutcomeUnknown),
}


@pytest.mark.parametrize("case", BEFORE)
async def test_what_goes_wrong_before_the_mail_is_definite_and_nothing_was_announced(case: str) -> None:
    answers, verdict = BEFORE[case]
    announced: list[bool] = []

    async def note() -> None:
        announced.append(True)

    async with scripted_smtp(**answers) as script:
        with pytest.raises(verdict):
            await MailReply(settings(script.port, timeout_s=0.2)).send(outgoing(), note)

    assert not announced
    assert not script.mails


@pytest.mark.parametrize(
    ("answer", "for_good"),
    [
        ("550 5.1.1 no such user", True),
        ("550 5.2.1 disabled", True),
        ("550 5.1.10 null MX", True),
        ("550 5.7.1 we do not like your network", False),
        ("550 no such user", False),
    ],
)
async def test_only_a_mailbox_that_is_not_there_closes_the_way_to_it(answer: str, for_good: bool) -> None:
    async with scripted_smtp(RCPT=answer) as script:
        with pytest.raises(ReplyRefused) as refused:
            await sent(script, outgoing())

    assert isinstance(refused.value, RecipientRefused) is for_good


@pytest.mark.parametrize("case", AFTER)
async def test_after_the_mail_only_a_clear_answer_is_definite(case: str) -> None:
    answers, verdict = AFTER[case]

    async with scripted_smtp(**answers) as script:
        with pytest.raises(verdict):
            await sent(script, outgoing(), timeout_s=0.2)


async def test_a_lost_goodbye_does_not_change_what_was_accepted() -> None:
    async with scripted_smtp(QUIT=HANG_UP) as script:
        result, _ = await sent(script, outgoing())

    assert result.vendor_id is not None


@pytest.mark.parametrize("answer", ["535 wrong", "454 later", HANG_UP])
async def test_a_refused_login_is_our_fault_and_is_retried(answer: str) -> None:
    async with scripted_smtp(AUTH=answer) as script:
        with pytest.raises(ChannelUnavailable):
            await sent(script, outgoing(), user="service")


async def test_nobody_listening_is_unavailable() -> None:
    async with scripted_smtp() as script:
        port = script.port

    async def note() -> None:
        raise AssertionError

    with pytest.raises(ChannelUnavailable):
        await MailReply(settings(port)).send(outgoing(), note)


async def test_what_before_irrevocable_raises_leaves_as_it_is_and_nothing_is_sent() -> None:
    async def fails() -> None:
        raise LookupError("lease lost")

    async with scripted_smtp() as script:
        with pytest.raises(LookupError):
            await MailReply(settings(script.port)).send(outgoing(), fails)

    assert "DATA" not in script.verbs


async def test_an_address_with_chinese_characters_needs_a_server_that_can() -> None:
    async with scripted_smtp() as script:
        await sent(script, outgoing("用户@例子.中国"))
    async with scripted_smtp(EHLO="250 test") as old:
        with pytest.raises(ReplyRefused):
            await sent(old, outgoing("用户@例子.中国"))

    assert "RCPT TO:<用户@xn--fsqu00a.xn--fiqs8s>" in script.lines
    assert script.lines[1].endswith("SMTPUTF8")


@pytest.mark.parametrize("address", ["", "no address", "a@b\r\nRCPT TO:<evil@x.example>", "a@b.example>\r\nDATA", "@"])
async def test_an_address_that_is_none_is_refused_before_anything_happens(address: str) -> None:
    async with scripted_smtp() as script:
        with pytest.raises(ReplyRefused):
            await sent(script, outgoing(address))

    assert script.verbs == []


@pytest.mark.parametrize("field", ["subject", "in_reply_to", "case_token", "language"])
def test_no_header_can_be_injected(field: str) -> None:
    evil = "x\r\nBcc: evil@x.example\r\n\r\nbody"

    content = compose(outgoing(**{field: evil}), "service@huimin-market.example", "a\r\nBcc: evil@x.example").content

    head = message_from_bytes(content, policy=default)
    assert "Bcc" not in head
    assert [name for name in head if name.lower() == "to"] == ["To"]


def test_a_retry_is_the_same_mail() -> None:
    first, again = (compose(outgoing(), "service@huimin-market.example", "x") for _ in range(2))

    assert first == again


def test_no_line_is_longer_than_smtp_allows() -> None:
    content = compose(
        outgoing(text="投" * 5_000, references=tuple(f"<{n}@x.example>" for n in range(200))), "a@b.example", "x"
    )

    assert max(len(line) for line in content.content.split(b"\r\n")) <= 998
