"""Somebody scans a code in a store and writes three messages: one case, one answer, and the picture in it."""

from collections import Counter
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest

from deploy.vendors.stand_ins import PICTURE
from tests.deploy.channels.conftest import DEPARTMENTS, SCENE, STORE, Running
from tests.faults.system import until

pytestmark = [pytest.mark.services, pytest.mark.timeout(180)]

OPENID = "oBurst0000000000000000000001"


def say(running: Running, **fields: str) -> None:
    running.make(running.vendor.says(OPENID, running.account, fields, datetime.now(UTC)))


def has_visited(running: Running) -> bool:
    with psycopg.connect(running.environment["INTAKE_DATABASE__URL"]) as database:
        return database.execute("SELECT 1 FROM visited_places WHERE place = %s", [STORE]).fetchone() is not None


def mine(running: Running, topic: str, ids: set[str]) -> list[dict[str, Any]]:
    return [one for one in running.witness.all(topic) if one["complaint_id"] in ids]


def written(running: Running) -> set[str]:
    received = running.witness.all("complaints.received.v1")
    return {one["complaint_id"] for one in received if one.get("sender", {}).get("openid") == OPENID}


def assigned(running: Running, ids: set[str]) -> list[dict[str, Any]]:
    return [one for topic in DEPARTMENTS for one in mine(running, topic, ids) if one["responsible"]]


def test_a_burst_is_one_case_with_one_answer_its_picture_and_the_store_that_was_scanned(running: Running) -> None:
    picture = running.vendor.keep(PICTURE, "image/jpeg", datetime.now(UTC))

    say(running, MsgType="event", Event="SCAN", EventKey=SCENE, Ticket="ticket")
    until(lambda: has_visited(running), 60, "the scan was not noted")
    say(running, Content="昨天在你们店买的鸡肉已经变质发臭了")
    say(running, Content="小票还在，怎么处理？")
    say(running, MsgType="image", MediaId=picture, PicUrl=running.vendor.picture_url(picture))
    until(lambda: len(written(running)) == 3, 60, "not all messages came")
    ids = written(running)
    until(
        lambda: any(file["state"] == "stored" for one in assigned(running, ids) for file in one.get("attachments", [])),
        90,
        "the picture did not reach the department",
    )
    until(lambda: len(mine(running, "complaints.acknowledged.v1", ids)) == 3, 60, "not all were acknowledged")
    running.settle()

    records = assigned(running, ids)
    assert len({one["case_id"] for one in records}) == 1
    assert len({one["department"] for one in records}) == 1
    assert {one["unit"].get("store") for one in records} == {STORE}
    corrected = [one for one in records if one["kind"] == "assignment.corrected"]
    assert [file["state"] for one in corrected for file in one.get("attachments", [])] == ["stored"]
    [file] = corrected[-1]["attachments"]
    assert file["size_bytes"] == len(PICTURE)
    outcomes = Counter(one["outcome"] for one in mine(running, "complaints.acknowledged.v1", ids))
    assert outcomes == {"sent": 1, "covered": 2}
    assert len([one for one in running.vendor.delivered if one.to == OPENID]) == 1
