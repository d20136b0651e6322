"""Files that come later: fetched until they are ours, told once, whatever fails or dies in between."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from aiokafka.errors import KafkaConnectionError
from sqlalchemy.ext.asyncio import AsyncEngine

from connectors.contract import FetchedFile
from infra.failpoints import FailPointReached, armed
from schemas.complaint import Complaint
from schemas.envelope import attachment_key
from schemas.errors import ChannelUnavailable, MediaGone, TooLarge
from schemas.settings import AdditionsSettings
from tests.waiting import until
from tests.workers.additions.media import SOUND, Hears, Log, Source, World, fail, give, hand_over
from tests.workers.additions.pieces import addition, numbers, pending, through
from tests.workers.pieces import complaint, rows

pytestmark = pytest.mark.services
FILE = pending()
AWAY = fail(ChannelUnavailable("slow"))


async def announce(engine: AsyncEngine, **fields: Any) -> Complaint:
    """A voice message whose file is still to be fetched."""
    given: dict[str, Any] = {"channel": "wechat", "account": "main", "attachments": (FILE,), "text": ""}
    one = complaint(**given | fields)
    await through(engine, one)
    return one


async def states(engine: AsyncEngine) -> list[str]:
    return [row[0] for row in await rows(engine, "SELECT state FROM media_attempts")]


async def test_a_file_is_stored_told_deleted_at_the_vendor_and_part_of_the_complaint(engine: AsyncEngine) -> None:
    world = World(engine)
    voice = await announce(engine)

    await world.fetch()
    [second] = await world.merged()

    [file] = second.attachments
    key = attachment_key(voice.complaint_id, FILE.attachment_id)
    assert world.objects.kept == {key: SOUND.content}
    assert (file.state, file.object_key, file.size_bytes, file.name) == ("stored", key, 11, "voice.amr")
    assert (file.reference, second.revision) == (None, 2)
    assert (world.source.fetched, world.source.deleted) == ({"media-1": 1}, {"media-1": 1})
    assert await states(engine) == ["done"]
    await world.fetch_later(days=1)
    assert len(world.log.published) == 1


@pytest.mark.parametrize("place", ["fetcher.stored", "fetcher.published"])
async def test_one_that_dies_is_followed_by_one_that_says_the_same(engine: AsyncEngine, place: str) -> None:
    world = World(engine)
    await announce(engine)

    with armed(f"{place}=fail"), pytest.raises(FailPointReached):
        await world.fetch()
    await world.fetch()
    assert await states(engine) != ["done"], "its lease still runs"
    await world.fetch_later(minutes=6)

    assert len({one.addition_id for one in world.log.published}) == 1
    assert len(numbers(await world.merged())) == 1
    assert await states(engine) == ["done"]


async def test_a_file_the_vendor_has_no_more_is_not_lost_when_it_was_stored_before(engine: AsyncEngine) -> None:
    world = World(engine)
    await announce(engine)
    with armed("fetcher.stored=fail"), pytest.raises(FailPointReached):
        await world.fetch()

    world.source.script = fail(MediaGone("expired"))
    await world.fetch_later(minutes=6)

    [second] = await world.merged()
    assert [(one.state, one.size_bytes) for one in second.attachments] == [("stored", 11)]


@pytest.mark.parametrize(
    ("error", "state", "warning"),
    [
        (MediaGone("expired"), "failed", "attachment-gone"),
        (TooLarge("60 MiB"), "refused", "attachment-too-large"),
    ],
)
async def test_what_never_comes_is_said_and_the_complaint_stands(
    engine: AsyncEngine, error: Exception, state: str, warning: str
) -> None:
    world = World(engine, Source(fail(error)))
    await announce(engine)

    await world.fetch()
    [second] = await world.merged()

    assert [one.state for one in second.attachments] == [state]
    assert second.warnings == (warning,)
    assert (world.objects.kept, world.source.deleted) == ({}, {})
    assert await states(engine) == ["done"]


async def test_a_file_over_the_limit_is_refused_whatever_the_vendor_promised(engine: AsyncEngine) -> None:
    world = World(engine, Source(give(FetchedFile(b"x" * 101, "audio/amr"))), settings=AdditionsSettings(max_bytes=100))
    await announce(engine)

    await world.fetch()

    assert [one.attachments[0].state for one in world.log.published] == ["refused"]
    assert world.objects.kept == {}


async def test_a_slow_channel_is_tried_again_until_it_keeps_the_file_no_longer(engine: AsyncEngine) -> None:
    world = World(engine, Source(AWAY))
    await announce(engine)

    for _ in range(5):
        await world.fetch_later(minutes=11)
    assert (world.log.published, world.source.fetched.total()) == ([], 5)
    await world.fetch_later(hours=71)

    [told] = world.log.published
    assert (told.attachments[0].state, told.warnings) == ("failed", ("attachment-not-fetched",))
    assert await states(engine) == ["done"]


async def test_a_defect_of_a_channel_is_tried_again_and_stops_nothing(engine: AsyncEngine) -> None:
    world = World(engine, Source(fail(KeyError("errcode"))))
    await announce(engine)

    await world.fetch()
    world.source.script = hand_over
    await world.fetch_later(minutes=1)

    assert [one.attachments[0].state for one in world.log.published] == ["stored"]


async def test_a_channel_nobody_set_up_waits_and_health_says_so(engine: AsyncEngine) -> None:
    world = World(engine, media=False)
    await announce(engine)
    one = world.fetcher()

    await one.look()
    await one.work(world.log)
    await one.look()

    health = one.health()
    assert (health.ready, health.detail) == (True, "no way to fetch files of wechat is set up")
    assert health.facts == {"waiting wechat": 1}
    world.media = True
    await world.fetch_later(minutes=1)
    assert [one.attachments[0].state for one in world.log.published] == ["stored"]


async def test_while_kafka_is_away_a_file_is_fetched_once_and_told_when_it_is_back(engine: AsyncEngine) -> None:
    world = World(engine, log=Log(away=KafkaConnectionError("away")))
    await announce(engine)
    with pytest.raises(KafkaConnectionError):
        await world.fetch()
    assert (await states(engine), world.source.deleted) == (["publish"], {})

    world.log.away = None
    await world.fetch_later(minutes=1)

    assert (len(world.log.published), world.source.fetched) == (1, {"media-1": 1})


async def test_two_fetchers_at_once_fetch_each_file_once(engine: AsyncEngine) -> None:
    world = World(engine)
    files = tuple(pending(f"media-{number}") for number in range(30))
    await announce(engine, attachments=files)

    await asyncio.gather(world.fetch(), world.fetch(), world.fetch())

    assert set(world.source.fetched.values()) == {1}
    assert sorted(one.attachments[0].attachment_id for one in world.log.published) == sorted(
        one.attachment_id for one in files
    )


async def test_who_lost_the_lease_writes_nothing_more(engine: AsyncEngine) -> None:
    world = World(engine)
    await announce(engine)
    slow = asyncio.Event()

    async def hang(account: str, reference: str, max_bytes: int) -> FetchedFile:
        await slow.wait()
        return SOUND

    world.source.script = hang
    first = world.fetcher()
    await first.look()
    working = asyncio.create_task(first.work(world.log))
    await until(lambda: world.source.fetched)
    world.source.script = hand_over
    await world.fetch_later(minutes=6)
    slow.set()
    await working

    assert len(world.log.published) == 1
    assert await states(engine) == ["done"]


async def test_words_the_vendor_recognised_are_the_complaints_words(engine: AsyncEngine) -> None:
    heard = FetchedFile(b"x", "audio/amr; rate=8000", text="牛奶过期了，喝了肚子疼")
    world = World(engine, Source(give(heard)), transcriber=Hears())
    await announce(engine, tasks=("listen-and-type",))

    await world.fetch()
    [second] = await world.merged()

    assert (second.text, second.language, second.tasks) == (heard.text, "zh-Hans", ())
    assert (second.warnings, second.attachments[0].media_type) == (("transcribed",), "audio/amr")


async def test_a_recording_without_words_is_transcribed_and_nobody_has_to_listen(engine: AsyncEngine) -> None:
    ear = Hears()
    world = World(engine, transcriber=ear)
    await announce(engine, tasks=("listen-and-type",), text="按键 1")

    await world.fetch()
    [second, third] = await world.merged()

    assert ear.heard == [(SOUND.content, "audio/amr")]
    assert (second.tasks, third.tasks) == (("listen-and-type",), ())
    assert (third.text, third.warnings) == ("按键 1\n\n牛奶过期了", ("transcribed",))
    assert world.source.deleted == {"media-1": 1}


async def test_a_recording_nobody_could_transcribe_stays_a_task(engine: AsyncEngine) -> None:
    ear = Hears(ChannelUnavailable("busy"))
    world = World(engine, transcriber=ear)
    await announce(engine, tasks=("listen-and-type",))

    await world.fetch()
    await world.fetch_later(hours=1)
    await world.fetch_later(hours=1)
    [second] = await world.merged()

    assert (second.tasks, len(ear.heard)) == (("listen-and-type",), 2)
    assert await states(engine) == ["done"]


async def test_a_complaint_that_has_its_words_is_not_transcribed(engine: AsyncEngine) -> None:
    ear = Hears()
    world = World(engine, transcriber=ear)
    await announce(engine, text="牛奶过期")

    await world.fetch()

    assert (ear.heard, await states(engine)) == ([], ["done"])


async def test_a_vendor_that_does_not_delete_is_asked_again(engine: AsyncEngine) -> None:
    world = World(engine, Source(keeps=ChannelUnavailable("busy")))
    await announce(engine)
    await world.fetch()

    world.source.keeps = None
    await world.fetch_later(minutes=1)

    assert (world.source.deleted, await states(engine)) == ({"media-1": 2}, ["done"])
    assert len(world.log.published) == 1


async def test_defects_of_a_transcriber_and_of_deleting_stop_nothing(engine: AsyncEngine) -> None:
    world = World(engine, Source(keeps=KeyError("errcode")), transcriber=Hears(ValueError("no such codec")))
    await announce(engine, tasks=("listen-and-type",))

    for _ in range(3):
        await world.fetch_later(minutes=11)
    await world.fetch_later(hours=72)

    assert await states(engine) == ["done"]
    assert [one.attachments[0].state for one in world.log.published] == ["stored"]


async def test_an_addition_without_its_complaint_is_counted_after_its_time(engine: AsyncEngine) -> None:
    world = World(engine)
    await through(engine, addition(complaint(), text="谁的？"))
    one = world.fetcher()

    await one.look()
    assert one.parked == 0
    world.clock.at += timedelta(hours=25)
    await one.look()

    assert one.parked == 1
