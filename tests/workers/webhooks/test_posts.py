"""Departments that speak HTTP only get every record, signed, in the order of its case, also after trouble."""

import asyncio
import base64
import hashlib
import hmac
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from fastapi import FastAPI, Request
from fastapi.responses import Response
from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncEngine

from infra.clock import present
from infra.kafka import create_topics, producer
from schemas.settings import DepartmentSettings, KafkaSettings, PostingSettings
from schemas.topics import department_topic
from schemas.wire import headers
from tests.listening import listening
from tests.services import Services
from tests.waiting import until
from tests.workers.pieces import NOON
from tests.workers.runtime.harness import Installation
from tests.workers.webhooks.test_signing import SECRET
from workers.runtime import stops
from workers.webhooks import Webhooks, WebhooksParts

pytestmark = pytest.mark.services
QUICK = PostingSettings(first_pause=timedelta(milliseconds=20), longest_pause=timedelta(milliseconds=100))


@dataclass
class Receiver:
    """A department's system. `answers`: record → statuses it gives before it takes the record; `always` for all."""

    answers: dict[str, list[int]] = field(default_factory=dict)
    always: int | None = None
    taken: list[str] = field(default_factory=list)
    posts: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    elsewhere: int = 0

    def has_taken(self, at_least: int) -> bool:
        """Whether so many records have come."""
        return len(self.taken) >= at_least

    @property
    def app(self) -> FastAPI:
        """Its HTTP side."""
        app = FastAPI()

        @app.post("/in")
        async def take(request: Request) -> Response:
            body = await request.body()
            self.posts.append((dict(request.headers), body))
            left = self.answers.get(body.decode(), [])
            status = self.always or (left.pop(0) if left else 204)
            if status < 300:
                self.taken.append(body.decode())
            return Response(status_code=status, headers={"location": "/elsewhere"})

        @app.post("/elsewhere")
        async def led_away() -> Response:
            self.elsewhere += 1
            return Response(status_code=204)

        return app

    def tries(self, record: str) -> list[dict[str, str]]:
        """The headers of every post of a record."""
        return [found for found, body in self.posts if body.decode() == record]


@dataclass
class House:
    """An installation that posts to receivers; `urls` are theirs by department."""

    kafka: KafkaSettings
    engine: AsyncEngine
    urls: dict[str, str] = field(default_factory=dict)

    async def write(self, department: str, *records: str, at: datetime | None = None) -> None:
        """Write records named `case/number`, each under the key of its case, all of a case in one partition."""
        timestamp_ms = int((at or present()).timestamp() * 1000)
        topic = department_topic(department)
        async with producer(self.kafka) as log:
            for record in records:
                fields = headers(topic, self.kafka.naming, event_id=f"{record}/{department}", time=NOON, subject="s")
                key = record.split("/")[0].encode()
                await log.send(
                    self.kafka.naming.topic(topic),
                    record.encode(),
                    key=key,
                    headers=[*fields, ("x-store", "人民路".encode())],
                    timestamp_ms=timestamp_ms,
                )

    @asynccontextmanager
    async def posting(self, settings: PostingSettings = QUICK) -> AsyncIterator[Webhooks]:
        """Post as long as the context is open."""
        departments = {
            code: DepartmentSettings(webhook_url=f"{url}/in", webhook_secret=SecretStr(SECRET))
            for code, url in self.urls.items()
        }
        service, stop = (
            Webhooks(WebhooksParts(self.engine, self.kafka, departments, settings, present)),
            asyncio.Event(),
        )
        task = asyncio.create_task(service.run(stop))
        try:
            yield service
        finally:
            stop.set()
            await task

    @asynccontextmanager
    async def killed(self) -> AsyncIterator[None]:
        """Post as long as the context is open, then end as a killed process does: nothing is committed any more."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(AIOKafkaConsumer, "commit", _never)
            async with self.posting():
                yield

    async def behind(self, department: str) -> int:
        """How many records the department's group has not committed."""
        name = self.kafka.naming.topic(department_topic(department))
        async with Installation(self.kafka).consumer(self.kafka.naming.group(f"webhook-{department}")) as consumer:
            places = [TopicPartition(name, number) for number in range(self.kafka.partitions)]
            consumer.assign(places)
            ends = await consumer.end_offsets(places)
            return sum([ends[one] - (await consumer.committed(one) or 0) for one in places])


