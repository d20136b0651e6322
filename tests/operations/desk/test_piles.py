"""Suspended deliveries and dead letters on pages: seen masked, replayed and discarded once, each with a record."""

import hashlib
import json
import re
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from gateway.staff.roles import Role
from infra.kafka import producer
from infra.objects import open_store
from operations.dead_letters import letters
from operations.suspended import suspended_items
from schemas.complaint import RawRef
from schemas.envelope import Envelope, envelope_beside
from schemas.records import DeadLetter, Suspended
from schemas.topics import DEAD_LETTER, DEDUPLICATED, SUSPENDED
from tests.gateway.parts import NOW
from tests.gateway.staff.conftest import hidden
from tests.operations.desk.conftest import Office

pytestmark = pytest.mark.services

PHONE, NAME, XSS = "13812345678", "欧阳明月", '"><script>alert(1)</script>'


async def suspend(office: Office, body: bytes, channel: str = "web", kind: str = "application/json") -> Suspended:
    """A delivery nobody could read, with its bytes in the object store."""
    delivery, store = uuid4(), open_store(office.settings)
    key = f"deliveries/2026/11/22/{delivery}/raw"
    digest = hashlib.sha256(body).hexdigest()
    envelope = Envelope(
        delivery_id=delivery,
        channel=channel,
        account="web",
        received_at=NOW,
        received_at_source="gateway",
        ingested_at=NOW,
        content_type=kind,
        source={"kind": "api", "client": "test", "idempotency_key": "1"},
        sha256=digest,
        size_bytes=len(body),
    )
    await store.put(key, body)
    await store.put(envelope_beside(key), envelope.model_dump_json().encode())
    item = Suspended(
        suspended_id=uuid4(),
        tracking_number="TS-1",
        channel=channel,
        account="web",
        reason="unreadable",
        detail=f"at offset 3 {XSS}",
        received_at=NOW - timedelta(hours=5),
        ingested_at=NOW,
        raw=RawRef(delivery_id=delivery, object_key=key, sha256=digest, size_bytes=len(body)),
    )
    await office.write(SUSPENDED, item, str(item.suspended_id))
    return item


async def fail(office: Office, value: bytes, error_class: str = "ValueError") -> DeadLetter:
    """A record that classify could not process."""
    async with producer(office.settings.kafka) as client:
        sent = await client.send_and_wait(office.settings.kafka.naming.topic(DEDUPLICATED), value, b"case", 0)
    letter = DeadLetter(
        dead_letter_id=uuid4(),
        stage="classify",
        source_topic=sent.topic,
        source_partition=sent.partition,
        source_offset=sent.offset,
        error_class=error_class,
        error=f"{error_class} at understand",
        first_seen=NOW - timedelta(days=3),
        value_sha256=hashlib.sha256(value).hexdigest(),
        value_bytes=len(value),
    )
    await office.write(DEAD_LETTER, letter, str(letter.dead_letter_id))
    return letter


async def test_a_delivery_is_listed_and_shown_masked_and_the_look_is_on_record(office: Office) -> None:
    item = await suspend(office, json.dumps({"text": f"打{PHONE} {XSS}", "sender": {"name": NAME}}).encode())
    await office.signed_in("li", Role.OPERATOR)

    listed = (await office.of.client.get("/ops/suspended")).text
    shown = (await office.of.client.get(f"/ops/suspended/{item.suspended_id}?lang=en")).text

    assert "内容格式无法识别" in listed
    assert "5 小时 0 分" in listed
    assert "the bytes do not follow" in shown
    assert not any(personal in listed + shown for personal in (PHONE, NAME, "<script>alert"))
    assert "&lt;script&gt;alert" in shown
    assert await office.actions() == [("suspended.see", [str(item.suspended_id)], None)]


async def test_raw_bytes_come_as_a_file_of_text_for_a_purpose_on_record(office: Office) -> None:
    body = f"<html>{XSS}{PHONE}".encode()
    item = await suspend(office, body, kind="text/html")
    await office.signed_in("chen", Role.SUPERVISOR)
    path = f"/ops/suspended/{item.suspended_id}"

    without = await office.post(f"{path}/raw", form=path, purpose=" ")
    raw = await office.post(f"{path}/raw", form=path, purpose="the customer called about it")

    assert without.status_code == 422
    assert raw.content == body
    assert raw.headers["content-type"].startswith("text/plain")
    assert raw.headers["content-disposition"].startswith("attachment")
    assert raw.headers["x-content-type-options"] == "nosniff"
    assert (await office.actions())[-1] == (
        "suspended.raw",
        [str(item.suspended_id)],
        "the customer called about it",
    )
    assert [action for action, _, _ in await office.actions()].count("suspended.raw") == 1


