"""Department systems in Python, Java and Node read 1,000 records of the real broker and report back.

Among them an addition, a correction by which a photo came later, and a case that was given to another department.
"""

import asyncio
import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from jsonschema import Draft202012Validator
from sqlalchemy.ext.asyncio import AsyncEngine

from deploy.contract import FOLDER
from infra.kafka import create_topics, producer
from schemas.complaint import Attachment, Sender
from schemas.correction import Correction, Rerouted
from schemas.envelope import attachment_key
from schemas.records import Classified, Verdict
from schemas.settings import Settings
from schemas.topics import CLASSIFIED, DEAD_LETTER, ESCALATED, REVIEW, STATUS, department_topic
from tests.deploy.examples.java import compiled
from tests.listening import listening
from tests.operations.departments import pictures
from tests.operations.departments.conftest import CONTACT_KEY, House, engine, house_of, house_settings
from tests.workers.pieces import NOON
from tests.workers.route.pieces import PACK, classified
from tests.workers.runtime.harness import Installation
from workers.route import Route

__all__ = ["engine", "house_settings"]
pytestmark = [pytest.mark.services, pytest.mark.timeout(300)]

EXAMPLES = Path(__file__).resolve().parents[3] / "deploy" / "examples"
RECORDS, CASES = 1_000, 997
QUALITY = department_topic("quality")
PHOTO = uuid4()
EXPECTED = {
    "cases": CASES - 1,
    "complaints": CASES,
    "withdrawn": 1,
    "invalid": 0,
    "files": 1,
    "contacts": 1,
    "reports": CASES + (CASES - 1) + 1,
}
"""Every case is accepted, every one without a photo asked about, the one with a photo answered."""


@dataclass
class Offered:
    """An installation whose quality department has been given its records; `url` is where the gateway listens."""

    house: House
    installation: Installation
    url: str
    token: str

    @property
    def asked(self) -> list[str]:
        """What every example is called with."""
        kafka = self.house.settings.kafka
        return [
            str(kafka.bootstrap_servers), kafka.naming.topic(QUALITY), "--schema", str(FOLDER / "assignment.json"),
            "--max", str(RECORDS), "--summary", "--reports", kafka.naming.topic(STATUS), "--gateway", self.url,
        ]  # fmt: skip


def the_complaints() -> list[Classified]:
    """What reached the route stage, in its order."""
    food = {"text": "牛奶过期了", "sender": Sender(name="李明月", phones=("+8613812340001",))}
    cases = [classified(f"case-{number}", **food) for number in range(CASES)]
    pending = Attachment(attachment_id=PHOTO, size_bytes=0, sha256="0" * 64, state="pending")
    with_photo, lost = cases[1].model_copy(update={"attachments": (pending,)}), cases[2]
    key = attachment_key(with_photo.complaint_id, PHOTO)
    stored = pending.model_copy(update={"state": "stored", "object_key": key})
    person = Correction(
        correction_id=uuid4(), by="王芳", at=NOON, reason="已核对", reroute=Rerouted(department="finance")
    )
    later = [
        classified("case-0-more", case_of="case-0", case_seq=2, verdict=Verdict.FOLLOW_UP, **food),
        with_photo.model_copy(update={"revision": 2, "attachments": (stored,)}),
        lost.model_copy(update={"revision": 2, "corrections": (person,)}),
    ]
    return [cases[0], with_photo, *cases[2:], *later]


