"""A disk of one megabyte: 503 with Retry-After when it is full, nothing half on it, nothing lost of what it took."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from gateway import durable_log as module
from gateway.spool_entry import decode
from schemas.complaint import Complaint
from schemas.topics import RECEIVED
from tests.gateway.http import Gateway, gateway
from tests.waiting import until

API = "/api/v1/complaints"
MEGABYTE = 1024 * 1024


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own; mounting one is for root on Linux only, and not in every sandbox."""
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("a small disk can be mounted by root on Linux only")
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={MEGABYTE}", "tmpfs", folder], capture_output=True, text=True, check=False
    )
    if mounted.returncode != 0:
        pytest.skip(f"no disk can be mounted here: {mounted.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "RETRY_EVERY", module.RETRY_EVERY / 100)


async def post(of: Gateway, number: int, text: str) -> httpx.Response:
    """Post one complaint."""
    return await of.client.post(API, json={"text": f"{number} {text}"}, headers={"Idempotency-Key": str(number)})


async def post_photo(of: Gateway, size_bytes: int) -> httpx.Response:
    """Post one complaint with a file, which goes to the object store."""
    files: dict[str, tuple[str | None, str | bytes, str]] = {
        "complaint": (None, json.dumps({"text": "见照片"}), "application/json"),
        "photo": ("a.jpg", os.urandom(size_bytes), "image/jpeg"),
    }
    return await of.client.post(API, files=files)


def refused(answer: httpx.Response) -> bool:
    """Whether it is a 503 that says when to come again; any other refusal is an error."""
    if answer.status_code == 202:
        return False
    assert answer.status_code == 503, answer.text
    assert int(answer.headers["retry-after"]) > 0
    return True


def spooled(disk: Path) -> set[str]:
    """The complaints in the spool. Fails on a torn entry."""
    entries = [decode(path.read_bytes()) for path in (disk / "spool").glob("*.entry")]
    found = [
        Complaint.model_validate_json(one.value) for entry in entries for one in entry if one.topic == RECEIVED.name
    ]
    return {str(one.complaint_id) for one in found}


async def test_a_spool_on_a_full_disk_refuses_and_keeps_whole_what_it_took(disk: Path) -> None:
    async with gateway(disk, max_spool_bytes=100 * MEGABYTE) as of:
        of.log.away = True
        answers = [await post(of, number, "坏" * 19_000) for number in range(20)]
        accepted = {answer.json()["complaint_id"] for answer in answers if not refused(answer)}
        await until(lambda: not list(disk.rglob("*.draft")))
        on_disk = spooled(disk)
        ready = await of.client.get("/readyz")
        of.log.away = False
        await until(lambda: of.parts.intake.health().facts["durable"] == "kafka")
        after = await post(of, 99, "好")

    assert 0 < len(accepted) < 20
    assert on_disk == accepted
    assert ready.status_code == 503
    assert after.status_code == 202
    assert sorted(str(one.complaint_id) for one in of.complaints()) == sorted({*accepted, after.json()["complaint_id"]})


async def test_an_object_store_on_a_full_disk_refuses_and_leaves_no_half_of_a_file(disk: Path) -> None:
    async with gateway(disk) as of:
        answers = [await post_photo(of, 300_000) for _ in range(6)]
        accepted = [answer for answer in answers if not refused(answer)]
        without_file = await post(of, 1, "没有照片")
        left = [path.stat().st_size for path in (disk / "objects").rglob("*") if path.is_file()]

    assert 0 < len(accepted) < 6
    assert left == [300_000] * len(accepted)
    assert without_file.status_code == 202
    assert len(of.complaints()) == len(accepted) + 1