@pytest.fixture
async def house(services: Services, topic_prefix: str, engine: AsyncEngine) -> House:
    """An installation with two departments."""
    kafka = KafkaSettings(bootstrap_servers=services.bootstrap_servers, prefix=topic_prefix, partitions=2)
    await create_topics(kafka, [department_topic("quality"), department_topic("finance")])
    return House(kafka, engine)


@asynccontextmanager
async def receiving(house: House, department: str, receiver: Receiver) -> AsyncIterator[None]:
    """Let a receiver listen for a department."""
    async with listening(receiver.app) as url:
        house.urls[department] = url
        yield


async def test_every_record_is_posted_once_signed_and_committed(house: House) -> None:
    receiver, records = Receiver(), [f"case{n % 5}/{n}" for n in range(50)]
    async with receiving(house, "quality", receiver):
        await house.write("quality", *records)
        async with house.posting() as service:
            await until(lambda: len(receiver.taken) == 50)
            await until(lambda: _none_behind(house, "quality"))
            assert service.health().ready

    assert sorted(receiver.taken) == sorted(records)
    for case in range(5):
        assert [one for one in receiver.taken if one.startswith(f"case{case}/")] == records[case::5]
    assert all(is_genuine(found, body) for found, body in receiver.posts)


async def test_a_post_is_a_cloud_event_in_binary_mode(house: House) -> None:
    receiver = Receiver()
    async with receiving(house, "quality", receiver), house.posting():
        await house.write("quality", "case/1")
        await until(lambda: receiver.taken)

    [found] = receiver.tries("case/1")
    assert found["ce-id"] == found["webhook-id"] == "case/1/quality"
    assert found["ce-type"].endswith("departments.assignment.v1")
    assert found["content-type"] == "application/json; charset=utf-8"
    assert "x-store" not in found


async def test_trouble_with_one_case_keeps_its_order_and_holds_no_other(house: House) -> None:
    receiver = Receiver(answers={"bad/1": [400] * 8})
    async with receiving(house, "quality", receiver):
        await house.write("quality", "bad/1", "bad/2", *(f"good{n}/1" for n in range(20)))
        async with house.posting():
            await until(lambda: len(receiver.taken) == 22)

    assert [one for one in receiver.taken if one.startswith("bad")] == ["bad/1", "bad/2"]
    assert receiver.taken.index("bad/1") >= 10
    tries = receiver.tries("bad/1")
    assert len(tries) == 9
    assert {one["webhook-id"] for one in tries} == {"bad/1/quality"}


async def test_a_receiver_that_is_away_holds_no_other_department(house: House) -> None:
    well, ill = Receiver(), Receiver(always=503)
    async with receiving(house, "quality", well), receiving(house, "finance", ill), house.posting() as service:
        await house.write("finance", *(f"case{n}/1" for n in range(10)))
        await house.write("quality", *(f"case{n}/1" for n in range(10)))
        await until(lambda: len(well.taken) == 10 and ill.posts and not service.health().ready)
        assert "webhook-finance: the receiver takes nothing: HTTP 503" in service.health().detail
        ill.always = None
        await until(lambda: len(ill.taken) == 10)
        await until(lambda: service.health().ready)

    assert await house.behind("finance") == 0


async def test_what_was_taken_is_not_posted_again_after_a_restart(house: House) -> None:
    receiver = Receiver()
    async with receiving(house, "quality", receiver):
        await house.write("quality", *(f"case{n}/1" for n in range(10)))
        async with house.posting():
            await until(lambda: len(receiver.taken) == 10)
            await until(lambda: _none_behind(house, "quality"))
        async with house.posting():
            await house.write("quality", "case/2")
            await until(lambda: len(receiver.taken) == 11)

    assert len(set(receiver.taken)) == 11


async def test_killed_in_the_middle_nothing_is_lost_and_each_case_keeps_its_order(house: House) -> None:
    receiver = Receiver(answers={f"case{case}/0": [500, 500] for case in range(6)})
    records = [f"case{n % 6}/{n // 6}" for n in range(120)]
    async with receiving(house, "quality", receiver):
        await house.write("quality", *records)
        for taken in (15, 60):
            async with house.killed() as _:
                await until(partial(receiver.has_taken, taken))
        async with house.killed():
            await until(lambda: len(receiver.taken) >= 15)
        async with house.killed():
            await until(lambda: len(receiver.taken) >= 60)
        async with house.posting():
            await until(lambda: set(receiver.taken) == set(records))
            await until(lambda: _none_behind(house, "quality"))

    firsts = list(dict.fromkeys(receiver.taken))
    for case in range(6):
        assert [one for one in firsts if one.startswith(f"case{case}/")] == records[case::6]