@pytest.fixture
async def offered(house_settings: Settings, engine: AsyncEngine, tmp_path: Path) -> AsyncIterator[Offered]:
    """Route the complaints with the real stage on the real broker."""
    kafka = house_settings.kafka
    departments = map(department_topic, PACK.department_codes)
    await create_topics(kafka, [CLASSIFIED, ESCALATED, REVIEW, DEAD_LETTER, STATUS, *departments])
    complaints, installation = the_complaints(), Installation(kafka, engine)
    async with house_of(house_settings, engine, tmp_path) as house:
        async with producer(kafka) as log:
            sent = [
                await log.send(kafka.naming.topic(CLASSIFIED), one.to_json(), key=str(one.case_id).encode())
                for one in complaints
            ]
            await asyncio.gather(*sent)
        await house.member(complaints[1])
        await house.objects.put(attachment_key(complaints[1].complaint_id, PHOTO), pictures.jpeg())
        async with installation.worker(Route(PACK, CONTACT_KEY)):
            assert len(await installation.read(QUALITY, RECORDS, 120)) == RECORDS
        async with listening(house.app) as url:
            token = (await house.token("quality"))["Authorization"].removeprefix("Bearer ")
            yield Offered(house, installation, url, token)


async def run(of: Offered, command: Sequence[str]) -> dict[str, int]:
    """Run an example to its end; return what it counted."""
    environment = os.environ | {"DEPARTMENT_TOKEN": of.token}
    process = await asyncio.create_subprocess_exec(
        *command, *of.asked, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    try:
        out, err = await asyncio.wait_for(process.communicate(), 120)
    except TimeoutError:
        process.kill()
        await process.wait()
        raise
    assert process.returncode == 0, err.decode()[-2000:]
    counted: dict[str, int] = json.loads(out.splitlines()[-1])
    return counted


async def reports_are_right(of: Offered, by: str) -> None:
    """What lies on the status topic follows its schema, under the case's key, each report once."""
    validator = Draft202012Validator(json.loads((FOLDER / "department-status.json").read_text(encoding="utf-8")))
    found = [(one.key, json.loads(one.value)) for one in await of.installation.read(STATUS, EXPECTED["reports"])]

    assert [error.message for _, one in found for error in validator.iter_errors(one)] == []
    assert {key == one["case_id"] for key, one in found} == {True}
    assert {one["by"] for _, one in found} == {by}
    assert len({UUID(one["status_id"]) for _, one in found}) == EXPECTED["reports"]
    assert Counter(one["status"] for _, one in found) == {
        "accepted": CASES,
        "need-information": CASES - 1,
        "answered": 1,
    }


async def each_look_is_on_record(of: Offered) -> None:
    actions = Counter(entry.action for entry in await of.house.audited())
    assert actions == {"contact.read": 1, "attachment.read": 1}


async def test_the_python_example_does_a_departments_work(offered: Offered) -> None:
    counted = await run(offered, [sys.executable, str(EXAMPLES / "python" / "department.py")])

    assert counted == EXPECTED
    await reports_are_right(offered, "python-example")
    await each_look_is_on_record(offered)


async def test_the_java_example_does_a_departments_work(offered: Offered, tmp_path: Path) -> None:
    program = await asyncio.to_thread(compiled, EXAMPLES / "java" / "Department.java", tmp_path / "classes")

    counted = await run(offered, program)

    assert counted == EXPECTED
    await reports_are_right(offered, "java-example")
    await each_look_is_on_record(offered)


async def test_the_node_example_does_a_departments_work(offered: Offered, tmp_path: Path) -> None:
    folder = await asyncio.to_thread(installed_by_npm, tmp_path / "node")

    counted = await run(offered, ["node", str(folder / "department.mjs")])

    assert counted == EXPECTED
    await reports_are_right(offered, "node-example")
    await each_look_is_on_record(offered)


def installed_by_npm(folder: Path) -> Path:
    """A copy of the Node example with its packages; skips where there is no Node or they cannot be had."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        pytest.skip("Node with npm is not installed")
    shutil.copytree(EXAMPLES / "node", folder, ignore=shutil.ignore_patterns("node_modules"))
    done = subprocess.run(
        ["npm", "ci", "--no-audit", "--no-fund"], cwd=folder, capture_output=True, timeout=120, check=False
    )
    if done.returncode != 0:
        pytest.skip(f"npm cannot install what package-lock.json names: {done.stderr.decode()[-200:]}")
    return folder
