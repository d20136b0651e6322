"""A power cut at the very moment of an answer: whatever was answered 202 out of the spool is on the disk, whole."""

import asyncio
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gateway.app import create_app
from gateway.spool_entry import TornEntry, decode
from schemas.complaint import Complaint
from schemas.envelope import attachment_key
from schemas.topics import RECEIVED
from tests.gateway import http
from tests.gateway.http import gateway
from tests.gateway.power_cut import Disk

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads the name of an open file from /proc")
PHOTO = b"\xff\xd8" * 500
COUNT = 40


class Answers:
    """The app, noting what a power cut would leave just before each 202 goes out, by its Idempotency-Key."""

    def __init__(self, app: Any, disk: Disk) -> None:
        self._app = app
        self._disk = disk
        self.left: dict[str, dict[str, bytes]] = {}

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        async def watched(message: Any) -> None:
            if message["type"] == "http.response.start" and message["status"] == 202:
                self.left[dict(scope["headers"])[b"idempotency-key"].decode()] = self._disk.left()
            await send(message)

        await self._app(scope, receive, watched)


async def post_while_kafka_is_away(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Post complaints with a photo, many at once, and look at each answer what a power cut would leave."""
    disk, answers = Disk(folder), list[Answers]()

    def watched(*arguments: Any) -> Answers:
        answers.append(Answers(create_app(*arguments), disk))
        return answers[0]

    monkeypatch.setattr(os, "fsync", disk.fsync)
    monkeypatch.setattr(http, "create_app", watched)
    async with gateway(folder) as of:
        of.log.away = True

        async def post(number: int) -> str:
            body = {"text": f"第 {number} 件", "sender": {"phones": [f"138001380{number:02}"]}}
            parts: dict[str, tuple[str | None, str | bytes, str]] = {
                "complaint": (None, json.dumps(body), "application/json"),
                "photo": ("牛奶.jpg", PHOTO, "image/jpeg"),
            }
            key = {"Idempotency-Key": str(number)}
            answer = await of.client.post("/api/v1/complaints", files=parts, headers=key)
            assert answer.status_code == 202, answer.text
            return str(answer.json()["complaint_id"])

        accepted = await asyncio.gather(*(post(number) for number in range(COUNT)))
    lost = [number for number, one in enumerate(accepted) if not _is_whole(one, answers[0].left[str(number)])]

    assert not lost, f"answered 202 and lost by a power cut: {len(lost)} of {COUNT}"


def _is_whole(complaint_id: str, left: dict[str, bytes]) -> bool:
    """Whether the complaint is in an entry of the spool and its photo in the object store."""
    found = [one for one in _spooled(left) if str(one.complaint_id) == complaint_id]
    return any(
        left.get(f"objects/{attachment_key(one.complaint_id, file.attachment_id)}") == PHOTO
        for one in found
        for file in one.attachments
    )


def _spooled(left: dict[str, bytes]) -> Iterator[Complaint]:
    for name, content in left.items():
        if name.startswith("spool/") and name.endswith(".entry"):
            try:
                messages = decode(content)
            except TornEntry:
                continue
            yield from (Complaint.model_validate_json(one.value) for one in messages if one.topic == RECEIVED.name)


async def test_what_was_answered_202_survives_a_power_cut_at_that_moment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await post_while_kafka_is_away(tmp_path, monkeypatch)


@pytest.mark.parametrize("forgotten", ["file", "folder"])
async def test_a_flush_that_is_left_out_is_caught(
    forgotten: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fsync = Disk.fsync

    def forgetful(self: Disk, descriptor: int) -> None:
        path = Path(os.readlink(f"/proc/self/fd/{descriptor}"))
        if path.is_dir() != (forgotten == "folder"):
            fsync(self, descriptor)

    monkeypatch.setattr(Disk, "fsync", forgetful)

    with pytest.raises(AssertionError, match=f"lost by a power cut: {COUNT} of {COUNT}"):
        await post_while_kafka_is_away(tmp_path, monkeypatch)
