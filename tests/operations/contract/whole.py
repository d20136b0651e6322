"""One installation with everybody at it: a customer with a mailbox, a department system, a member of staff."""

import imaplib
import json
import os
import re
import secrets
import smtplib
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import psycopg
from confluent_kafka import Consumer, Producer

from tests.deploy.cli.running import INTAKE, until
from tests.services import Services

ROOT = Path(__file__).resolve().parents[3]
LINK = re.compile(r"/track/([0-9A-Z-]{16})#k=([A-Za-z0-9_-]{24})")
PASSWORD = "correct horse battery staple"
_FROM_START = {"auto.offset.reset": "earliest", "isolation.level": "read_committed", "enable.auto.commit": False}
_QUIET_S = 2.0


@dataclass(frozen=True)
class Installation:
    """A running system, as those at it reach it."""

    services: Services
    environment: Mapping[str, str]
    tokens: dict[str, str] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """Where the gateway answers."""
        return f"http://127.0.0.1:{self.environment['INTAKE_GATEWAY__PORT']}"

    def topic(self, name: str) -> str:
        """The name of a topic on the broker."""
        return f"{self.environment['INTAKE_KAFKA__PREFIX']}.{name}"

    def intake(self, *arguments: str, given: str = "") -> str:
        """What a command prints."""
        kept = {name: value for name, value in dict(os.environ).items() if not name.startswith("INTAKE_")}
        done = subprocess.run(
            [INTAKE, *arguments], env=kept | dict(self.environment), input=given, capture_output=True, text=True,
            timeout=120, check=False,
        )  # fmt: skip
        return done.stdout

    def token(self, department: str) -> str:
        """A token of a department, made once."""
        if department not in self.tokens:
            scopes = [word for scope in ("status", "contact", "attachments") for word in ("--scope", scope)]
            made = self.intake("tokens", "add", f"system-{department}", *scopes, "--department", department, "--json")
            self.tokens[department] = json.loads(made)["token"]
        return self.tokens[department]

    def history(self, number: str) -> list[dict[str, Any]]:
        """What `intake show` tells; nothing while nothing is known."""
        shown = self.intake("show", "--json", number)
        return json.loads(shown)["history"] if shown else []

    def told(self, number: str) -> str:
        """The same as sentences."""
        return "\n".join(one["summary"] for one in self.history(number))

    def tasks(self, kind: str) -> list[dict[str, Any]]:
        """What people must do."""
        listed = json.loads(self.intake("tasks", "list", "--json"))["tasks"]
        return [one for one in listed if one["kind"] == kind]

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """What the database has."""
        with psycopg.connect(self.environment["INTAKE_DATABASE__URL"], autocommit=True) as connection:
            return list(connection.execute(query.encode(), values))

    def records(self, name: str) -> list[tuple[bytes, bytes]]:
        """Key and value of every committed record of a topic, read by another client."""
        return committed(self.services.bootstrap_servers, self.topic(name))

    def of_department(self, department: str, number: str) -> list[dict[str, Any]]:
        """The records of a case that a department was given, by the number of its complaint."""
        values = (json.loads(value) for _, value in self.records(f"departments.{department}.v1"))
        return [one for one in values if one["tracking_number"] == number]

    def says(self, case_id: str, department: str, status: str, **more: Any) -> dict[str, Any]:
        """A department reports over Kafka; returns the record."""
        said = {"status_id": str(uuid4()), "case_id": case_id, "department": department, "status": status}
        record = said | {"at": datetime.now(UTC).isoformat(timespec="milliseconds"), "by": "desk"} | more
        self.write(record)
        return record

    def write(self, record: Mapping[str, Any]) -> None:
        """Put a report on the topic as it is."""
        producer = Producer({"bootstrap.servers": self.services.bootstrap_servers})
        value = json.dumps(record, ensure_ascii=False).encode()
        producer.produce(self.topic("complaints.status.v1"), value, str(record["case_id"]).encode())
        producer.flush(10)

    def events(self, case_id: str) -> list[tuple[str, str, str | None]]:
        """Kind, verdict and reason of what happened to a case."""
        query = "SELECT kind, verdict, why FROM case_events WHERE case_id = %s ORDER BY entry"
        return [(kind, verdict, why) for kind, verdict, why in self.rows(query, UUID(case_id))]

    @contextmanager
    def signed_in(self, name: str, role: str) -> Iterator[httpx.Client]:
        """The browser of a member of staff."""
        self.intake("staff", "add", name, "--role", role, "--password-stdin", given=PASSWORD)
        with httpx.Client(base_url=self.url, follow_redirects=True) as browser:
            form = hidden(browser.get("/staff/sign-in").text) | {"name": name, "password": PASSWORD}
            assert browser.post("/staff/sign-in", data=form).status_code == httpx.codes.OK
            yield browser

    @contextmanager
    def example(self, department: str, log: Path) -> Iterator[None]:
        """The Python example at work for a department."""
        program: list[str | Path] = [sys.executable, ROOT / "deploy/examples/python/department.py"]
        program += [self.services.bootstrap_servers, self.topic(f"departments.{department}.v1"), "--group", uuid4().hex]
        program += ["--schema", ROOT / "schemas/json/assignment.json", "--gateway", self.url]
        reports = ["--reports", self.topic("complaints.status.v1")]
        given = dict(os.environ) | {"DEPARTMENT_TOKEN": self.token(department)}
        with log.open("wb") as output:
            popen = subprocess.Popen([*program, *reports], env=given, stdout=output, stderr=output)
            try:
                yield
            finally:
                popen.terminate()
                popen.wait(30)


