"""GreenMail: a mailbox for demos and tests, IMAP and SMTP on loopback. Source: greenmail-mail-test.github.io, 2.1.

Mails live in memory: a stop or restart empties every mailbox. Any user name and password opens a mailbox, which is
created at first use; the demo user below is only the one we name.
"""

import imaplib
import smtplib
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

from deploy.local.files import kept_secret
from deploy.local.java import JAVA_ENVIRONMENT, java
from deploy.local.processes import Launch
from deploy.local.progress import Report
from deploy.local.service import Ports, Service
from deploy.local.status import MailboxAddress, Part
from deploy.local.waiting import NotReady

DEMO_USER = "complaints@demo.local"

_JVM = ("-Xmx128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Djava.awt.headless=true")


class Mailbox(Service):
    """The mailbox server. `classpath` holds its jar."""

    part: ClassVar[Part] = Part.MAILBOX
    port_names: ClassVar[tuple[str, ...]] = ("imap", "smtp")

    def __init__(self, home: Path, abandon: threading.Event, classpath: Sequence[Path]) -> None:
        super().__init__(home, abandon)
        self._folder = home / "mailbox"
        self._classpath = classpath

    def prepare(self, ports: Ports, report: Report) -> Launch:
        """Say how to start GreenMail; it keeps no files."""
        self._folder.mkdir(parents=True, exist_ok=True)
        options = [f"-Dgreenmail.{name}.hostname=127.0.0.1" for name in self.port_names]
        options += [f"-Dgreenmail.{name}.port={ports[name]}" for name in self.port_names]
        options += ["-Dgreenmail.auth.disabled", self.marker]
        main_class = "com.icegreen.greenmail.standalone.GreenMailStandaloneRunner"
        arguments = java((*_JVM, *options), self._classpath, main_class, ())
        return Launch(arguments, self.log, self._folder, environment=JAVA_ENVIRONMENT)

    def ask(self, ports: Ports) -> None:
        """Log in, which creates the demo mailbox."""
        ask_mailbox(self.address(ports))

    def address(self, ports: Ports) -> MailboxAddress:
        """Return both ports and the demo user."""
        return MailboxAddress(
            imap=f"127.0.0.1:{ports['imap']}",
            smtp=f"127.0.0.1:{ports['smtp']}",
            user=DEMO_USER,
            password=kept_secret(self._folder / "password"),
        )


def ask_mailbox(where: MailboxAddress) -> None:
    """Log in by IMAP and read the SMTP greeting; NotReady or OSError if either is not served yet."""
    imap_host, imap_port = where.imap.rsplit(":", 1)
    smtp_host, smtp_port = where.smtp.rsplit(":", 1)
    try:
        with imaplib.IMAP4(imap_host, int(imap_port), timeout=5) as imap:
            imap.login(where.user, where.password)
        with smtplib.SMTP(smtp_host, int(smtp_port), timeout=5) as smtp:
            smtp.noop()
    except (imaplib.IMAP4.error, smtplib.SMTPException) as error:
        raise NotReady(str(error)) from error
