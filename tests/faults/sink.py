"""The customers' side of SMTP: accepts every acknowledgement and counts it by recipient."""

import threading
from collections import Counter
from collections.abc import Iterable
from email import message_from_bytes, policy
from email.message import EmailMessage

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


class Inbox:
    """What customers received. Counting happens before the final 250, as a real server stores first."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.count: Counter[str] = Counter()
        self.mails: dict[str, list[EmailMessage]] = {}

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        """Store the mail under each recipient."""
        content = envelope.content if isinstance(envelope.content, bytes) else (envelope.content or "").encode()
        self.receive(envelope.rcpt_tos, message_from_bytes(content, policy=policy.default))
        return "250 stored"

    def receive(self, recipients: Iterable[str], mail: EmailMessage) -> None:
        """Put a mail under each of its recipients."""
        with self._lock:
            for recipient in recipients:
                self.count[recipient] += 1
                self.mails.setdefault(recipient, []).append(mail)


class Sink:
    """An SMTP server on loopback that can be stopped and started again on the same port."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.inbox = Inbox()
        self._controller: Controller | None = None
        self.start()

    def start(self) -> None:
        """Listen (again)."""
        self._controller = Controller(self.inbox, hostname="127.0.0.1", port=self.port)
        self._controller.start()

    def stop(self) -> None:
        """Refuse connections until `start`."""
        if self._controller is not None:
            self._controller.stop(no_assert=True)
            self._controller = None
