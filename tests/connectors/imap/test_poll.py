"""No mail is lost, none blocks the others, and every trouble of a server heals by itself."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from connectors.imap.cursor import Cursor, CursorFile
from infra.failpoints import armed
from schemas.errors import Reason
from tests.connectors.imap.imap_server import HANG_UP, SILENCE, FakeImap, StoredMail, fake_imap
from tests.connectors.imap.polling import NOW, Intake, cursor, mailbox, polling
from tests.connectors.imap.reading import mail
from tests.waiting import until

pytestmark = pytest.mark.enable_socket
KEYWORD = "$ComplaintProcessed"


def mails(count: int) -> list[bytes]:
    return [mail(body=f"mail {number}") for number in range(count)]


def marked(imap: FakeImap) -> list[int]:
    return [uid for uid, one in imap.mails.items() if KEYWORD in one.flags]


async def test_each_mail_is_received_once_marked_and_written_down(tmp_path: Path) -> None:
    intake = Intake()
    async with fake_imap(FakeImap()) as imap:
        imap.add(*mails(7))
        async with polling(mailbox(imap.port, fetch_batch=3), intake, tmp_path) as poller:
            await until(lambda: len(marked(imap)) == 7)
            await until(lambda: poller.health().detail == "waiting for mail")

    assert intake.uids == [1, 2, 3, 4, 5, 6, 7]
    assert cursor(tmp_path) == Cursor(uidvalidity=1, last_uid=7)
    assert all("PEEK" in command for command in imap.commands if "BODY" in command)


async def test_a_delivery_carries_the_time_the_company_received_it(tmp_path: Path) -> None:
    intake = Intake()
    async with fake_imap(FakeImap()) as imap:
        imap.mails[1] = StoredMail(mail(), date="20-Nov-2026 10:21:40 +0800")
        imap.mails[2] = StoredMail(mail(), date="22-Nov-2030 00:00:00 +0000")
        async with polling(mailbox(imap.port), intake, tmp_path):
            await until(lambda: len(intake.kept) == 2)

    assert intake.kept[0].received_at == datetime(2026, 11, 20, 2, 21, 40, tzinfo=UTC)
    assert intake.kept[0].received_at_source == "internaldate"
    assert intake.kept[0].source == {"uid": "1", "uidvalidity": "1"}
    assert intake.kept[1].received_at == NOW


async def test_news_arrive_through_idle_long_before_the_next_poll(tmp_path: Path) -> None:
    intake = Intake()
    async with fake_imap(FakeImap()) as imap:
        settings = mailbox(imap.port, poll_every=timedelta(hours=1))
        async with polling(settings, intake, tmp_path):
            await until(lambda: imap.count("IDLE"))
            # News that share a packet with the server's "+ idling" are seen with the next ones, or by the poll.

            def delivered() -> bool:
                imap.add(mail())
                return bool(intake.kept)

            await until(delivered)


async def test_without_idle_the_poll_finds_them(tmp_path: Path) -> None:
    intake = Intake()
    async with fake_imap(FakeImap(capabilities="IMAP4rev1")) as imap:
        settings = mailbox(imap.port)
        async with polling(settings, intake, tmp_path) as poller:
            await until(lambda: poller.health().facts["last_poll"] != "never")
            imap.add(mail())
            await until(lambda: intake.kept)

    assert imap.count("IDLE") == 0


async def test_a_restart_goes_on_where_it_stopped(tmp_path: Path) -> None:
    intake = Intake()
    async with fake_imap(FakeImap()) as imap:
        imap.permanent = ""
        imap.add(*mails(3))
        async with polling(mailbox(imap.port), intake, tmp_path):
            await until(lambda: cursor(tmp_path).last_uid == 3)
        imap.add(*mails(2))
        async with polling(mailbox(imap.port), intake, tmp_path):
            await until(lambda: len(intake.kept) == 5)

    assert intake.uids == [1, 2, 3, 4, 5]


async def test_after_a_new_uidvalidity_marked_mails_are_skipped_and_the_rest_comes_again(tmp_path: Path) -> None:
    intake = Intake()
    async with fake_imap(FakeImap()) as imap:
        imap.add(*mails(4))
        async with polling(mailbox(imap.port), intake, tmp_path):
            await until(lambda: len(marked(imap)) == 4)
        imap.mails[2].flags.clear()
        imap.renumber()
        async with polling(mailbox(imap.port), intake, tmp_path):
            await until(lambda: len(intake.kept) == 5)
            await until(lambda: cursor(tmp_path).last_uid == 103)

    assert intake.uids == [1, 2, 3, 4, 101]
    assert cursor(tmp_path).uidvalidity == 2


async def test_where_keywords_are_not_allowed_mails_are_moved(tmp_path: Path) -> None:
    intake = Intake()
    async with fake_imap(FakeImap(permanent="\\Seen")) as imap:
        imap.add(*mails(2))
        async with polling(mailbox(imap.port, processed_folder="Done"), intake, tmp_path):
            await until(lambda: imap.moved == {"Done": [1, 2]})


async def test_without_move_they_are_copied_and_expunged_by_uid(tmp_path: Path) -> None:
    intake = Intake()
    async with fake_imap(FakeImap(permanent="\\Seen", capabilities="IMAP4rev1 UIDPLUS")) as imap:
        imap.add(mail())
        async with polling(mailbox(imap.port, processed_folder="Done"), intake, tmp_path):
            await until(lambda: imap.count("UID EXPUNGE 1"))

    assert imap.moved == {"Done": [1]}


async def test_in_a_read_only_folder_the_cursor_alone_remembers(tmp_path: Path) -> None:
    intake = Intake()
    async with fake_imap(FakeImap(permanent="")) as imap:
        imap.add(mail())
        async with polling(mailbox(imap.port), intake, tmp_path):
            await until(lambda: imap.count("UID SEARCH") > 4)

    assert intake.uids == [1]
    assert imap.count("STORE") == 0


async def test_mail_older_than_the_cut_over_is_left_alone(tmp_path: Path) -> None:
    intake = Intake()
    async with fake_imap(FakeImap()) as imap:
        imap.mails[1] = StoredMail(mail(), date="01-Jan-2020 00:00:00 +0000")
        imap.mails[2] = StoredMail(mail())
        settings = mailbox(imap.port, since=datetime(2026, 11, 1, tzinfo=UTC))
        async with polling(settings, intake, tmp_path):
            await until(lambda: cursor(tmp_path).last_uid == 2)

    assert intake.uids == [2]
    assert marked(imap) == [2]


async def test_a_mail_over_the_limit_is_fetched_in_part_only(tmp_path: Path) -> None:
    intake = Intake()
    async with fake_imap(FakeImap()) as imap:
        imap.add(mail(body="x" * 50_000), mail())
        async with polling(mailbox(imap.port, max_mail_bytes=10_000, partial_bytes=2_000), intake, tmp_path):
            await until(lambda: len(intake.kept) == 2)

    large = next(one for one in intake.kept if one.source["uid"] == "1")
    assert len(large.body) == 2_000
    assert large.source["partial"] == "true"
    assert int(large.source["size_bytes"]) > 50_000
    assert not any("BODY.PEEK[])" in command for command in imap.commands if "FETCH 1 " in command)


async def test_a_mail_nobody_can_read_is_suspended_after_its_tries_and_blocks_none(tmp_path: Path) -> None:
    intake = Intake(broken=lambda body: b"mail 1" in body)
    async with fake_imap(FakeImap()) as imap:
        imap.add(*mails(3))
        async with polling(mailbox(imap.port), intake, tmp_path):
            await until(lambda: intake.suspended)
            await until(lambda: len(marked(imap)) == 3)
            await until(lambda: cursor(tmp_path).attempts == {})

    [(inbound, reason)] = intake.suspended
    assert intake.uids == [1, 3]
    assert (inbound.source["uid"], reason) == ("2", Reason.PARSER_CRASHED)
    assert intake.tries == 2 + 3


async def test_a_mail_the_server_never_hands_over_is_suspended_and_blocks_none(tmp_path: Path) -> None:
    intake = Intake()

    def trouble(command: str) -> str | None:
        uids = command.split(" ")[2] if "FETCH" in command and "BODY" in command else ""
        return "TAG BAD internal error\r\n" if uids and 2 in range(*_span(uids)) else None

    async with fake_imap(FakeImap(trouble=trouble)) as imap:
        imap.add(*mails(3))
        async with polling(mailbox(imap.port), intake, tmp_path):
            await until(lambda: intake.suspended)
            await until(lambda: len(marked(imap)) == 3)

    [(inbound, reason)] = intake.suspended
    assert sorted(intake.uids) == [1, 3]
    assert (inbound.source["uid"], reason, inbound.body) == ("2", Reason.FETCH_FAILED, b"")


def _span(uids: str) -> tuple[int, int]:
    numbers = [int(one) for one in uids.replace(":", ",").split(",")]
    return min(numbers), max(numbers) + 1


async def test_a_mail_that_kills_the_connection_is_found_and_suspended(tmp_path: Path) -> None:
    intake = Intake()

    def trouble(command: str) -> str | None:
        uids = command.split(" ")[2] if "FETCH" in command and "BODY" in command else ""
        return HANG_UP if uids and 2 in range(*_span(uids)) else None

    async with fake_imap(FakeImap(trouble=trouble)) as imap:
        imap.add(*mails(4))
        async with polling(mailbox(imap.port), intake, tmp_path):
            await until(lambda: intake.suspended)
            await until(lambda: len(intake.kept) == 3)

    assert sorted(intake.uids) == [1, 3, 4]
    assert intake.suspended[0][0].source["uid"] == "2"


async def test_a_mail_that_killed_the_process_is_taken_alone_at_the_next_start(tmp_path: Path) -> None:
    intake = Intake()
    CursorFile(tmp_path, "service").save(Cursor(uidvalidity=1, last_uid=1, attempts={3: 2}, in_hand=[2, 3, 4]))
    async with fake_imap(FakeImap()) as imap:
        imap.add(*mails(5))
        async with polling(mailbox(imap.port), intake, tmp_path):
            await until(lambda: len(intake.kept) == 4)

    fetched = [command.split(" ")[2] for command in imap.commands if "BODY" in command]
    assert fetched == ["2", "3", "4", "5"]


async def test_an_answer_with_missing_and_unasked_items_is_asked_for_again(tmp_path: Path) -> None:
    intake = Intake()
    first: list[str] = []

    def trouble(command: str) -> str | None:
        if "FETCH" in command and "BODY" in command and not first:
            first.append(command)
            return "* 1 FETCH (UID 1 FLAGS (\\Seen))\r\n* 2 FETCH (FLAGS ())\r\nTAG OK done\r\n"
        return None

    async with fake_imap(FakeImap(trouble=trouble)) as imap:
        imap.add(*mails(2))
        async with polling(mailbox(imap.port), intake, tmp_path):
            await until(lambda: len(intake.kept) == 2)


async def test_while_nothing_can_be_kept_nothing_is_marked_and_no_try_is_counted(tmp_path: Path) -> None:
    intake = Intake(closed=True)
    async with fake_imap(FakeImap()) as imap:
        imap.add(*mails(3))
        async with polling(mailbox(imap.port), intake, tmp_path) as poller:
            await until(lambda: intake.tries > 20)
            assert marked(imap) == []
            assert poller.health().ready
            intake.closed = False
            await until(lambda: len(marked(imap)) == 3)

    assert sorted(intake.uids) == [1, 2, 3]
    assert intake.suspended == []
    assert imap.connections == 1


async def test_a_mail_deleted_meanwhile_is_passed(tmp_path: Path) -> None:
    intake = Intake(closed=True)
    async with fake_imap(FakeImap()) as imap:
        imap.add(*mails(2))
        async with polling(mailbox(imap.port), intake, tmp_path):
            await until(lambda: intake.tries)
            del imap.mails[1]
            intake.closed = False
            await until(lambda: intake.uids == [2])
            await until(lambda: cursor(tmp_path) == Cursor(uidvalidity=1, last_uid=2))


async def test_marks_that_were_refused_are_made_later(tmp_path: Path) -> None:
    intake = Intake()
    refused: list[str] = []

    def trouble(command: str) -> str | None:
        if "STORE" in command and len(refused) < 2:
            refused.append(command)
            return "TAG NO not now\r\n"
        return None

    async with fake_imap(FakeImap(trouble=trouble)) as imap:
        imap.add(*mails(2))
        async with polling(mailbox(imap.port), intake, tmp_path):
            await until(lambda: len(marked(imap)) == 2)

    assert intake.uids == [1, 2]


@pytest.mark.parametrize("verb", ["LOGIN", "SELECT", "UID SEARCH", "UID FETCH", "UID STORE", "IDLE"])
@pytest.mark.parametrize("what", [HANG_UP, SILENCE, "* BYE shutting down\r\n", "%%% nonsense\r\n"])
async def test_trouble_at_any_verb_heals_by_itself(tmp_path: Path, verb: str, what: str) -> None:
    intake, once = Intake(), list[str]()

    def trouble(command: str) -> str | None:
        if command.startswith(verb) and not once:
            once.append(command)
            return what
        return None

    async with fake_imap(FakeImap(trouble=trouble)) as imap:
        imap.add(*mails(2))
        settings = mailbox(imap.port, timeout=timedelta(milliseconds=200))
        async with polling(settings, intake, tmp_path) as poller:
            await until(lambda: once and len(marked(imap)) == 2)
            imap.add(mail())
            await until(lambda: len(marked(imap)) == 3)
            await until(lambda: poller.health().ready)

    assert intake.suspended == []
    assert set(intake.uids) == {1, 2, 3}


async def test_a_server_that_trickles_bytes_is_left(tmp_path: Path) -> None:
    intake = Intake()

    class Trickling(FakeImap):
        async def _answer(
            self, tag: str, command: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
        ) -> bool:
            if not command.startswith("SELECT") or self.connections > 1:
                return await super()._answer(tag, command, reader, writer)
            gone = asyncio.create_task(reader.read(-1))
            while not gone.done():
                writer.write(b"* OK still here\r\n")
                await asyncio.wait({gone}, timeout=0.02)
            return False

    async with fake_imap(Trickling()) as imap:
        imap.add(mail())
        async with polling(mailbox(imap.port, timeout=timedelta(milliseconds=100)), intake, tmp_path):
            await until(lambda: intake.kept)

    assert imap.connections > 1


async def test_a_wrong_password_says_what_to_do_and_is_tried_slowly(tmp_path: Path) -> None:
    intake = Intake()
    async with fake_imap(FakeImap(password="other")) as imap:
        imap.add(mail())
        settings = mailbox(imap.port, login_retry_after=timedelta(seconds=1), login_retry_at_most=timedelta(seconds=2))
        async with polling(settings, intake, tmp_path) as poller:
            await until(lambda: "login refused" in poller.health().detail)
            assert not poller.health().ready
            assert poller.health().facts["cause"] == "wrong-password"
            assert imap.connections == 1
            imap.password = "secret"
            await until(lambda: intake.kept)
            await until(lambda: "cause" not in poller.health().facts)

    assert "huimin" not in str(poller.health())


async def test_netease_wants_to_know_who_asks_before_it_opens_a_folder(tmp_path: Path) -> None:
    intake = Intake()
    async with fake_imap(FakeImap()) as imap:
        imap.trouble = lambda command: (
            "TAG NO SELECT Unsafe Login. Please contact kefu@188.com for help\r\n"
            if command.startswith("SELECT") and not imap.count("ID (")
            else None
        )
        imap.add(mail())
        async with polling(mailbox(imap.port), intake, tmp_path):
            await until(lambda: intake.kept)

    order = [command.split(" ")[0] for command in imap.commands]
    assert order.index("LOGIN") < order.index("ID") < order.index("SELECT")


async def test_one_mailbox_that_fails_never_stops_another(tmp_path: Path) -> None:
    intake = Intake()
    async with fake_imap(FakeImap()) as good, fake_imap(FakeImap(trouble=lambda _: SILENCE)) as bad:
        good.add(*mails(2))
        silent = mailbox(bad.port, timeout=timedelta(milliseconds=200))
        async with polling(silent, intake, tmp_path / "bad"), polling(mailbox(good.port), intake, tmp_path):
            await until(lambda: len(intake.kept) == 2)


async def test_a_large_folder_is_asked_for_in_ranges(tmp_path: Path) -> None:
    intake = Intake()
    async with fake_imap(FakeImap()) as imap:
        imap.mails = {1: StoredMail(mail()), 120_000: StoredMail(mail()), 400_000: StoredMail(mail())}
        async with polling(mailbox(imap.port), intake, tmp_path):
            await until(lambda: intake.uids == [1, 120_000, 400_000])

    assert any(command.startswith("UID SEARCH UID 1:50000") for command in imap.commands)


def test_a_cursor_file_that_is_broken_starts_the_folder_anew(tmp_path: Path) -> None:
    file = CursorFile(tmp_path, "a/b")
    file.save(Cursor(5, 9, {3: 1}, [4], [2]))
    assert file.load() == Cursor(5, 9, {3: 1}, [4], [2])
    [path] = tmp_path.iterdir()

    for broken in ("", "{", "[]", json.dumps({"uidvalidity": "x"})):
        path.write_text(broken)
        assert file.load() == Cursor()


@pytest.mark.parametrize("place", ["mail.before-mark", "mail.after-mark"])
async def test_a_crash_around_marking_delivers_again_at_most_and_marks_in_the_end(place: str, tmp_path: Path) -> None:
    intake = Intake()
    async with fake_imap(FakeImap()) as imap:
        imap.add(*mails(3))
        stays_down = mailbox(imap.port, retry_after=timedelta(hours=1), retry_at_most=timedelta(hours=1))
        with armed(f"{place}=fail"):
            async with polling(stays_down, intake, tmp_path) as poller:
                await until(lambda: poller.health().detail == "defect: FailPointReached")
        marked_at_the_crash = marked(imap)
        async with polling(mailbox(imap.port), intake, tmp_path) as poller:
            await until(lambda: poller.health().detail == "waiting for mail")

    assert marked_at_the_crash == ([] if place == "mail.before-mark" else [1, 2, 3])
    assert (set(intake.uids), marked(imap)) == ({1, 2, 3}, [1, 2, 3])
    assert cursor(tmp_path) == Cursor(uidvalidity=1, last_uid=3)
