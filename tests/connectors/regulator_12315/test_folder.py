"""The drop folder: complete files only, all rows durable before a file moves, nothing doubled."""

import asyncio
import csv
import os
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest

from connectors.regulator_12315.folder import DropFolder
from connectors.rounds import Rounds
from schemas.errors import NotDurable, Reason
from schemas.inbound import Inbound, Receipt
from schemas.records import RawDelivery
from schemas.settings import FolderSettings
from schemas.topics import DELIVERIES_RAW
from schemas.wire import Naming
from tests.connectors.conformance.case import ACCOUNT, NUMBERING, PSEUDONYM_KEY
from tests.connectors.conformance.said import everything_said
from tests.connectors.regulator_12315.sheets import comma_separated, complaints, connector, form, row, xlsx
from tests.connectors.regulator_12315.test_documents import FORM


class Intake:
    """Keeps what it is given; `outage` counts down the deliveries until it cannot."""

    def __init__(self) -> None:
        self.reader = connector()
        self.taken: list[Inbound] = []
        self.states: set[tuple[UUID, str | None]] = set()
        self.outage = -1

    async def receive(self, inbound: Inbound) -> Receipt:
        if self.outage == 0:
            raise NotDurable("nothing can be kept")
        self.outage -= 1
        rounds = Rounds(Naming(), NUMBERING, PSEUDONYM_KEY.encode(), 1 << 18)
        items = rounds.parsed(inbound, self.reader)
        made = rounds.make(inbound, items)
        [raw] = [one for one in made.messages if one.topic == DELIVERIES_RAW.name]
        assert len(RawDelivery.model_validate_json(raw.value).complaint_ids) <= 400
        self.taken.append(inbound)
        self.states |= {(one.complaint_id, one.version) for one in complaints(items)}
        return made.receipt


