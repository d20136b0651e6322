"""Poison of six kinds among good records: the good ones pass, the bad ones are dead letters that say why."""

import json
import os
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from pydantic import SecretStr

from infra.kafka import MAX_REQUEST_BYTES
from schemas.complaint import Complaint
from schemas.records import DeadLetter, Deduplicated
from schemas.topics import DEAD_LETTER, DEDUPLICATED
from schemas.wire import value
from tests import scale
from tests.faults.witness import Witness
from tests.waiting import until
from tests.workers.faults.stages import Offer, classify, deduplicate, findings, offer, passed, route
from tests.workers.pieces import mail
from tests.workers.runtime.harness import Installation
from workers.classify import ClassifyStage
from workers.deduplicate import Deduplicate
from workers.runtime import stops
from workers.runtime.stage import Emit, Incoming

pytestmark = [pytest.mark.services, pytest.mark.timeout(900)]

GOOD, BAD = scale.of((300, 30), (10_000, 1_000))
PARTITIONS = 3
CHUNK = 500
HEADERS_BYTES = 600
"""For key, headers and frame of a record on `received` and the case; no room is left for the understanding."""
UNDIGESTIBLE = "这条投诉会让分类环节出错"


class Fussy(ClassifyStage):
    """Raises for one text, as a stage with a defect does."""

    def decide(self, item: Incoming[Deduplicated]) -> Sequence[Emit]:
        if UNDIGESTIBLE in item.record.text:
            raise ZeroDivisionError(item.record.text)
        return super().decide(item)


def fussy() -> ClassifyStage:
    """A classify stage with the defect."""
    plain = classify()
    return Fussy(plain._understander)


@dataclass(frozen=True)
class Kind:
    """One kind of poison: how it is made, where it dies and of what."""

    name: str
    make: Callable[[Complaint], Complaint | bytes]
    stage: str
    error_class: str


def _raw(old: str, new: bytes) -> Callable[[Complaint], bytes]:
    return lambda good: value(good).replace(old.encode(), new, 1)


def _filled(good: Complaint) -> Complaint:
    """As large as the broker takes, so that it does not take what a stage adds."""
    room = MAX_REQUEST_BYTES - HEADERS_BYTES - len(value(good))
    return good.model_copy(update={"text": "x" * room})


KINDS = (
    Kind("undecodable", lambda good: b"\xff\xfe" + value(good), "deduplicate", "ValidationError"),
    Kind("invalid", _raw('"received_at"', b'"received_on"'), "deduplicate", "ValidationError"),
    Kind("nul in text", _raw("牛奶", b"\0"), "deduplicate", "ValidationError"),
    Kind("escaped nul", _raw('"support"', rb'"supp\u0000rt"'), "deduplicate", "DataError"),
    Kind("too large", _filled, "classify", "TooLargeToProduce"),
    Kind("raising", lambda good: good.model_copy(update={"text": UNDIGESTIBLE}), "classify", "ZeroDivisionError"),
)


@dataclass
class Mixture:
    """Good and bad records in random order over all partitions; what was put where."""

    offers: list[Offer] = field(default_factory=list)
    good: list[Complaint] = field(default_factory=list)
    bad: Counter[tuple[str, str]] = field(default_factory=Counter)

    @classmethod
    def of(cls, good: int, bad: int) -> "Mixture":
        """The same mixture every time."""
        chance = random.Random(9)
        mixture = cls()
        for number in range(good):
            mixture.good.append(mail(f"good-{number}@x", f"good-{number}@customers.example"))
            mixture.offers.append((chance.randrange(PARTITIONS), mixture.good[-1]))
        for number in range(bad):
            kind = KINDS[number % len(KINDS)]
            made = kind.make(mail(f"bad-{number}@x", f"bad-{number}@customers.example"))
            mixture.bad[kind.stage, kind.error_class] += 1
            mixture.offers.append((chance.randrange(PARTITIONS), made))
        chance.shuffle(mixture.offers)
        return mixture


