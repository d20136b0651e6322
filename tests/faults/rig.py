"""A running installation, an operator before its page, two people who are alerted, everything that can break."""

import os
import secrets
import smtplib
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from functools import partial
from pathlib import Path

import httpx
import psycopg

from deploy.vendors.wechat import WeChatVendor
from deploy.vendors.wechat_people import OfficialAccount
from deploy.vendors.wechat_pushes import Server
from tests.deploy.cli.running import installation
from tests.faults.doorkeeper import Doorkeeper
from tests.faults.offering import problem
from tests.faults.page import LANGUAGES, Entry, Page
from tests.faults.system import INTAKE, System, build, sharing, until
from tests.faults.vendors import address_of, listening, served
from tests.receiving import Receiver
from tests.services import Services

PASSWORD = "first-password-of-the-mailbox"
SECRET = "secret-of-the-injected-faults-0123456789"
SHOP = OfficialAccount(Server("/webhooks/wechat/shop", "wx-shop", SECRET), SECRET)
_STAFF = "long enough for staff 2026"
ALONE = "classify"
"""The stage that has a process of its own."""
NEEDED_BYTES = 8 * 1024**2
"""What must be free on a disk."""
_WITHIN_S = 90
_SOON = {
    "INTAKE_WORKER__SESSION_TIMEOUT": "PT6S",
    "INTAKE_WATCH__BEAT_EVERY": "PT1S",
    "INTAKE_WATCH__SILENT_AFTER": "PT6S",
    "INTAKE_WATCH__LOOK_EVERY": "PT1S",
    "INTAKE_WATCH__DISK_FREE_BYTES": str(NEEDED_BYTES),
    "INTAKE_WATCH__DISK_FREE_SHARE": "0",
    "INTAKE_ALERTS__GRACE": "PT2S",
    "INTAKE_ALERTS__SETTLE": "PT2S",
    "INTAKE_ALERTS__RETRY_AFTER": "PT1S",
    "INTAKE_MAILBOXES__CARE__POLL_EVERY": "PT2S",
    "INTAKE_MAILBOXES__CARE__LOGIN_RETRY_AFTER": "PT1S",
    "INTAKE_SENDER__RETRY_AFTER": "PT1S",
    "INTAKE_SENDER__RETRY_AT_MOST": "PT2S",
    "INTAKE_SENDER__UNKNOWN_WAIT": "PT2S",
    "INTAKE_KAFKA__PARTITIONS": "1",
}
"""What operators leave at seconds and minutes, shorter."""


@dataclass(frozen=True, slots=True)
class Named:
    """One fault as the page named it in each language."""

    fault: str
    zh: Entry
    en: Entry


@dataclass
class Rig:
    """The installation and everybody around it."""

    system: System
    page: Page
    duty: Receiver
    english: Receiver
    door: Doorkeeper
    vendor: WeChatVendor
    smtp: str
    mailbox: str
    database_url: str
    told: list[Named] = field(default_factory=list)

    def entries(self, language: str = "en") -> list[Entry]:
        """What is on the page."""
        return self.page.entries(language)

    def quiet(self) -> bool:
        """Whether nothing is wrong, on the page and among those who are alerted."""
        return not self.entries()

    def names(self, fault: str, what: str | tuple[str, ...], fits: Callable[[Entry], bool] = lambda _: True) -> Named:
        """Wait until the page names an object with one of these words in a way that fits, and both people know."""
        words = (what,) if isinstance(what, str) else what
        found: dict[str, Entry] = {}

        def there() -> bool:
            for language in LANGUAGES:
                fitting = [one for one in self.entries(language) if any(word in one.object for word in words)]
                good = [one for one in fitting if fits(one)]
                if good:
                    found[language] = good[0]
            return len(found) == len(LANGUAGES)

        until(there, _WITHIN_S, lambda: f"{fault} is not named: {self.entries()}")
        for person, entry in ((self.duty, found["zh"]), (self.english, found["en"])):
            until(lambda: bool(_heard(person, entry)), _WITHIN_S, lambda: f"{fault}: {person.came}")  # noqa: B023
        named = Named(fault, found["zh"], found["en"])
        self.told.append(named)
        return named

    def is_over(self, named: Named) -> None:
        """Wait until the page does not name it any more, and both people were told so, once."""
        for language, entry, person in (("zh", named.zh, self.duty), ("en", named.en, self.english)):
            gone = partial(self._gone, language, entry)
            until(gone, _WITHIN_S, lambda: f"{named.fault} stays: {self.entries()}")
            told = partial(_heard_the_end, person, entry)
            until(told, _WITHIN_S, lambda: f"nobody heard that {named.fault} is over: {person.came}")  # noqa: B023

    def _gone(self, language: str, entry: Entry) -> bool:
        return all(one.object != entry.object for one in self.entries(language))

    def complain(self, count: int) -> None:
        """Customers post complaints."""
        for _ in range(count):
            token = secrets.token_hex(4)
            body = {"text": problem(token), "sender": {"emails": [f"{token}@customers.example"]}}
            answer = httpx.post(f"{self.system.url}/api/v1/complaints", json=body, timeout=30)
            assert answer.status_code == httpx.codes.ACCEPTED, answer.text

    def mail(self, count: int) -> None:
        """Customers write mails."""
        host, port = self.smtp.rsplit(":", 1)
        with smtplib.SMTP(host, int(port)) as server:
            for _ in range(count):
                token = secrets.token_hex(4)
                mail = EmailMessage()
                mail["From"], mail["To"], mail["Subject"] = f"{token}@customers.example", self.mailbox, "投诉"
                mail["Message-ID"] = f"<{token}@customers.example>"
                mail.set_content(problem(token))
                server.send_message(mail)

    def sql(self, statement: str, *values: object) -> list[tuple[object, ...]]:
        """What the database answers."""
        with psycopg.connect(self.database_url, autocommit=True) as connection:
            found = connection.execute(statement.encode(), values)
            return found.fetchall() if found.description else []

    def set(self, name: str, **variables: str) -> None:
        """Change settings of a process, to be read at its next start."""
        process = self.system.processes[name]
        process.environment = {**process.environment, **variables}


