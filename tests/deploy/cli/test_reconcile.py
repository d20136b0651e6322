"""`intake reconcile` on a small running system: everything is accounted for, what is not is named."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.deploy.cli.running import Intake, checked, posted
from workers.pipeline import PIPELINE

pytestmark = [pytest.mark.services, pytest.mark.usefixtures("on_system")]


@contextmanager
def without(environment: dict[str, str], topic: str, number: str) -> Iterator[str]:
    """Take one complaint's rows of one topic out of the ledger for a while; give its complaint id."""
    name = f"{environment['INTAKE_KAFKA__PREFIX']}.{topic}"
    with psycopg.connect(environment["INTAKE_DATABASE__URL"], autocommit=True) as database:
        [(complaint,)] = database.execute("SELECT subject_id FROM promises WHERE tracking_number = %s", [number])
        taken = database.execute(
            "DELETE FROM ledger_records r USING ledger_topics t WHERE t.topic = r.topic AND t.name = %s "
            "AND r.subject = %s RETURNING r.*",
            [name, complaint],
        ).fetchall()
        assert taken
        try:
            yield str(complaint)
        finally:
            for row in taken:
                database.execute("INSERT INTO ledger_records VALUES (%s, %s, %s, %s, %s, %s, %s, %s)", row)


def states(report: dict[str, Any]) -> dict[str, int]:
    """How many items are in each state, without the empty ones."""
    return {line["state"]: line["count"] for line in report["states"] if line["count"]}


def test_everything_that_was_posted_is_accounted_for(intake: Intake, tmp_path: Path) -> None:
    posted(intake, tmp_path)

    done = checked(intake("reconcile", "--wait", "60", "--json"), "reconcile")

    report = done.json
    assert (done.code, report["findings"], report["caught_up"]) == (0, [], True), report
    assert {line["who"] for line in report["cut"]} == {"auditor", *(stage.name for stage in PIPELINE)}
    assert set(states(report)) <= {"done", "suspended", "waiting-for-a-person", "dead-letter"}
    assert states(report)["done"] >= 1


def test_a_complaint_whose_record_is_gone_is_named_with_the_place(
    intake: Intake, environment: dict[str, str], tmp_path: Path
) -> None:
    number = posted(intake, tmp_path)
    assert intake("reconcile", "--wait", "60").code == 0

    with without(environment, "complaints.classified.v1", number) as complaint:
        done = intake("reconcile", "--wait", "60", "--json")
        shown = intake("reconcile", "--wait", "60")

    [finding] = done.json["findings"]
    assert (done.code, finding["kind"], finding["place"], finding["complaint_id"], finding["tracking_number"]) == (
        1, "missing", "classified", complaint, number,
    )  # fmt: skip
    assert states(done.json)["missing"] == 1
    assert shown.code == 1
    assert f"{complaint}  {number}" in shown.out
    assert intake("reconcile", "--wait", "60").code == 0
