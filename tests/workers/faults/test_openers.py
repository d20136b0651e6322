"""The opener of a case comes after its duplicate: held back, or dead-lettered and replayed. One department acts."""

import asyncio
import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from deploy.contract import FOLDER
from operations.replaying import fetch_original, replay_letter
from schemas.complaint import Complaint, Sender, Stated
from schemas.records import DeadLetter, Deduplicated
from schemas.topics import CLASSIFIED, DEAD_LETTER
from tests import scale
from tests.faults.witness import Witness
from tests.waiting import until
from tests.workers.faults.stages import DEPARTMENTS, assignments, classify, deduplicate, findings, offer, passed, route
from tests.workers.pieces import complaint
from tests.workers.runtime.harness import Installation
from workers.classify import ClassifyStage
from workers.runtime.publisher import Publisher
from workers.runtime.stage import Emit, Incoming

pytestmark = [pytest.mark.services, pytest.mark.timeout(300)]

HELD_S = scale.of(0, 30)
ROOT = Path(__file__).resolve().parents[3]
EXAMPLES = ROOT / "deploy" / "examples"


def opener_and_duplicate() -> tuple[Complaint, Complaint]:
    """Two complaints of one sender about one order that read as work for different departments."""
    by, about = Sender(emails=("li@customers.example",)), Stated(order_no="A20261122")
    return (
        complaint(sender=by, stated=about, text="昨天买的牛奶已经过期了，喝了拉肚子，要求赔偿"),
        complaint(sender=by, stated=about, text="快递晚到了五天，箱子也压坏了，物流太慢"),
    )


@contextmanager
def holding(partition: int, released: asyncio.Event) -> Iterator[asyncio.Event]:
    """Hold the deduplicate stage of one partition between its two commits, as a paused process would be."""
    publish, held = Publisher.publish, asyncio.Event()

    async def late(self: Publisher, settled: Sequence[Any], position: int) -> None:
        if settled and self._context.stage.name == "deduplicate" and self._partition.partition == partition:
            held.set()
            await released.wait()
        await publish(self, settled, position)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Publisher, "publish", late)
        yield held


class Stumbling(ClassifyStage):
    """Fails for one complaint as long as it is told to."""

    stumbles_over: str | None = None

    def decide(self, item: Incoming[Deduplicated]) -> Sequence[Emit]:
        if str(item.record.complaint_id) == self.stumbles_over:
            raise ZeroDivisionError
        return super().decide(item)


async def test_an_opener_held_back_between_its_commits_finds_its_case_at_work(
    installation: Installation, witness: Witness
) -> None:
    opener, duplicate = opener_and_duplicate()
    released = asyncio.Event()
    with holding(0, released) as held:
        async with (
            installation.worker(deduplicate()),
            installation.worker(deduplicate()),
            installation.worker(classify()),
            installation.worker(route()),
        ):
            await offer(installation, [(0, opener)])
            await held.wait()
            await offer(installation, [(1, duplicate)])
            await until(lambda: passed(witness, [duplicate]), 60)
            await asyncio.sleep(HELD_S)
            assert not passed(witness, [opener])
            released.set()
            await until(lambda: passed(witness, [opener]), 60)

    assert findings(witness, [opener, duplicate]) == []
    the_duplicate_opened_and_the_opener_joined(witness, opener, duplicate)
    await both_examples_cope(installation, witness, opener, duplicate)


async def test_an_opener_that_was_a_dead_letter_finds_its_case_at_work(
    installation: Installation, witness: Witness
) -> None:
    opener, duplicate = opener_and_duplicate()
    stage = Stumbling(classify()._understander)
    stage.stumbles_over = str(opener.complaint_id)
    async with installation.worker(deduplicate()), installation.worker(stage), installation.worker(route()):
        await offer(installation, [(0, opener)])
        [found] = await installation.read(DEAD_LETTER, 1)
        await offer(installation, [(1, duplicate)])
        await until(lambda: passed(witness, [duplicate]), 60)
        stage.stumbles_over = None
        letter = DeadLetter.model_validate_json(found.value)
        async with installation.consumer() as consumer:
            await replay_letter(installation.kafka, letter, await fetch_original(consumer, letter), "Li", "mended")
        await until(lambda: passed(witness, [opener]), 60)

    assert (letter.stage, letter.complaint_id) == ("classify", opener.complaint_id)
    assert witness.of(CLASSIFIED.name) == {str(opener.complaint_id): 1, str(duplicate.complaint_id): 1}
    the_duplicate_opened_and_the_opener_joined(witness, opener, duplicate)


def the_duplicate_opened_and_the_opener_joined(witness: Witness, opener: Complaint, duplicate: Complaint) -> None:
    """Whoever came first opened the case at its department; the other is an addition there, a copy elsewhere."""
    work = [one for one in assignments(witness) if one["responsible"]]
    told = [(one["complaint_id"], one["kind"], one["case_seq"]) for one in work]
    assert sorted(told) == sorted(
        [
            (str(duplicate.complaint_id), "assignment.opened", 2),
            (str(opener.complaint_id), "assignment.added", 1),
        ]
    )
    copies = [one for one in assignments(witness) if not one["responsible"]]
    assert str(opener.complaint_id) in {one["complaint_id"] for one in copies}


async def both_examples_cope(
    installation: Installation, witness: Witness, opener: Complaint, duplicate: Complaint
) -> None:
    """The consumers that ship as examples read the topic; the list of the one sorts what both print by `case_seq`."""
    [topic] = [one for one in DEPARTMENTS if any(record["responsible"] for record in witness.all(one.name))]
    asked = (str(installation.kafka.bootstrap_servers), installation.name(topic), str(len(witness.all(topic.name))))
    validator = Draft202012Validator(json.loads((FOLDER / "assignment.json").read_text()))
    expected = [str(opener.complaint_id), str(duplicate.complaint_id)]
    for printed in (await asyncio.to_thread(python_example, *asked), await asyncio.to_thread(java_example, *asked)):
        department = example().Department()
        for record in printed:
            assert list(validator.iter_errors(record)) == []
            assert department.take(record)
            assert not department.take(record)
        [case] = department.cases
        assert [one["complaint_id"] for one in department.of(case)] == expected


def example() -> ModuleType:
    """The Python example as a module."""
    spec = importlib.util.spec_from_file_location("department", EXAMPLES / "python" / "department.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["department"] = module
    spec.loader.exec_module(module)
    return module


def python_example(broker: str, topic: str, count: str) -> list[dict[str, Any]]:
    """What the Python example prints of a topic."""
    schema = str(FOLDER / "assignment.json")
    script = str(EXAMPLES / "python" / "department.py")
    return _printed([sys.executable, script, broker, topic, "--schema", schema, "--max", count, "--json"], {})


def java_example(broker: str, topic: str, count: str) -> list[dict[str, Any]]:
    """What the Java console consumer prints of a topic."""
    intake = str(Path(sys.executable).parent / "intake")
    environment = {"INTAKE_KAFKA__BOOTSTRAP_SERVERS": broker, "INTAKE": intake}
    return _printed([str(EXAMPLES / "java" / "consume.sh"), topic, "--max-messages", count], environment)


def _printed(command: list[str], environment: dict[str, str]) -> list[dict[str, Any]]:
    done = subprocess.run(command, env=os.environ | environment, capture_output=True, timeout=90, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return [json.loads(line) for line in done.stdout.splitlines()]
