"""What the sources offer is asked of the sources: mails that were not stored are named, and nothing is touched."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from imapclient import IMAPClient
from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncEngine

from connectors.rounds import Rounds
from gateway.spool_entry import encode
from gateway.spool_folder import SpoolFolder
from infra.database import create_engine, migrate
from operations.ledger import offered
from operations.ledger.model import Offered
from schemas.inbound import Inbound, ParsedComplaint
from schemas.records import RawDelivery
from schemas.settings import DatabaseSettings, MailboxSettings, Settings
from schemas.wire import Message, Naming
from tests.connectors.imap.polling import Intake, polling
from tests.connectors.imap.polling import mailbox as box
from tests.connectors.imap.reading import MAIL, mail
from tests.gateway.parts import NUMBERING, PSEUDONYM_KEY, WEB, post
from tests.services import Mailbox
from tests.waiting import until
from tests.workers.acknowledge.pieces import Objects
from tests.workers.pieces import incoming
from workers.archive import Archive
from workers.clock import Clock
from workers.runtime.driver import run_batch

pytestmark = pytest.mark.services

ROUNDS = Rounds(Naming(), NUMBERING, PSEUDONYM_KEY, 256 * 1024)
NOT_TAKEN_FOR = timedelta(minutes=3)


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    await migrate(database_url)
    engine = create_engine(DatabaseSettings(url=SecretStr(database_url)))
    yield engine
    await engine.dispose()


@pytest.fixture
def settings(mailbox: Mailbox, tmp_path: Path) -> Settings:
    """One installation with one mailbox and a spool folder."""
    (tmp_path / "spool").mkdir()
    where = box(
        mailbox.imap_port,
        host=mailbox.imap_host,
        user=mailbox.user,
        password=SecretStr(mailbox.password),
        poll_every=timedelta(seconds=30),
        timeout=timedelta(seconds=60),
        processed_folder="Done",
    )
    return Settings(home=tmp_path, mailboxes={"service": where})


def client(mailbox: MailboxSettings) -> IMAPClient:
    """A mail program of somebody else."""
    found = IMAPClient(mailbox.host, mailbox.port, ssl=False, timeout=60)
    found.login(mailbox.user, mailbox.password.get_secret_value())
    return found


def put(
    mailbox: MailboxSettings, *bodies: bytes, at: datetime, folder: str = "INBOX", flags: tuple[bytes, ...] = ()
) -> None:
    """Let mails lie in a folder."""
    with client(mailbox) as imap:
        if not imap.folder_exists(folder):
            imap.create_folder(folder)
        for body in bodies:
            imap.append(folder, body, flags, at)


def messages_of(inbound: Inbound) -> list[Message]:
    """The records a delivery becomes, raw first."""
    return list(ROUNDS.make(inbound, ROUNDS.parsed(inbound, WEB if inbound.channel == "web" else MAIL)).messages)


async def archive(engine: AsyncEngine, inbound: Inbound) -> None:
    """Store a delivery as the archive stage does."""
    raw = RawDelivery.model_validate_json(messages_of(inbound)[0].value)
    await run_batch(Archive(Objects()), engine, [incoming(raw)])


async def mailbox_line(settings: Settings, engine: AsyncEngine, now: datetime) -> Offered:
    """What is said of the mailbox."""
    sources = await offered.ask(settings, engine, now)
    [line] = [one for one in await offered.compare(settings, sources, engine) if one.source == "mailbox"]
    return line


async def taken(mailbox: MailboxSettings, folder: Path, count: int) -> list[Inbound]:
    """Let the real poller take mails, mark them and hand them over; nothing is stored by that."""
    intake = Intake()
    async with polling(mailbox, intake, folder):
        await until(lambda: len(intake.kept) == count, timeout_s=90)
        await until(lambda: not any_unmarked(mailbox), timeout_s=90, every_s=0.1)
    return intake.kept


def any_unmarked(mailbox: MailboxSettings) -> bool:
    with client(mailbox) as imap:
        imap.select_folder("INBOX", readonly=True)
        return bool(imap.search(["UNKEYWORD", mailbox.processed_keyword]))


async def test_a_mail_that_no_poller_has_taken_is_named_and_left_as_it_is(
    engine: AsyncEngine, settings: Settings, tmp_path: Path
) -> None:
    where, now = settings.mailboxes["service"], datetime.now(UTC)
    put(where, mail(body="first"), mail(body="second"), at=now - NOT_TAKEN_FOR)
    for inbound in await taken(where, tmp_path / "cursor", 2):
        await archive(engine, inbound)
    put(where, mail(body="late"), at=now - NOT_TAKEN_FOR)
    put(where, mail(body="just now"), at=now)

    line = await mailbox_line(settings, engine, now)

    assert (line.account, line.offered, line.stored) == ("service", 4, 2)
    assert [one.partition("/")[2] for one in (*line.missing, *line.waiting)] == ["3", "4"]
    with client(where) as imap:
        imap.select_folder("INBOX", readonly=True)
        assert imap.search(["SEEN"]) == []
        assert imap.search(["UNKEYWORD", where.processed_keyword]) == [3, 4]


async def test_a_mark_is_no_proof_a_mail_that_was_marked_and_is_not_stored_is_missing_at_once(
    engine: AsyncEngine, settings: Settings, tmp_path: Path
) -> None:
    where, now = settings.mailboxes["service"], datetime.now(UTC)
    put(where, mail(body="stored"), mail(body="lost"), at=now)
    stored, _ = await taken(where, tmp_path / "cursor", 2)
    await archive(engine, stored)

    line = await mailbox_line(settings, engine, now)

    assert (line.offered, line.stored) == (2, 1)
    assert [one.partition("/")[2] for one in line.missing] == ["2"]


async def test_mails_that_were_moved_or_numbered_anew_are_found_by_message_id_or_by_their_bytes(
    engine: AsyncEngine, settings: Settings
) -> None:
    where, now = settings.mailboxes["service"], datetime.now(UTC)
    known, silent, lost = (
        mail(body=name).replace(b"m1@", name.encode() + b"@") for name in ("known", "silent", "lost")
    )
    put(where, known, silent, lost, at=now, folder="Done")
    with client(where) as imap:
        imap.select_folder("Done", readonly=True)
        bodies = [item[b"BODY[]"] for item in imap.fetch([1, 2], ["BODY.PEEK[]"]).values()]
    as_taken = Inbound("email", "service", b"", now, "internaldate", now, source={"uid": "70", "uidvalidity": "1"})
    read = MAIL.parse(replace(as_taken, body=bodies[0]))
    [complaint] = [one.complaint for one in read if isinstance(one, ParsedComplaint)]
    await run_batch(Clock(timedelta(days=1)), engine, [incoming(complaint)])
    await archive(engine, replace(as_taken, body=bodies[1]))

    line = await mailbox_line(settings, engine, now)

    assert (line.offered, line.stored) == (3, 2)
    assert [one.partition("/")[2] for one in line.missing] == ["3"]


async def test_mail_from_before_the_cut_over_is_not_offered_to_us(engine: AsyncEngine, settings: Settings) -> None:
    now = datetime.now(UTC)
    where = settings.mailboxes["service"].model_copy(update={"since": now - timedelta(hours=1)})
    put(where, mail(body="old"), at=now - timedelta(hours=2))

    line = await mailbox_line(settings.model_copy(update={"mailboxes": {"service": where}}), engine, now)

    assert (line.offered, line.stored, line.missing) == (0, 0, ())


async def test_a_mailbox_that_cannot_be_reached_is_not_knowable_and_holds_up_nothing(
    engine: AsyncEngine, settings: Settings
) -> None:
    away = settings.mailboxes["service"].model_copy(update={"port": 1})
    both = settings.model_copy(update={"mailboxes": {"away": away, **settings.mailboxes}})

    sources = await offered.ask(both, engine, datetime.now(UTC))
    lines = {one.account: one for one in await offered.compare(both, sources, engine) if one.source == "mailbox"}

    assert (lines["away"].offered, lines["away"].missing) == (None, ())
    assert "connection" in lines["away"].note
    assert lines["service"].offered == 0


async def test_spools_are_listed_where_they_lie_with_their_torn_entries(
    engine: AsyncEngine, settings: Settings, tmp_path: Path
) -> None:
    folder = SpoolFolder(tmp_path / "spool" / "gateway")
    folder.adopt()
    folder.write(encode([*messages_of(post(b'{"text": "a"}', "1")), *messages_of(post(b'{"text": "b"}', "2"))]))
    torn = folder.write(encode(messages_of(post(b'{"text": "c"}', "3")))[:-1])
    before = sorted(path.name for path in torn.path.parent.iterdir())

    sources = await offered.ask(settings, engine, datetime.now(UTC))
    [line] = [one for one in await offered.compare(settings, sources, engine) if one.source == "spool"]

    assert (line.account, line.offered, line.stored, line.missing) == ("gateway", 3, 2, (torn.path.name,))
    assert sorted(path.name for path in torn.path.parent.iterdir()) == before
    folder.release()


async def test_a_mail_that_lies_in_the_pollers_spool_is_stored(
    engine: AsyncEngine, settings: Settings, tmp_path: Path
) -> None:
    where, now = settings.mailboxes["service"], datetime.now(UTC)
    put(where, mail(body="spooled"), at=now - NOT_TAKEN_FOR)
    [inbound] = await taken(where, tmp_path / "cursor", 1)
    folder = SpoolFolder(tmp_path / "spool" / "imap")
    folder.adopt()
    folder.write(encode(messages_of(inbound)))

    line = await mailbox_line(settings, engine, now)

    assert (line.offered, line.stored, line.missing) == (1, 1, ())
    folder.release()


async def test_posts_cannot_be_listed_and_are_never_zero(engine: AsyncEngine, settings: Settings) -> None:
    sources = await offered.ask(settings, engine, datetime.now(UTC))

    [line] = [one for one in await offered.compare(settings, sources, engine) if one.source == "web"]
    assert line.offered is None
    assert line.note