async def test_a_second_instance_takes_over_its_share(house: House) -> None:
    receiver, records = Receiver(), [f"case{n % 20}/{n // 20}" for n in range(200)]
    async with receiving(house, "quality", receiver), house.posting():
        await house.write("quality", *records[:100])
        await until(lambda: receiver.taken)
        async with house.posting():
            await house.write("quality", *records[100:])
            await until(lambda: set(receiver.taken) == set(records), 60)
            await until(lambda: _none_behind(house, "quality"))

    firsts = list(dict.fromkeys(receiver.taken))
    for case in range(20):
        assert [one for one in firsts if one.startswith(f"case{case}/")] == records[case::20]


async def test_a_receiver_that_is_gone_stops_the_posts_until_a_person_acts(house: House) -> None:
    receiver, group = Receiver(always=410), house.kafka.naming.group("webhook-quality")
    async with receiving(house, "quality", receiver):
        await house.write("quality", "case/1", "case/2")
        async with house.posting() as service:
            await until(lambda: "410" in service.health().detail and not service.health().ready)
        posted = len(receiver.posts)
        stopped = await stops.current(house.engine, group)
        async with house.posting() as again:
            await until(lambda: "410" in again.health().detail)
            assert len(receiver.posts) == posted
            receiver.always = None
            assert await stops.resume(house.engine, group, by="wang", why="receiver is back")
            await until(lambda: len(receiver.taken) == 2)

    assert stopped is not None
    assert stopped.reason == "gone"
    assert receiver.taken == ["case/1", "case/2"]


async def test_a_record_refused_for_days_stops_and_is_passed_over_once_a_person_says_so(house: House) -> None:
    receiver, group = Receiver(answers={"bad/1": [422] * 1_000}), house.kafka.naming.group("webhook-quality")
    at_once = QUICK.model_copy(update={"give_up_after": timedelta(0)})
    async with receiving(house, "quality", receiver):
        await house.write("quality", "bad/1", "bad/2")
        async with house.posting(at_once):
            await until(lambda: _is_stopped(house, group))
            assert receiver.taken == []
            await stops.resume(house.engine, group, by="wang", why="they cannot take this one")
            await until(lambda: receiver.taken == ["bad/2"])


async def test_a_restart_does_not_begin_the_days_of_a_refused_record_anew(house: House) -> None:
    receiver, group = Receiver(answers={"bad/1": [422] * 1_000}), house.kafka.naming.group("webhook-quality")
    async with receiving(house, "quality", receiver):
        await house.write("quality", "bad/1", at=present() - QUICK.give_up_after)
        async with house.posting():
            await until(lambda: _is_stopped(house, group))

    assert len(receiver.posts) > 1


async def test_a_receiver_that_is_away_has_its_days_however_old_what_waits_is(house: House) -> None:
    receiver, group = Receiver(answers={"case/1": [503] * 10}), house.kafka.naming.group("webhook-quality")
    async with receiving(house, "quality", receiver):
        await house.write("quality", "case/1", at=present() - 2 * QUICK.give_up_after)
        async with house.posting():
            await until(lambda: receiver.taken == ["case/1"])

    assert not await _is_stopped(house, group)


async def test_a_redirect_is_never_followed(house: House) -> None:
    receiver = Receiver(answers={"case/1": [307, 302]})
    async with receiving(house, "quality", receiver), house.posting():
        await house.write("quality", "case/1")
        await until(lambda: receiver.taken == ["case/1"])

    assert receiver.elsewhere == 0
    assert len(receiver.tries("case/1")) == 3


def is_genuine(found: dict[str, str], body: bytes) -> bool:
    """As the documentation tells receivers to verify a post."""
    key = base64.b64decode(SECRET.removeprefix("whsec_"))
    signed = f"{found['webhook-id']}.{found['webhook-timestamp']}.".encode() + body
    expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return any(hmac.compare_digest(one.removeprefix("v1,"), expected) for one in found["webhook-signature"].split())


async def _never(consumer: AIOKafkaConsumer, offsets: object = None) -> None:
    """Commit nothing."""


async def _none_behind(house: House, department: str) -> bool:
    return await house.behind(department) == 0


async def _is_stopped(house: House, group: str) -> bool:
    return await stops.current(house.engine, group) is not None
