"""A bureau's exports through the drop folder: each row once, whatever is dropped again and whoever dies meanwhile."""

import csv
import os
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import pytest

from deploy.vendors.authority import HEADER, Export
from schemas.errors import MEANINGS, Reason
from schemas.topics import ADDITIONS, DEDUPLICATED, RECEIVED, SUSPENDED
from tests import scale
from tests.connectors.regulator_12315.sheets import xlsx
from tests.faults.broker import Broker
from tests.faults.system import KEYS, Process, System, until
from tests.faults.witness import Witness
from tests.services import Services

pytestmark = [pytest.mark.services, pytest.mark.timeout(scale.of(180, 900))]

ROWS, BROKEN, NEW, CHANGED = scale.of((600, 24, 60, 10), (5_000, 200, 300, 40))
DIES_AT = scale.of(2, 12)
"""The delivery of the first file, of 200 rows each, after which the reader is killed."""
WITHIN_S = scale.of(60, 300)
STAGES = ("additions", "deduplicate")
TOPICS = [topic.name for topic in (RECEIVED, ADDITIONS, DEDUPLICATED, SUSPENDED)]
TITLE = ("某某区市场监督管理局 投诉转办清单",)
STATUS = HEADER.index("状态")


@dataclass
class Desk:
    """The folder, the service that reads it, and what a foreign consumer sees of it."""

    folder: Path
    service: Process
    witness: Witness
    broker: Broker
    prefix: str

    def drop(self, name: str, content: bytes) -> None:
        """Put a whole file into the folder, as a program does that says when it is done."""
        whole = self.folder / f"{name}.part"
        whole.write_bytes(content)
        whole.rename(self.folder / name)
        (self.folder / f"{name}.done").touch()

    def take(self, name: str) -> None:
        """Wait until a file is filed away, the stages have passed all it brought, and the consumer has seen that."""
        until(lambda: not (self.folder / name).exists(), WITHIN_S, lambda: f"{name}: {self.service.tail()}")
        groups = [f"{self.prefix}.{stage}" for stage in STAGES]
        until(lambda: not self.broker.waiting(groups), WITHIN_S, lambda: f"{self.broker.waiting(groups)}")
        ends = self.broker.ends([f"{self.prefix}.{topic}" for topic in TOPICS])
        seen = {(topic.removeprefix(f"{self.prefix}."), part): end for (topic, part), end in ends.items()}
        until(lambda: self.witness.has_read_to(seen), WITHIN_S, "not everything could be read")

    def revisions(self) -> Counter[int]:
        """Revision → how many complaints came out of deduplicate with it."""
        return Counter(one["revision"] for one in self.witness.all(DEDUPLICATED.name))

    def twice(self) -> list[Any]:
        """Complaints that came out of deduplicate more than once with the same revision."""
        out = Counter((one["complaint_id"], one["revision"]) for one in self.witness.all(DEDUPLICATED.name))
        return [one for one, times in out.items() if times > 1]

    def reasons(self) -> dict[str, str]:
        """Suspended id → why."""
        return {one["suspended_id"]: one["reason"] for one in self.witness.all(SUSPENDED.name)}


@pytest.fixture
def desk(services: Services, database_url: str, topic_prefix: str, tmp_path: Path) -> Iterator[Desk]:
    """Run the stages and leave the reader of the folder to the test."""
    folder = tmp_path / "drop"
    folder.mkdir()
    inherited = {name: text for name, text in os.environ.items() if not name.startswith("INTAKE_")}
    account = "INTAKE_REGULATOR__ACCOUNTS__BUREAU__"
    system = System(
        tmp_path / "home",
        inherited
        | KEYS
        | {
            "INTAKE_HOME": str(tmp_path / "home"),
            "INTAKE_KAFKA__BOOTSTRAP_SERVERS": services.bootstrap_servers,
            "INTAKE_KAFKA__PREFIX": topic_prefix,
            "INTAKE_DATABASE__URL": database_url,
            f"{account}SOURCE_SYSTEM": "12315",
            f"{account}FOLDER__PATH": str(folder),
            f"{account}FOLDER__POLL_EVERY": "PT0.2S",
        },
    )
    system.worker("stages", *STAGES)
    try:
        system.start()
        witness = Witness(services.bootstrap_servers, topic_prefix, TOPICS)
        try:
            service = system.connector("drop-folders", "drop-folders")
            yield Desk(folder, service, witness, Broker(services.bootstrap_servers), topic_prefix)
        finally:
            witness.close()
    finally:
        system.stop()


def next_day(first: Sequence[Sequence[Any]]) -> list[list[Any]]:
    """The export of the day after: the same rows in another order, some with another status, and new ones."""
    rows = [list(one) for one in first]
    good = [one for one in rows if one[1].isdigit() and len(one[1]) > len("12345")]
    for one in good[:CHANGED]:
        one[STATUS] = "已受理"
    rows += Export(NEW, first=ROWS + 1).table()
    Random(7).shuffle(rows)
    return [[place, *one[1:]] for place, one in enumerate(rows, 1)]


def sheet(rows: Sequence[Sequence[Any]]) -> bytes:
    return xlsx(*rows, header=HEADER, above=[TITLE])


def test_an_export_is_its_rows_once_and_the_next_days_only_what_is_new_or_has_changed(desk: Desk) -> None:
    first = Export(ROWS, BROKEN).table()

    desk.drop("export.xlsx", sheet(first))
    desk.service.start(f"gateway.kafka-acked=kill@{DIES_AT}")
    until(lambda: desk.service.died_at("gateway.kafka-acked"), WITHIN_S, desk.service.tail)
    in_the_middle = (desk.folder / "export.xlsx").exists()
    desk.service.start()
    desk.take("export.xlsx")
    once, reasons = desk.revisions(), desk.reasons()
    desk.drop("again.xlsx", sheet(first))
    desk.take("again.xlsx")
    again = desk.revisions()
    desk.drop("next.xlsx", sheet(next_day(first)))
    desk.take("next.xlsx")

    assert in_the_middle
    assert once == again == {1: ROWS - BROKEN}
    assert Counter(reasons.values()) == {"bad_number": BROKEN * 3 // 4, "digits_lost": BROKEN // 4}
    assert desk.revisions() == {1: ROWS - BROKEN + NEW, 2: CHANGED}
    assert desk.twice() == []
    assert desk.reasons() == reasons
    updated = [one for one in desk.witness.all(DEDUPLICATED.name) if one["revision"] == 2]
    assert {one["referral"]["status"] for one in updated} == {"已受理"}


def test_the_error_file_says_of_every_bad_row_in_both_languages_where_it_is_and_why(desk: Desk) -> None:
    rows = Export(ROWS, BROKEN).table()

    desk.drop("export.xlsx", sheet(rows))
    desk.service.start()
    desk.take("export.xlsx")

    table = (desk.folder / "errors" / "export.xlsx.errors.csv").read_text("utf-8-sig")
    _, *told = csv.reader(table.splitlines())
    bad = {number for number, one in enumerate(rows, 3) if not one[1].isdigit() or len(one[1]) == len("12345")}
    assert {int(one[1]) for one in told} == bad
    assert len(told) == len(bad) == BROKEN
    for one in told:
        english, chinese = MEANINGS[Reason(one[2])]
        assert (one[3], one[4]) == (chinese, english)
    assert not any(str(row[3]) in table or str(row[4]) in table for row in rows)
    assert (desk.folder / "processed" / "export.xlsx").exists()
