"""A mail handed to a mailbox is dated by the mailbox, as one that came by itself."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from imapclient import IMAPClient
from pydantic import SecretStr

from deploy.handover.mail import mail
from schemas.settings import MailboxSettings, Settings
from tests.services import Mailbox

pytestmark = pytest.mark.services


def test_a_mail_handed_over_at_noon_came_at_noon(mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch) -> None:
    append = IMAPClient.append

    def append_at_noon(client: IMAPClient, *arguments: Any, msg_time: datetime | None = None) -> Any:
        """The same moment in a zone where it is past twelve: GreenMail reads such an hour as past midnight."""
        if msg_time is not None:
            msg_time = msg_time.astimezone(timezone(timedelta(hours=12 - msg_time.astimezone(UTC).hour)))
        return append(client, *arguments, msg_time=msg_time)

    monkeypatch.setattr(IMAPClient, "append", append_at_noon)
    settings = MailboxSettings(
        host=mailbox.imap_host, port=mailbox.imap_port, security="plain", user=mailbox.user,
        password=SecretStr(mailbox.password),
    )  # fmt: skip

    mail(Settings(mailboxes={"shop": settings}), "a.eml", b"From: a@customers.example\r\n\r\nx\r\n", None)

    with IMAPClient(mailbox.imap_host, mailbox.imap_port, ssl=False, timeout=10) as client:
        client.normalise_times = False
        client.login(mailbox.user, mailbox.password)
        client.select_folder("INBOX")
        [found] = client.fetch(client.search(), ["INTERNALDATE"]).values()
    assert abs(found[b"INTERNALDATE"] - datetime.now(UTC)) < timedelta(minutes=10)
