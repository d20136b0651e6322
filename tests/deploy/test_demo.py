"""`intake run --demo` from an empty folder to an empty process list, as `make run` starts it."""

import imaplib
import json
import re
import signal
import smtplib
import subprocess
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
from jsonschema import Draft202012Validator

from deploy.contract import FOLDER
from deploy.local.status import PlatformStatus
from tests.deploy.cli.running import INTAKE, process, until
from tests.operations.contract.whole import committed

pytestmark = pytest.mark.services

ROOT = Path(__file__).resolve().parents[2]
CUSTOMER = "sun@customers.example"
_NUMBER = r"[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give an empty home."""
    return tmp_path_factory.mktemp("demo")


@pytest.fixture(scope="module")
def demo(home: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run it until it says that everything runs."""
    with process(("run", "--demo"), {"INTAKE_HOME": str(home), "INTAKE_GATEWAY__PORT": "0"}, home / "log") as popen:
        until(lambda: popen.poll() is not None or "Everything runs" in (home / "log").read_text(), 240)
        assert popen.poll() is None, (home / "log").read_text()
        yield popen


def asked(home: Path, *arguments: str) -> str:
    """Return what a command prints about the demo."""
    environment = {"INTAKE_HOME": str(home), "PATH": f"{INTAKE.parent}:/usr/bin:/bin"}
    done = subprocess.run([INTAKE, *arguments], env=environment, capture_output=True, timeout=120, check=False)
    return done.stdout.decode()


def status(home: Path) -> PlatformStatus:
    """Return the addresses of the demo."""
    return PlatformStatus.model_validate_json(asked(home, "platform", "status", "--json"))


def routed_to_quality(home: Path, how_many: int) -> list[dict[str, Any]]:
    """Return so many records of the quality department as its system would get them."""
    arguments = ("tail", "departments.quality.v1", "--from-beginning", "--json", "--max", str(how_many))
    return [json.loads(line)["value"] for line in asked(home, *arguments).splitlines()]


def inbox(home: Path, user: str) -> list[EmailMessage]:
    """Return the mails a customer has received."""
    mailbox = status(home).mailbox
    assert mailbox is not None
    host, port = mailbox.imap.rsplit(":", 1)
    with imaplib.IMAP4(host, int(port), timeout=10) as imap:
        imap.login(user, "any")
        imap.select("INBOX")
        numbers = imap.search(None, "ALL")[1][0].split()
        fetched = [imap.fetch(number, "(RFC822)")[1][0] for number in numbers]
    return [message_from_bytes(one[1], policy=policy.default) for one in fetched if isinstance(one, tuple)]


def test_the_samples_arrive_and_are_acknowledged(demo: subprocess.Popen[bytes], home: Path) -> None:
    [answer, *_] = until(lambda: inbox(home, "limei@example.com"))

    assert answer["Auto-Submitted"] == "auto-replied"
    assert len(routed_to_quality(home, 2)) == 2
    assert len(re.findall(r"sample \S+", (home / "log").read_text())) == 18


def test_every_channel_is_answered_on_it_or_left_to_a_person(demo: subprocess.Popen[bytes], home: Path) -> None:
    [phones] = re.findall(r"phones +(http://\S+?)/ ", (home / "log").read_text())

    def delivered() -> set[tuple[str, str]]:
        return {(one["vendor"], one["way"]) for one in httpx.get(f"{phones}/_delivered").json()}

    assert until(lambda: delivered() >= {("wechat", "customer-service"), ("aliyun", "sms")})
    kinds = {one["kind"] for one in json.loads(asked(home, "tasks", "list", "--json"))["tasks"]}
    assert kinds >= {"call-back", "listen-and-type", "platform-entry"}


def test_departments_take_cases_on_one_asks_back_and_one_answers(demo: subprocess.Popen[bytes], home: Path) -> None:
    kafka = status(home).kafka
    assert kafka is not None
    brokers = kafka.bootstrap_servers

    def reported() -> set[str]:
        return {json.loads(report)["status"] for _, report in committed(brokers, "complaints.status.v1")}

    assert until(lambda: reported() >= {"accepted", "need-information", "answered"}, 120)
    subjects = until(lambda: [str(mail["Subject"]) for mail in inbox(home, "limei@example.com")][1:])
    assert any("编号" in one or "number" in one for one in subjects)


def test_a_form_of_a_browser_reaches_quality(demo: subprocess.Popen[bytes], home: Path) -> None:
    gateway = status(home).gateway
    assert gateway is not None
    text = "饼干里吃出一根头发，恶心，要求赔偿"

    with httpx.Client(base_url=gateway.url, follow_redirects=True) as browser:
        page = browser.get("/").text
        hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page))
        sent = browser.post("/complaints", data=hidden | {"text": text, "consent": "on"})

    assert sent.status_code in {200, 201, 202}, sent.text
    number = re.search(_NUMBER, sent.text)
    assert number
    until(lambda: "分派给质量与食品安全部" in asked(home, "show", number[0]))


def test_a_mail_of_any_smtp_client_reaches_quality_and_is_answered_in_its_thread(
    demo: subprocess.Popen[bytes], home: Path
) -> None:
    mailbox = status(home).mailbox
    assert mailbox is not None
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = CUSTOMER, mailbox.user, "面包发霉"
    mail["Message-ID"] = "<mouldy-bread@customers.example>"
    mail.set_content("昨天在解放路店买的面包发霉了，孩子吃了拉肚子")

    host, port = mailbox.smtp.rsplit(":", 1)
    with smtplib.SMTP(host, int(port)) as server:
        server.send_message(mail)

    [answer, *_] = until(lambda: inbox(home, CUSTOMER))
    assert answer["In-Reply-To"] == "<mouldy-bread@customers.example>"
    number = re.search(_NUMBER, answer.get_content())
    assert number
    until(lambda: "分派给质量与食品安全部" in asked(home, "show", number[0]))
    schema = json.loads((FOLDER / "assignment.json").read_text())
    assert [list(Draft202012Validator(schema).iter_errors(one)) for one in routed_to_quality(home, 3)] == [[], [], []]


def test_foreign_consumers_read_what_the_schema_says(demo: subprocess.Popen[bytes], home: Path) -> None:
    kafka = status(home).kafka
    assert kafka is not None
    schema = FOLDER / "assignment.json"
    environment = {"INTAKE_HOME": str(home), "INTAKE": str(INTAKE), "PATH": f"{INTAKE.parent}:/usr/bin:/bin"}

    python = subprocess.run(
        [INTAKE.parent / "python", ROOT / "deploy/examples/python/department.py", kafka.bootstrap_servers,
         "departments.quality.v1", "--schema", schema, "--max", "2", "--json"],
        capture_output=True, timeout=60, check=False,
    )  # fmt: skip
    java = subprocess.run(
        [ROOT / "deploy/examples/java/consume.sh", "departments.quality.v1", "--max-messages", "2"],
        env=environment, capture_output=True, timeout=60, check=False,
    )  # fmt: skip

    assert (python.returncode, java.returncode) == (0, 0), (python.stderr, java.stderr)
    validator = Draft202012Validator(json.loads(schema.read_text()))
    printed = [json.loads(line) for line in (python.stdout + java.stdout).splitlines()]
    assert len(printed) == 4
    assert [error.message for record in printed for error in validator.iter_errors(record)] == []


def test_ctrl_c_leaves_no_process_and_no_port(demo: subprocess.Popen[bytes], home: Path) -> None:
    family = [psutil.Process(demo.pid), *(one for one in psutil.process_iter() if _is_part(one, home))]
    ports = {port for one in family for port in _listening(one)}
    assert len(ports) >= 5

    demo.send_signal(signal.SIGINT)

    assert demo.wait(90) == 0
    until(lambda: not any(_is_part(one, home) for one in psutil.process_iter()))
    assert not ports & {port for one in psutil.process_iter() for port in _listening(one)}
    assert not (home / "gateway.json").exists()
    assert not (home / "platform.json").exists()


def _is_part(one: psutil.Process, home: Path) -> bool:
    try:
        return str(home) in " ".join(one.cmdline())
    except psutil.Error:
        return False


def _listening(one: psutil.Process) -> set[int]:
    try:
        return {port.laddr.port for port in one.net_connections("tcp") if port.status == psutil.CONN_LISTEN}
    except psutil.Error:
        return set()