@dataclass(frozen=True)
class Customer:
    """Somebody with a mailbox, and a browser for the page of a complaint."""

    at: Installation
    address: str = field(default_factory=lambda: f"customer-{secrets.token_hex(4)}@customers.test")

    def writes(self, text: str) -> str:
        """Complain by mail; returns the Message-ID."""
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = (
            self.address,
            self.at.environment["INTAKE_MAILBOXES__CARE__USER"],
            "投诉",
        )
        mail["Message-ID"] = f"<{secrets.token_hex(8)}@customers.test>"
        mail.set_content(text)
        box = self.at.services.mailbox_of(self.address)
        with smtplib.SMTP(box.smtp_host, box.smtp_port) as server:
            server.send_message(mail)
        return str(mail["Message-ID"])

    def fills_in(self, text: str) -> str:
        """Complain on the web page and leave an e-mail address; returns the number."""
        with httpx.Client(base_url=self.at.url) as browser:
            form = hidden(browser.get("/").text) | {"text": text, "email": self.address, "consent": "on"}
            answer = browser.post("/complaints", data=form, headers={"Accept": "application/json"})
        assert answer.status_code == httpx.codes.ACCEPTED, answer.text
        return str(answer.json()["tracking_number"])

    def inbox(self) -> list[EmailMessage]:
        """The mails that have arrived."""
        box = self.at.services.mailbox_of(self.address)
        with imaplib.IMAP4(box.imap_host, box.imap_port, timeout=10) as imap:
            imap.login(self.address, box.password)
            imap.select("INBOX")
            numbers = imap.search(None, "ALL")[1][0].split()
            fetched = [imap.fetch(number, "(RFC822)")[1][0] for number in numbers]
        return [message_from_bytes(one[1], policy=policy.default) for one in fetched if isinstance(one, tuple)]

    @contextmanager
    def page(self, mail: EmailMessage) -> Iterator["TrackPage"]:
        """Open the page by the link of a mail."""
        found = LINK.search(mail.get_content())
        assert found is not None, mail.get_content()
        with httpx.Client(base_url=self.at.url, follow_redirects=True) as browser:
            yield TrackPage(browser, *found.groups())


@dataclass(frozen=True)
class TrackPage:
    """The page of one complaint in a customer's browser."""

    browser: httpx.Client
    number: str
    key: str

    def read(self, lang: str = "zh-CN") -> str:
        """What it says."""
        if not self.browser.cookies:
            self.browser.post(f"/track/{self.number}/open", data={"k": self.key})
        answer = self.browser.get(f"/track/{self.number}", params={"lang": lang})
        assert answer.status_code == httpx.codes.OK
        return answer.text

    def adds(self, text: str, photo: bytes) -> int:
        """Add a message with a photo."""
        return self._post("add", {"text": text}, files={"files": ("photo.png", photo, "image/png")})

    def rates(self, satisfied: str) -> int:
        """Answer whether one is satisfied."""
        return self._post("satisfaction", {"satisfied": satisfied})

    def _post(self, what: str, typed: Mapping[str, str], **more: Any) -> int:
        form = hidden(self.read()) | dict(typed)
        return self.browser.post(f"/track/{self.number}/{what}", data=form, **more).status_code


def committed(brokers: str, topic: str) -> list[tuple[bytes, bytes]]:
    """Key and value of every committed record of a topic, read by a client that knows nothing of us."""
    consumer = Consumer(_FROM_START | {"bootstrap.servers": brokers, "group.id": uuid4().hex})
    found: list[tuple[bytes, bytes]] = []

    def read(wait_s: float) -> bool:
        message = consumer.poll(wait_s)
        if message is not None:
            found.append((message.key() or b"", message.value() or b""))
        return message is not None

    try:
        consumer.subscribe([topic])
        until(lambda: read(0.1) or consumer.assignment())
        while read(_QUIET_S):
            pass
    finally:
        consumer.close()
    return found


def hidden(page: str) -> dict[str, str]:
    """The hidden fields of a page's forms; of one name, the last."""
    return dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page))


def status(page: str) -> str:
    """What a page says in large letters."""
    found = re.search(r'<h1 class="status">([^<]*)</h1>', page)
    return found[1] if found else ""
