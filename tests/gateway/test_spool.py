"""The spool: what it took is on the disk in order, survives the process, and damage is set aside."""

import asyncio
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.spool import Spool
from gateway.spool_entry import TornEntry, decode, encode
from schemas.errors import NotDurable, SettingsInvalid
from schemas.wire import Message
from tests.gateway.parts import SmallDisk, message, spool

MESSAGES = st.builds(
    Message,
    st.text(),
    st.binary(),
    st.binary(),
    st.lists(st.tuples(st.text(), st.binary()), max_size=3).map(tuple),
)


def files(folder: Path, kind: str = "*.entry") -> list[Path]:
    """The files of a kind, oldest first."""
    return sorted(folder.glob(kind))


async def texts(of: Spool) -> list[str]:
    """Everything that waits, oldest first."""
    return [one.value.decode() for _, messages in await of.oldest(1000, 10**9) for one in messages]


@given(st.lists(MESSAGES, max_size=4))
def test_an_entry_comes_back_as_it_was(messages: list[Message]) -> None:
    assert decode(encode(messages)) == messages


@given(st.data())
def test_an_entry_cut_off_or_changed_is_torn(data: st.DataObject) -> None:
    whole = encode([message("complaint")])
    at = data.draw(st.integers(0, len(whole) - 1))
    changed = bytearray(whole)
    changed[at] ^= 1

    for torn in (whole[:at], bytes(changed)):
        with pytest.raises(TornEntry):
            decode(torn)


async def test_what_waits_keeps_its_order(tmp_path: Path) -> None:
    one = spool(tmp_path)
    await one.open()

    await asyncio.gather(*(one.append([message(f"{number:03}")]) for number in range(50)))

    assert await texts(one) == [f"{number:03}" for number in range(50)]
    assert one.entries < 50, "deliveries that come together share a flush"
    await one.close()


async def test_a_restart_adopts_what_waits_and_new_entries_queue_behind(tmp_path: Path) -> None:
    first = spool(tmp_path)
    await first.open()
    await first.append([message("old")])
    await first.close()

    second = spool(tmp_path)
    await second.open()
    await second.append([message("new")])

    assert await texts(second) == ["old", "new"]
    await second.close()


async def test_a_torn_entry_is_set_aside_and_reported_at_the_start(tmp_path: Path) -> None:
    first = spool(tmp_path)
    await first.open()
    for text in ("a", "b", "c"):
        await first.append([message(text)])
    await first.close()
    middle = files(tmp_path)[1]
    middle.write_bytes(middle.read_bytes()[:-7])
    (tmp_path / "00000000000000000009.entry.77.draft").write_bytes(b"half")

    second = spool(tmp_path)
    await second.open()

    assert await texts(second) == ["a", "c"]
    assert second.torn == 1
    assert os.listdir(tmp_path / "torn") == [middle.name]
    assert files(tmp_path, "*.draft") == []
    await second.close()


async def test_an_entry_damaged_while_it_waits_does_not_hold_up_the_next(tmp_path: Path) -> None:
    one = spool(tmp_path)
    await one.open()
    for text in ("a", "b"):
        await one.append([message(text)])
    files(tmp_path)[0].write_bytes(b"")

    assert await texts(one) == ["b"]
    assert one.torn == 1
    await one.close()


async def test_a_folder_has_one_owner(tmp_path: Path) -> None:
    first = spool(tmp_path)
    await first.open()

    with pytest.raises(SettingsInvalid, match="INTAKE_SPOOL__FOLDER"):
        await spool(tmp_path).open()
    await first.close()
    second = spool(tmp_path)
    await second.open()
    await second.close()


async def test_a_full_disk_is_not_durable_and_the_place_is_usable_again(tmp_path: Path) -> None:
    disk = SmallDisk()
    one = spool(tmp_path, write=disk)
    await one.open()
    with pytest.raises(NotDurable, match="No space left"):
        await one.append([message("a")])
    assert one.failure is not None
    assert os.listdir(tmp_path) == ["owner.lock"]

    disk.room = 10_000
    await one.probe()

    assert one.failure is None
    await one.close()


async def test_on_a_full_disk_what_fits_in_the_last_bytes_does_not_pass_for_room(tmp_path: Path) -> None:
    disk = SmallDisk(500)
    one = spool(tmp_path, write=disk)
    await one.open()
    with pytest.raises(NotDurable, match="No space left"):
        await one.append([message("x" * 600)])

    await one.append([message("small")])
    await one.probe()
    assert one.failure is not None

    disk.room = 10_000
    await one.probe()
    assert one.failure is None
    assert await texts(one) == ["small"], "finding out leaves nothing behind"
    assert sorted(os.listdir(tmp_path)) == sorted(["owner.lock", *(path.name for path in files(tmp_path))])
    await one.close()


async def test_at_its_limit_it_is_full_until_what_it_refused_fits(tmp_path: Path) -> None:
    one = spool(tmp_path, max_bytes=1000)
    await one.open()
    await one.append([message("x" * 300)])
    with pytest.raises(NotDurable, match="INTAKE_SPOOL__MAX_BYTES"):
        await one.append([message("x" * 300)])

    await one.append([message("small")])
    await one.probe()
    assert one.over_limit

    await one.remove([entry for entry, _ in await one.oldest(10, 10_000)])
    await one.probe()
    assert (one.failure, one.over_limit) == (None, False)
    await one.close()


async def test_what_never_fits_does_not_make_it_full_for_ever(tmp_path: Path) -> None:
    one = spool(tmp_path, max_bytes=1000)
    await one.open()
    with pytest.raises(NotDurable):
        await one.append([message("x" * 5000)])

    await one.probe()

    assert one.failure is None
    await one.close()


async def test_over_its_limit_it_takes_nothing_and_keeps_what_it_has(tmp_path: Path) -> None:
    one = spool(tmp_path, max_bytes=400)
    await one.open()
    await one.append([message("first")])

    with pytest.raises(NotDurable, match="INTAKE_SPOOL__MAX_BYTES"):
        await one.append([message("x" * 400)])

    assert await texts(one) == ["first"]
    await one.close()


async def test_a_caller_that_goes_away_does_not_withdraw_what_it_handed_over(tmp_path: Path) -> None:
    one = spool(tmp_path)
    await one.open()
    task = asyncio.create_task(one.append([message("kept")]))
    await asyncio.sleep(0)

    task.cancel()
    await one.settled()

    assert await texts(one) == ["kept"]
    await one.close()
