"""Against a real mail server: what any SMTP client sends is received once, and our answer arrives threaded."""

import smtplib
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from uuid import UUID

import pytest
from imapclient import IMAPClient
from pydantic import SecretStr

from connectors.contract import Outgoing
from connectors.imap import MailReply
from schemas.settings import MailboxSettings, SmtpSettings
from tests.connectors.imap.polling import Intake, polling
from tests.connectors.imap.polling import mailbox as settings
from tests.connectors.imap.reading import complaint, mail, sample
from tests.services import Mailbox
from tests.waiting import until

pytestmark = pytest.mark.services
KEYWORD = b"$ComplaintProcessed"


def deliver(box: Mailbox, *bodies: bytes) -> None:
    """Send mails as any client would."""
    with smtplib.SMTP(box.smtp_host, box.smtp_port) as smtp:
        for body in bodies:
            smtp.sendmail("a@b.example", [box.user], body)


def opened(box: Mailbox) -> IMAPClient:
    client = IMAPClient(box.imap_host, box.imap_port, ssl=False, timeout=10)
    client.login(box.user, box.password)
    client.select_folder("INBOX")
    return client


def flags(box: Mailbox) -> list[tuple[bytes, ...]]:
    with opened(box) as client:
        return [item[b"FLAGS"] for item in client.fetch(client.search(), ["FLAGS"]).values()]


def box(found: Mailbox) -> MailboxSettings:
    return settings(found.imap_port, host=found.imap_host, user=found.user, password=SecretStr(found.password))


async def test_what_a_client_sends_is_received_marked_and_left_unseen(mailbox: Mailbox, tmp_path: Path) -> None:
    intake = Intake()
    deliver(mailbox, *(mail(body=f"mail {number}") for number in range(3)))

    async with polling(box(mailbox), intake, tmp_path):
        await until(lambda: len(intake.kept) == 3)
        deliver(mailbox, sample("ordinary/qq_webmail"))
        await until(lambda: len(intake.kept) == 4)
        await until(lambda: all(KEYWORD.lower() in {flag.lower() for flag in one} for one in flags(mailbox)))

    assert not any(b"\\Seen" in one for one in flags(mailbox))
    assert complaint(intake.kept[-1].body).subject == "牛奶变质投诉"


async def test_a_restart_receives_nothing_twice(mailbox: Mailbox, tmp_path: Path) -> None:
    intake = Intake()
    deliver(mailbox, mail())
    async with polling(box(mailbox), intake, tmp_path):
        await until(lambda: len(intake.kept) == 1)

    deliver(mailbox, mail(body="second"))
    async with polling(box(mailbox), intake, tmp_path / "lost state"):
        await until(lambda: len(intake.kept) == 2)

    assert [b"second" in one.body for one in intake.kept] == [False, True]


async def test_our_answer_arrives_threaded_under_theirs_and_is_known_as_our_own(mailbox: Mailbox) -> None:
    theirs = mail()
    ours = "service@huimin-market.example"
    smtp = SmtpSettings(
        host=mailbox.smtp_host, port=mailbox.smtp_port, security="plain", from_address=ours, bounce_address=ours
    )
    answer = Outgoing(
        outbox_id=UUID("0f8b7d2e-5c1a-5b43-9a50-0d8f6b1f2a11"),
        channel="email",
        account="service",
        address=mailbox.user,
        subject="牛奶变质",
        text="您好，已收到。",
        language="zh-Hans",
        created_at=datetime(2026, 11, 20, tzinfo=UTC),
        in_reply_to=complaint(theirs).thread.message_id,
    )

    async def ready() -> None:
        return None

    sent = await MailReply(smtp).send(answer, ready)

    with opened(mailbox) as client:
        [fetched] = client.fetch(client.search(), ["BODY.PEEK[]"]).values()
    arrived = message_from_bytes(fetched[b"BODY[]"], policy=default)
    assert arrived["Message-ID"] == sent.vendor_id
    assert arrived["In-Reply-To"] == "<m1@b.example>"
    assert arrived.get_content().strip() == "您好，已收到。"
    assert complaint(fetched[b"BODY[]"]).automatic.kind == "own"