def _heard(person: Receiver, entry: Entry) -> list[str]:
    """The alerts that name it with a next step, which may have been another one a moment before."""
    texts = [one["message"] for one in person.came]
    return [one for one in texts if entry.object in one and ("Next:" in one or "下一步：" in one)]


def _heard_the_end(person: Receiver, entry: Entry) -> bool:
    over = [one for one in person.came if "RECOVERED" in one["title"] or "已恢复" in one["title"]]
    return any(entry.object in one["message"] for one in over)


def table(told: list[Named]) -> str:
    """What the page said, as a table of Markdown."""
    lines = ["| fault | object | what it said | since | at risk | next step |", "|---|---|---|---|---|---|"]
    for one in told:
        for entry in (one.zh, one.en):
            step = entry.step
            for command in entry.commands:
                step = step.replace(command, f"`{command}`")
            lines.append(f"| {one.fault} | {entry.object} | {entry.said} | {entry.since} | {entry.at_risk} | {step} |")
    return "\n".join(lines)


@contextmanager
def rig(services: Services, home: Path, disk: Path | None) -> Iterator[Rig]:
    """Start the installation with gateway, mailbox, one stage and all others in a process each. Stop all of it.

    `disk` is where the gateway's spool and the objects lie, if not beside everything else.
    """
    with ExitStack() as stack:
        made = dict(stack.enter_context(installation(services, home)))
        door = Doorkeeper(made["INTAKE_MAILBOXES__CARE__HOST"], int(made["INTAKE_MAILBOXES__CARE__PORT"]), PASSWORD)
        stack.callback(door.close)
        duty, english = (stack.enter_context(_listening()) for _ in range(2))
        vendor, place = WeChatVendor([SHOP]), listening()
        stack.enter_context(served(vendor, place))
        environment = made | _SOON | _people(duty, english) | _shop(address_of(place))
        if disk is not None:
            environment["INTAKE_OBJECTS__URL"] = (disk / "objects").as_uri()
        environment |= {
            "INTAKE_MAILBOXES__CARE__HOST": "127.0.0.1",
            "INTAKE_MAILBOXES__CARE__PORT": str(door.port),
            "INTAKE_MAILBOXES__CARE__PASSWORD": PASSWORD,
        }
        system = build(home, environment, sharing(ALONE))
        stack.callback(system.stop)
        if disk is not None:
            gateway = system.processes["gateway"]
            gateway.environment = {**gateway.environment, "INTAKE_SPOOL__FOLDER": str(disk / "spool")}
        system.start()
        _clerk(system)
        page = Page(system.url, "duty", _STAFF)
        stack.callback(page.close)
        smtp = f"{made['INTAKE_SMTP__HOST']}:{made['INTAKE_SMTP__PORT']}"
        yield Rig(
            system, page, duty, english, door, vendor, smtp, made["INTAKE_MAILBOXES__CARE__USER"],
            made["INTAKE_DATABASE__URL"],
        )  # fmt: skip


def _people(duty: Receiver, english: Receiver) -> dict[str, str]:
    return {
        "INTAKE_ALERTS__TARGETS__DUTY__URL": duty.url,
        "INTAKE_ALERTS__TARGETS__ENGLISH__URL": english.url,
        "INTAKE_ALERTS__TARGETS__ENGLISH__LANGUAGE": "en",
    }


def _shop(address: str) -> dict[str, str]:
    return {
        "INTAKE_WECHAT__SHOP__APP_ID": SHOP.server.app_id,
        "INTAKE_WECHAT__SHOP__APP_SECRET": SHOP.secret,
        "INTAKE_WECHAT__SHOP__TOKEN": SHOP.server.token,
        "INTAKE_WECHAT__SHOP__API_URL": f"http://{address}",
        "INTAKE_ANSWERING__QUIET": "{}",
    }


@contextmanager
def _listening() -> Iterator[Receiver]:
    made = Receiver()
    serving = threading.Thread(target=made.server.serve_forever, daemon=True)
    serving.start()
    try:
        yield made
    finally:
        made.server.shutdown()
        made.server.server_close()
        serving.join()


def _clerk(system: System) -> None:
    """Somebody who may do what the page asks for."""
    subprocess.run(
        [INTAKE, "staff", "add", "duty", "--role", "supervisor", "--password-stdin"],
        env={**os.environ, **system.environment},
        input=f"{_STAFF}\n",
        text=True,
        check=True,
        capture_output=True,
        timeout=60,
    )
