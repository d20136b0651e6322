"""A mailbox drained by our connector (stored, on Kafka, marked) against a loop that fetches and decodes only."""

import json
import random
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime

from imapclient import IMAPClient

from schemas.topics import RECEIVED
from tests.bench.figures import compare
from tests.bench.gate import Gate
from tests.bench.log import Progress, wait_for
from tests.bench.processes import Measured, cpu_s
from tests.bench.product import product
from tests.bench.results import Row
from tests.bench.texts import posts
from tests.bench.world import World

RATIO = 0.5
_FILE_BYTES = 50 * 1024
_DRAIN_WITHIN_S = 300.0
_MARK = b"$ComplaintProcessed"


def mail(world: World) -> list[Row]:
    """Measure in turns: each round fills a new mailbox, which both read."""
    count, rounds = world.of(200, 1000), world.of(2, 5)
    world.steps("mail", 3 * rounds)
    host, port = world.mailbox.imap.rsplit(":", 1)
    gate = Gate(host, int(port))
    ours: list[float] = []
    bare: list[float] = []
    shares: list[float] = []
    told: dict[str, float] = {}
    with closing(gate):
        for number in range(rounds):
            user = f"{world.prefix('mails')}@shop.example"
            _fill(world, user, count, number)
            world.step("reading")
            turns = (_bare, _ours) if number % 2 == 0 else (_ours, _bare)
            for turn in turns:
                rate, share = turn(world, gate, user, count, told)
                (ours if turn is _ours else bare).append(rate)
                shares.append(share)
                world.step(turn.__name__.strip("_"))
    found = compare(ours, bare)
    return [
        Row(
            name="mail",
            unit="mails/s",
            ours=found.ours,
            peer=found.peer,
            peer_name="bare imapclient loop that fetches and decodes",
            ratio=found.ratio,
            spread=(found.least, found.greatest),
            target=f"ratio ≥ {RATIO}",
            met=found.ratio >= RATIO,
            memory_mb={"connector": told["MB"]},
            notes={
                "mails": count,
                "with a file of 50 KB": count // 5,
                "CPU ms a mail, ours": told["CPU ms"],
                "server (GreenMail) CPU ms a mail": sum(shares) / len(shares) * 1000,
            },
        )
    ]


def _bare(world: World, gate: Gate, user: str, count: int, told: dict[str, float]) -> tuple[float, float]:
    """Mails a second of the bare loop, and the server's processor seconds a mail."""
    server = world.pids()["mailbox"]
    before = cpu_s([server])
    gate.open()
    process = Measured.contender("bare loop", "mail_loop", str(gate.port), user, world.mailbox.password)
    read = process.finish(_DRAIN_WITHIN_S)
    if not read or read["mails"] != count:
        raise RuntimeError(f"the bare loop read {read}")
    return count / read["seconds"], (cpu_s([server]) - before) / count


def _ours(world: World, gate: Gate, user: str, count: int, told: dict[str, float]) -> tuple[float, float]:
    """Mails a second of our connector from the server's greeting to the last mark, and the server's share."""
    desk = {"HOST": "127.0.0.1", "PORT": str(gate.port), "SECURITY": "plain", "USER": user,
            "PASSWORD": world.mailbox.password, "ADDRESSES": json.dumps([user])}  # fmt: skip
    server = world.pids()["mailbox"]
    gate.shut()
    with product(world, {f"INTAKE_MAILBOXES__DESK__{name}": value for name, value in desk.items()}) as made:
        made.begin({"connector": ("connector", "imap")})
        process = made.running["connector"]
        wait_for(gate.arrived.is_set, 60, f"the connector does not connect: {process.said()}")
        before = cpu_s([server])
        used = process.cpu_s()
        gate.open()
        began = wait_for(lambda: True, 1, "")
        with _direct(world, user) as client:
            client.select_folder("INBOX", readonly=True)

            def marked() -> bool:
                process.check()
                return len(client.search([b"KEYWORD", _MARK])) >= count

            done = wait_for(marked, _DRAIN_WITHIN_S, "not every mail was marked")
        told["MB"] = process.memory_mb()
        told["CPU ms"] = (process.cpu_s() - used) / count * 1000
        received = Progress(world.bootstrap, "look", made.topic(RECEIVED))
        on_kafka = received.written()
        received.close()
    if on_kafka < count:
        raise RuntimeError(f"{on_kafka} of {count} mails are on Kafka")
    return count / (done - began), (cpu_s([server]) - before) / count


def _direct(world: World, user: str) -> IMAPClient:
    host, port = world.mailbox.imap.rsplit(":", 1)
    client = IMAPClient(host, port=int(port), ssl=False, timeout=60)
    client.login(user, world.mailbox.password)
    return client


def _fill(world: World, user: str, count: int, seed: int) -> None:
    with _direct(world, user) as client:
        for raw in _mails(user, count, seed):
            client.append("INBOX", raw)


def _mails(user: str, count: int, seed: int) -> Iterator[bytes]:
    """So many mails of about 2 KB, every fifth with a file of 50 KB."""
    draw = random.Random(seed)
    for number, body in enumerate(posts(count, seed + 100)):
        post = json.loads(body)
        message = EmailMessage()
        message["From"] = f"{post['sender']['name']} <{post['sender']['emails'][0]}>"
        message["To"] = user
        message["Subject"] = "投诉"
        message["Date"] = format_datetime(datetime.now(UTC))
        message["Message-ID"] = f"<{seed}-{number}-{draw.randrange(10**12)}@customers.example>"
        message.set_content(post["text"] + "\n\n" + "详细经过如下。" * 60)
        if number % 5 == 0:
            message.add_attachment(draw.randbytes(_FILE_BYTES), maintype="image", subtype="jpeg", filename="photo.jpg")
        yield message.as_bytes()