async def test_what_an_authority_sent_is_shown_to_those_alone_who_answer_authorities(office: Office) -> None:
    item = await suspend(office, b'{"text": "reported"}', channel="regulator_12315")
    path = f"/ops/suspended/{item.suspended_id}"

    await office.signed_in("admin", Role.ADMIN)
    hidden_from = await office.of.client.get(path)
    refused = await office.of.client.post(
        f"{path}/raw", data=hidden((await office.of.client.get("/ops/suspended")).text) | {"purpose": "look"}
    )
    await office.signed_in("guo", Role.REGULATOR_AFFAIRS)
    shown = await office.of.client.get(path)

    assert "reported" not in hidden_from.text
    assert refused.status_code == 403
    assert "reported" in shown.text


async def test_what_can_be_read_now_becomes_a_complaint_once(office: Office) -> None:
    item = await suspend(office, json.dumps({"text": "牛奶过期了"}).encode())
    await office.signed_in("li", Role.OPERATOR)
    chosen = {f"id.{item.suspended_id}": "1", "action": "replay"}

    dry = await office.post("/ops/suspended/act", form="/ops/suspended", **chosen)
    open_after_dry = await suspended_items(office.settings)
    sure = hidden(dry.text) | chosen | {"sure": "yes"}
    done = await office.of.client.post("/ops/suspended/act", data=sure)
    again = await office.of.client.post("/ops/suspended/act", data=sure)

    assert "将成为一件投诉" in dry.text
    assert [one.state for one in open_after_dry] == ["open"]
    assert "1 件中完成 1 件" in done.text
    assert "已由 li 重新处理" in again.text
    [after] = await suspended_items(office.settings)
    assert (after.state, after.resolved_by) == ("replayed", "li")
    assert UUID(str(after.resolution))
    assert "没有未能读取" in (await office.of.client.get("/ops/suspended")).text


async def test_all_letters_of_one_reason_are_discarded_with_a_reason_and_no_other(office: Office) -> None:
    wanted = [await fail(office, b'{"poison": %d}' % number) for number in range(3)]
    other = await fail(office, b"{}", "KeyError")
    await office.signed_in("chen", Role.SUPERVISOR)
    all_of = {"all": "classify: ValueError", "action": "discard"}

    without = await office.post("/ops/dead-letters/act", form="/ops/dead-letters", **all_of)
    dry = await office.post("/ops/dead-letters/act", form="/ops/dead-letters", **all_of, reason="a test wrote them")
    fields = dict(re.findall(r'<input type="hidden" name="([\w.-]+)" value="([^"]*)"', dry.text))
    done = await office.of.client.post("/ops/dead-letters/act", data=fields)

    assert without.status_code == 422
    assert "3 件中完成 3 件" in done.text
    states = {one.dead_letter_id: (one.state, one.resolution) for one in await letters(office.settings)}
    assert {states[one.dead_letter_id] for one in wanted} == {("discarded", "a test wrote them")}
    assert states[other.dead_letter_id] == ("open", None)
    [(action, ids, purpose)] = await office.actions()
    assert (action, len(ids), purpose) == ("dead-letters.discard", 3, "a test wrote them")


async def test_a_letter_goes_to_its_stage_again_once(office: Office) -> None:
    letter = await fail(office, json.dumps({"sender": {"name": NAME}, "text": f"打{PHONE}"}).encode())
    await office.signed_in("li", Role.OPERATOR)
    path, chosen = f"/ops/dead-letters/{letter.dead_letter_id}", {"action": "replay", "sure": "yes"}

    shown = (await office.of.client.get(path)).text
    done = await office.post("/ops/dead-letters/act", form=path, **chosen, **{f"id.{letter.dead_letter_id}": "1"})
    again = await office.post("/ops/dead-letters/act", form=path, **chosen, **{f"id.{letter.dead_letter_id}": "1"})

    assert not any(personal in shown for personal in (PHONE, NAME))
    assert "已把" in done.text
    assert "已由 li 重新处理" in again.text


async def test_an_operator_may_replay_and_not_discard(office: Office) -> None:
    item = await suspend(office, b"not json")
    await office.signed_in("li", Role.OPERATOR)

    refused = await office.post(
        "/ops/suspended/act",
        form="/ops/suspended",
        action="discard",
        reason="no",
        sure="yes",
        **{f"id.{item.suspended_id}": "1"},
    )

    assert refused.status_code == 403
    assert [one.state for one in await suspended_items(office.settings)] == ["open"]