class Clock:
    """Seconds that pass when told to."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def intake() -> Intake:
    return Intake()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def opened(tmp_path: Path, intake: Intake, clock: Clock) -> Callable[[], DropFolder]:
    def make() -> DropFolder:
        settings = FolderSettings(path=tmp_path, settled_after=timedelta(seconds=10))
        return DropFolder(ACCOUNT, settings, connector=intake.reader, receive=intake.receive, monotonic=clock)

    return make


async def settled(folder: DropFolder, clock: Clock) -> int:
    """Look, let ten seconds pass, look again."""
    await folder.look()
    clock.now_s += 10
    return await folder.look()


def drop(folder: Path, name: str, content: bytes) -> Path:
    """Drop a complete file."""
    file = folder / name
    file.write_bytes(content)
    (folder / f"{name}.done").touch()
    return file


def errors_of(file: Path) -> list[dict[str, str]]:
    """The rows of an error file."""
    assert file.read_bytes().startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(file.read_text(encoding="utf-8-sig").splitlines()))


async def test_a_file_is_taken_once_it_has_stopped_changing(
    tmp_path: Path, opened: Callable[[], DropFolder], clock: Clock, intake: Intake
) -> None:
    folder, file = opened(), tmp_path / "a.csv"
    file.write_bytes(comma_separated(row(1), encoding="utf-8"))
    looks = [await folder.look()]
    clock.now_s += 9
    file.write_bytes(comma_separated(row(1), row(2), encoding="utf-8"))
    looks.append(await folder.look())
    clock.now_s += 9
    looks.append(await folder.look())
    clock.now_s += 1
    looks.append(await folder.look())

    assert looks == [0, 0, 0, 1]
    assert len(intake.states) == 2
    assert (tmp_path / "processed" / "a.csv").exists()


async def test_a_marker_makes_a_file_complete_at_once_and_goes_with_it(
    tmp_path: Path, opened: Callable[[], DropFolder]
) -> None:
    drop(tmp_path, "a.xlsx", xlsx(row(1)))

    assert await opened().look() == 1
    assert os.listdir(tmp_path) == ["processed"]


async def test_five_thousand_rows_with_two_hundred_broken_ones_twice(
    tmp_path: Path, opened: Callable[[], DropFolder], intake: Intake
) -> None:
    numbers = (f"33010600000002026{index:08}" if index % 25 else "坏" for index in range(1, 5_001))
    body = xlsx(*(row(index, 登记编号=number) for index, number in enumerate(numbers, 1)))
    drop(tmp_path, "export.xlsx", body)
    await opened().look()
    first, errors = set(intake.states), errors_of(tmp_path / "errors" / "export.xlsx.errors.csv")
    drop(tmp_path, "again.xlsx", body)
    await opened().look()

    assert len(first) == 4_800
    assert intake.states == first
    assert len(errors) == 200
    assert errors[0]["行 row"] == "26"
    assert {one["原因代码 reason"] for one in errors} == {"bad_number"}
    assert all(len(one.body) < 256 * 1024 for one in intake.taken)
    assert (tmp_path / "processed" / "export.xlsx").read_bytes() == body


async def test_an_excerpt_gives_what_the_whole_file_gives(
    tmp_path: Path, opened: Callable[[], DropFolder], intake: Intake
) -> None:
    unnumbered = row(7, 登记编号=None)
    rows = [row(1), unnumbered, row(2, 登记编号=33010600000002026111), row(3, 类型="举报"), *[row(9)] * 500, unnumbered]
    drop(tmp_path, "a.xlsx", xlsx(*rows))

    await opened().look()

    whole = complaints(
        intake.reader.read(replace(intake.taken[0], body=xlsx(*rows), content_type="application/octet-stream"))
    )
    assert intake.states == {(one.complaint_id, one.version) for one in whole}
    assert len(whole) == 5


async def test_an_outage_in_the_middle_leaves_the_file_and_goes_on_where_it_was(
    tmp_path: Path, opened: Callable[[], DropFolder], intake: Intake
) -> None:
    folder, file = opened(), drop(tmp_path, "a.xlsx", xlsx(*map(row, range(1, 601))))
    intake.outage = 2
    with pytest.raises(NotDurable):
        await folder.look()
    still_there = file.exists()
    intake.outage = -1
    await folder.look()

    assert still_there
    assert not file.exists()
    assert len(intake.taken) == 3
    assert len(intake.states) == 600


async def test_a_reader_that_was_killed_in_the_middle_doubles_nothing(
    tmp_path: Path, opened: Callable[[], DropFolder], intake: Intake
) -> None:
    drop(tmp_path, "a.xlsx", xlsx(*map(row, range(1, 601))))
    intake.outage = 2
    with pytest.raises(NotDurable):
        await opened().look()
    intake.outage = -1

    await opened().look()

    assert len(intake.states) == 600
    assert [one.source for one in intake.taken[:2]] == [one.source for one in intake.taken[2:4]]
    assert [one.received_at for one in intake.taken[:2]] == [one.received_at for one in intake.taken[2:4]]


async def test_a_file_nobody_can_read_is_suspended_and_moved_to_errors(
    tmp_path: Path, opened: Callable[[], DropFolder], intake: Intake
) -> None:
    drop(tmp_path, "a.xlsx", b"PK\x03\x04nonsense")

    await opened().look()

    assert (tmp_path / "errors" / "a.xlsx").exists()
    [error] = errors_of(tmp_path / "errors" / "a.xlsx.errors.csv")
    assert error["原因代码 reason"] == Reason.UNREADABLE
    assert error["受理编号 tracking number"]


async def test_a_form_is_handed_over_as_it_is(tmp_path: Path, opened: Callable[[], DropFolder], intake: Intake) -> None:
    drop(tmp_path, "a.docx", form(*FORM))

    await opened().look()

    assert [one.body for one in intake.taken] == [form(*FORM)] or len(intake.states) == 1
    assert (tmp_path / "processed" / "a.docx").exists()


async def test_a_file_that_is_too_large_is_suspended_with_its_beginning(
    tmp_path: Path, opened: Callable[[], DropFolder], intake: Intake
) -> None:
    intake.reader = connector(max_file_bytes=1_000)
    drop(tmp_path, "a.csv", b"x" * 5_000)

    await opened().look()

    assert [len(one.body) for one in intake.taken] == [1_001]
    assert errors_of(tmp_path / "errors" / "a.csv.errors.csv")[0]["原因代码 reason"] == Reason.TOO_LARGE


async def test_links_folders_pipes_and_unfinished_files_are_left_alone(
    tmp_path: Path,
    opened: Callable[[], DropFolder],
    clock: Clock,
    intake: Intake,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    outside = tmp_path_factory.mktemp("outside") / "secret.csv"
    outside.write_bytes(comma_separated(row(1), encoding="utf-8"))
    (tmp_path / "link.csv").symlink_to(outside)
    (tmp_path / "link.csv.done").touch()
    (tmp_path / "folder.csv").mkdir()
    os.mkfifo(tmp_path / "pipe.csv")
    for name in ("a.csv.tmp", "b.csv.part", ".hidden.csv", "~$open.xlsx"):
        (tmp_path / name).write_bytes(b"x")

    assert await settled(opened(), clock) == 0
    assert intake.taken == []
    assert outside.exists()


@pytest.mark.parametrize(
    "name", ["a\nb.csv", "-rf.csv", "投诉人张三丰.csv", "=cmd().csv", "x" * 245 + ".csv", os.fsdecode(b"\xff\xfe.csv")]
)
async def test_a_hostile_name_is_only_a_name_and_never_said(
    tmp_path: Path, opened: Callable[[], DropFolder], clock: Clock, intake: Intake, name: str
) -> None:
    (tmp_path / name).write_bytes(comma_separated(row(1), row(2, 登记编号="坏"), encoding="utf-8"))

    with everything_said() as said:
        assert await settled(opened(), clock) == 1

    assert len(list((tmp_path / "processed").iterdir())) == 1
    assert len(list((tmp_path / "errors").iterdir())) == 1
    assert name not in f"{said}{[one.source for one in intake.taken]}"


async def test_two_files_of_one_name_are_both_kept(tmp_path: Path, opened: Callable[[], DropFolder]) -> None:
    for index in (1, 2):
        drop(tmp_path, "a.csv", comma_separated(row(index), encoding="utf-8"))
        await opened().look()

    assert sorted(one.name for one in (tmp_path / "processed").iterdir()) == ["a.csv", "a.csv.2"]


async def test_a_file_that_may_not_be_opened_keeps_no_other_waiting(
    tmp_path: Path, opened: Callable[[], DropFolder], monkeypatch: pytest.MonkeyPatch
) -> None:
    drop(tmp_path, "a.csv", comma_separated(row(1), encoding="utf-8"))
    drop(tmp_path, "b.csv", comma_separated(row(2), encoding="utf-8"))
    allowed = os.open

    def guarded(path: "os.PathLike[str] | str", flags: int, *args: int, **more: int) -> int:
        if str(path).endswith("a.csv"):
            raise PermissionError
        return allowed(path, flags, *args, **more)

    monkeypatch.setattr(os, "open", guarded)
    folder = opened()

    assert await folder.look() == 1
    assert folder.health().facts["unreadable"] == 1


async def test_a_full_disk_leaves_the_file_for_the_next_look(
    tmp_path: Path, opened: Callable[[], DropFolder], monkeypatch: pytest.MonkeyPatch, intake: Intake
) -> None:
    file, folder = drop(tmp_path, "a.csv", comma_separated(row(1, 登记编号="坏"), row(2), encoding="utf-8")), opened()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("connectors.regulator_12315.folder.write_durably", full)
        with pytest.raises(OSError, match="No space left"):
            await folder.look()
    still_there = file.exists()
    await folder.look()

    assert still_there
    assert not file.exists()
    assert len(intake.taken) == 1


async def test_the_service_says_how_it_is_and_stops_when_told(
    tmp_path: Path, opened: Callable[[], DropFolder], intake: Intake
) -> None:
    folder, stop = opened(), asyncio.Event()
    drop(tmp_path, "a.csv", comma_separated(row(1), encoding="utf-8"))
    before = folder.health().ready
    receive = intake.receive

    async def last(inbound: Inbound) -> Receipt:
        stop.set()
        return await receive(inbound)

    folder._receive = last
    await folder.run(stop)

    assert before is False
    assert folder.health().detail == "stopped"
    assert folder.health().facts["files"] == 1


async def test_a_folder_that_is_not_there_is_said_and_waited_for(
    tmp_path: Path, opened: Callable[[], DropFolder]
) -> None:
    os.rmdir(tmp_path)
    folder = opened()

    with pytest.raises(OSError, match="No such file"):
        await folder.look()
