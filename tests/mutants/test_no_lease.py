"""Mutants: `sending` protects nothing, while its sender works or after its sender died."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from connectors.contract import Outgoing, Reply, Sent
from connectors.imap.reply import MailReply
from infra.failpoints import FailPointReached, armed
from schemas.settings import KafkaSettings, SenderSettings, SmtpSettings
from tests.faults.sink import Sink
from tests.faults.system import free_port
from tests.workers.acknowledge.pieces import acknowledge, classified
from tests.workers.pieces import mail, rows
from tests.workers.sender.pieces import Clock
from workers.sender import Sender, SenderParts, claims

pytestmark = pytest.mark.services
CUSTOMER = "li@customers.example"
LEASE = SenderSettings().lease


@pytest.fixture
def sink() -> Iterator[Sink]:
    """A customers' mail server."""
    server = Sink(free_port())
    yield server
    server.stop()


@pytest.fixture
async def owed(engine: AsyncEngine) -> None:
    """One acknowledgement in the outbox."""
    await acknowledge(engine, classified(mail("a@x", CUSTOMER)))


class Paused:
    """Real mail, held between the noted `sending` and the first byte that cannot be taken back."""

    channel = "email"

    def __init__(self, reply: Reply) -> None:
        self.holds, self.released = asyncio.Event(), asyncio.Event()
        self._reply = reply

    async def send(self, message: Outgoing, before_irrevocable: Callable[[], Awaitable[None]]) -> Sent:
        async def note_and_wait() -> None:
            await before_irrevocable()
            self.holds.set()
            await self.released.wait()

        return await self._reply.send(message, note_and_wait)


def mails(sink: Sink) -> MailReply:
    """Sends to the sink."""
    return MailReply(SmtpSettings(host="127.0.0.1", port=sink.port, security="plain", from_address="desk@shop.example"))


def sender(engine: AsyncEngine, reply: Reply, clock: Clock) -> Sender:
    """A sender process."""
    return Sender(SenderParts(engine, {"email": reply}, SenderSettings(), KafkaSettings(), clock, timedelta(seconds=5)))


async def second_sender_meanwhile(engine: AsyncEngine, sink: Sink) -> None:
    """A second sender looks for work while the first is in the middle of its dialogue."""
    first, clock = Paused(mails(sink)), Clock()
    sending = asyncio.create_task(sender(engine, first, clock).send_due())
    await first.holds.wait()
    await sender(engine, mails(sink), clock).send_due()
    first.released.set()
    await sending

    assert sink.inbox.count == {CUSTOMER: 1}, "the customer has it twice"
    assert await rows(engine, "SELECT state, attempt FROM outbox_attempts") == [("sent", 1)]


async def successor_of_a_dead_sender(engine: AsyncEngine, sink: Sink) -> None:
    """A sender dies when the server has taken the message; after its lease another one looks for work."""
    clock = Clock()
    with armed("sender.server-answered=fail"), pytest.raises(FailPointReached):
        await sender(engine, mails(sink), clock).send_due()
    clock.at += LEASE + timedelta(seconds=1)
    await sender(engine, mails(sink), clock).send_due()

    assert sink.inbox.count == {CUSTOMER: 1}, "the customer has it twice"
    assert await rows(engine, "SELECT state, attempt FROM outbox_attempts") == [("unknown", 1)]


async def test_what_one_sender_is_sending_no_other_sends(engine: AsyncEngine, sink: Sink, owed: None) -> None:
    await second_sender_meanwhile(engine, sink)


async def test_sending_without_a_lease_is_caught(
    engine: AsyncEngine, sink: Sink, owed: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(claims, "_CLAIM", _changed(str(claims._CLAIM), "('ready', 'retry')", "('ready', 'sending')"))

    with pytest.raises(AssertionError, match="the customer has it twice"):
        await second_sender_meanwhile(engine, sink)


async def test_what_a_dead_sender_may_have_sent_no_other_sends(engine: AsyncEngine, sink: Sink, owed: None) -> None:
    await successor_of_a_dead_sender(engine, sink)


async def test_sending_taken_over_as_pending_is_caught(
    engine: AsyncEngine, sink: Sink, owed: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    retry, unknown = claims._EXPIRE
    any_lease = _changed(str(retry), "state = 'claimed'", "state IN ('claimed', 'sending')")
    monkeypatch.setattr(claims, "_EXPIRE", (any_lease, unknown))

    with pytest.raises(AssertionError, match="the customer has it twice"):
        await successor_of_a_dead_sender(engine, sink)


def _changed(statement: str, before: str, after: str) -> object:
    """A statement of the product with one word of it changed."""
    assert before in statement
    return text(statement.replace(before, after))