async def test_poison_among_good_records_dies_alone_and_says_where_and_why(
    installation: Installation, witness: Witness
) -> None:
    mixture = Mixture.of(GOOD, BAD)
    async with (
        installation.worker(deduplicate()) as first,
        installation.worker(fussy()) as second,
        installation.worker(route()) as third,
    ):
        for start in range(0, len(mixture.offers), CHUNK):
            await offer(installation, mixture.offers[start : start + CHUNK])
        await until(lambda: passed(witness, mixture.good), scale.of(120, 600), every_s=scale.of(0.1, 2.0))
        letters = await installation.read(DEAD_LETTER, BAD)
        states = [one.worker.health().facts["state"] for one in (first, second, third)]

    told = [DeadLetter.model_validate_json(one.value) for one in letters]
    half_way = [one.complaint_id for one in told if one.stage == "classify" and one.complaint_id]
    assert Counter((one.stage, one.error_class) for one in told) == mixture.bad
    assert findings(witness, mixture.good, half_way) == []
    for letter, one in zip(letters, told, strict=True):
        assert (letter.headers["x-error-stage"], letter.headers["x-error-class"]) == (one.stage, one.error_class)
        assert letter.headers["x-original-topic"] == one.source_topic
        assert letter.headers["x-original-offset"] == str(one.source_offset)
    assert states == ["running"] * 3


class BadRelease(Deduplicate):
    """A release in which every decision fails."""

    async def decide(self, connection: object, items: Sequence[Incoming[Complaint]]) -> Sequence[object]:  # type: ignore[override]
        raise AttributeError("renamed in this release")


async def test_a_bad_release_stops_its_stage_says_so_and_loses_nothing(
    installation: Installation, witness: Witness, database_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert installation.engine is not None
    offered = [mail(f"{number}@x", f"{number}@customers.example") for number in range(90)]
    await offer(installation, [(number % PARTITIONS, one) for number, one in enumerate(offered)])
    plain = deduplicate()

    for _ in range(2):
        async with installation.worker(BadRelease(plain.printer, plain.windows)) as running:
            await running.is_("stopped")
            health = running.worker.health()
    said = capsys.readouterr().out
    listed = intake_stages(installation, database_url, tmp_path)
    letters = witness.all(DEAD_LETTER.name)
    group = installation.kafka.naming.group("deduplicate")
    assert await stops.resume(installation.engine, group, by="operator", why="the release was taken back")
    async with installation.worker(plain), installation.worker(classify()), installation.worker(route()):
        rest = {str(one.complaint_id) for one in offered} - {one["complaint_id"] for one in letters}
        kept = [one for one in offered if str(one.complaint_id) in rest]
        await until(lambda: passed(witness, kept), 60)

    assert not health.ready
    assert "failed, " in health.detail
    assert "stage is stopped, a person must decide" in said
    assert (listed.returncode, "AttributeError" in listed.stdout) == (1, False)
    [line] = [one for one in json.loads(listed.stdout)["stages"] if one["name"] == "deduplicate"]
    assert "in a row" in line["reason"]
    assert len(letters) < 20
    assert findings(witness, kept) == []
    assert witness.of(DEDUPLICATED.name).total() == len(kept)


def intake_stages(installation: Installation, database_url: str, home: Path) -> "subprocess.CompletedProcess[str]":
    """What `intake stages` tells the operations team."""
    environment = {name: text for name, text in os.environ.items() if not name.startswith("INTAKE_")} | {
        "INTAKE_HOME": str(home),
        "INTAKE_KAFKA__BOOTSTRAP_SERVERS": str(installation.kafka.bootstrap_servers),
        "INTAKE_KAFKA__PREFIX": installation.kafka.prefix,
        "INTAKE_DATABASE__URL": str(SecretStr(database_url).get_secret_value()),
    }
    command = [str(Path(sys.executable).parent / "intake"), "stages", "--json"]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
