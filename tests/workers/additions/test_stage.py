"""What comes later becomes a revision of its complaint: once, in any order, and never without it."""

import asyncio

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from schemas.additions import Addition
from schemas.complaint import Sender, Stated
from schemas.identity import sender_key
from schemas.wire import Naming
from tests.workers.additions.pieces import (
    HOUR,
    STAGE,
    addition,
    items,
    numbers,
    pending,
    settle,
    stored,
    through,
)
from tests.workers.pieces import NOON, PSEUDONYM_KEY, complaint, rows
from workers.runtime.decide import decide_batch
from workers.runtime.encoding import Encoder
from workers.runtime.outcome import Fate

pytestmark = pytest.mark.services


async def test_a_fetched_file_and_its_words_are_revisions_that_take_nothing_away(engine: AsyncEngine) -> None:
    file = pending()
    call = complaint(text="按键 1", entry="call", attachments=(file,), tasks=("listen-and-type",))
    fetched = addition(call, attachments=(stored(file),), by="fetch")
    typed = addition(call, text="牛奶过期", tasks_done=("listen-and-type",), stated=Stated(store="人民路店"), by="li")

    assert await through(engine, call) == []
    [second] = await through(engine, fetched)
    [third] = await through(engine, typed)

    assert [(one.state, one.sha256) for one in second.attachments] == [("stored", "1" * 64)]
    assert (second.revision, second.text, second.tasks) == (2, "按键 1", ("listen-and-type",))
    assert (third.revision, third.text, third.tasks) == (3, "按键 1\n\n牛奶过期", ())
    assert (third.attachments, third.stated.store) == (second.attachments, "人民路店")


async def test_the_same_addition_again_and_one_that_changes_nothing_write_nothing(engine: AsyncEngine) -> None:
    file = pending()
    photo = complaint(text="发霉了", attachments=(file,))
    fetched = addition(photo, attachments=(stored(file),), by="fetch")
    await through(engine, photo, fetched)

    assert await through(engine, fetched, fetched) == []
    assert await through(engine, addition(photo, attachments=(file,))) == [], "pending again"
    assert await through(engine, addition(photo, text="发霉了", by="transcription")) == []
    assert await through(engine, addition(photo)) == []


async def test_an_addition_before_its_complaint_waits_for_it(engine: AsyncEngine) -> None:
    plain = complaint(text="收银员态度恶劣")
    late = [addition(plain, text="第二句", at=NOON + 2 * HOUR), addition(plain, text="第一句", at=NOON + HOUR)]

    assert await through(engine, *late) == []
    assert await rows(engine, "SELECT count(*) FROM parked_additions") == [(2,)]
    [second] = await through(engine, plain)

    assert (second.revision, second.text) == (2, "收银员态度恶劣\n\n第一句\n\n第二句")
    assert await rows(engine, "SELECT count(*) FROM parked_additions") == [(0,)]
    assert await through(engine, *late, plain) == []


async def test_an_addition_and_its_complaint_at_once_from_two_partitions_meet(engine: AsyncEngine) -> None:
    calls = [complaint(entry="call") for _ in range(20)]
    late = [addition(one, text="晚到") for one in calls]

    written = await asyncio.gather(settle(engine, items(*calls)), settle(engine, items(*reversed(late))))

    assert sorted(numbers([*written[0], *written[1]])) == sorted((one.complaint_id, 2) for one in calls)


async def test_an_addition_to_a_complaint_that_cannot_grow_stays_where_it_can_be_seen(engine: AsyncEngine) -> None:
    ended = complaint(text="已处理")
    await through(engine, ended)

    assert await through(engine, addition(ended, text="还有")) == []

    [(kept,)] = await rows(engine, "SELECT addition FROM parked_additions")
    assert Addition.model_validate(kept).text == "还有"
    assert await rows(engine, "SELECT count(*) FROM growing_complaints") == [(0,)]


async def test_what_the_stage_wrote_and_the_first_record_again_change_nothing(engine: AsyncEngine) -> None:
    call = complaint(entry="call")
    [second] = await through(engine, call, addition(call, text="补充"))

    assert await through(engine, second, call) == []
    [third] = await through(engine, addition(call, text="再补充"))

    assert (third.revision, third.text) == (3, f"{call.text}\n\n补充\n\n再补充")


async def test_a_batch_that_was_decided_and_not_written_writes_the_same_again(engine: AsyncEngine) -> None:
    call = complaint(entry="call", sender=Sender(phones=("+8613900001111",)))
    batch = items(call, addition(call, text="补充"))

    first = await decide_batch(STAGE, engine, batch, Encoder(Naming()))
    again = await decide_batch(STAGE, engine, batch, Encoder(Naming()))

    assert [one.fate for one in again] == [Fate.REPLAYED, Fate.REPLAYED]
    [out], [same] = ([o for one in outcomes for o in one.outgoing] for outcomes in (first, again))
    assert (out.value, out.key, out.headers) == (same.value, same.key, same.headers)
    assert out.key.decode() == sender_key(PSEUDONYM_KEY, call)
    assert (b"ce_subject" in [name.encode() for name, _ in out.headers]) is True


async def test_too_many_words_are_cut_and_the_record_says_so(engine: AsyncEngine) -> None:
    call = complaint(text="一" * 50_000, entry="call", quoted_text="二" * 50_000)

    [second] = await through(engine, call, addition(call, text="三" * 50_000))

    assert second.truncated
    assert len(second.to_json()) <= 256 * 1024


async def test_a_pending_file_becomes_one_job_with_the_time_its_channel_keeps_it(engine: AsyncEngine) -> None:
    file = pending()
    voice = complaint(channel="wechat", account="main", attachments=(file,), text="")
    later = pending("recording-9")

    await through(engine, voice, addition(voice, attachments=(later,)))
    await through(engine, addition(voice, text="补充"))

    jobs = await rows(engine, "SELECT attachment_id, channel, attachment->>'reference', give_up_at FROM media_jobs")
    assert sorted(jobs, key=lambda one: one[3]) == [
        (file.attachment_id, "wechat", "media-1", NOON + 71 * HOUR),
        (later.attachment_id, "wechat", "recording-9", NOON + 72 * HOUR),
    ]


async def test_complaints_that_have_had_their_time_are_forgotten(engine: AsyncEngine) -> None:
    await through(engine, complaint(entry="call"))

    await through(engine, complaint(), at=NOON + 31 * 24 * HOUR)

    assert await rows(engine, "SELECT count(*) FROM growing_complaints") == [(0,)]
