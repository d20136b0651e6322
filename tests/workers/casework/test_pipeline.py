"""A case on its whole way: not theirs, sent on, answered, disputed, taken again; each told once, whoever crashes."""

from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from infra.clock import present
from infra.failpoints import armed
from infra.kafka import create_topics, producer
from infra.objects import LocalFolder
from schemas.base import Record
from schemas.messages import Message
from schemas.records import Assignment, DepartmentStatus
from schemas.settings import KafkaSettings
from schemas.signals import Signal, SignalKind
from schemas.topics import MESSAGES, SIGNALS, STATUS, Topic, all_topics, department_topic
from schemas.wire import headers
from tests.services import Services
from tests.waiting import until
from tests.workers.additions.test_pipeline import judged
from tests.workers.pieces import mail, rows
from tests.workers.sender.pieces import Channel
from tests.workers.test_pipeline import context, first_of, hand_in, running
from workers.pipeline import PIPELINE

pytestmark = pytest.mark.services

CRASHES = "stage.decided/casework=fail,stage.before-end-txn/casework=fail@2,stage.after-end-txn/casework=fail@3"
QUALITY, LOGISTICS = department_topic("quality"), department_topic("logistics")


async def write(kafka: KafkaSettings, topic: Topic, key: str, *records: Record) -> None:
    """Write records as other systems do, each twice."""
    async with producer(kafka) as client:
        for record in (*records, *records):
            pairs = headers(topic, kafka.naming, event_id=str(uuid4()), time=present())
            await client.send_and_wait(kafka.naming.topic(topic), record.to_json(), key=key.encode(), headers=pairs)


@pytest.mark.parametrize("failpoints", ["", CRASHES], ids=["undisturbed", "crashing"])
async def test_a_case_goes_from_hand_to_hand_and_its_customer_hears_each_change_once(
    engine: AsyncEngine, services: Services, topic_prefix: str, tmp_path: Path, failpoints: str
) -> None:
    kafka = KafkaSettings(bootstrap_servers=services.bootstrap_servers, prefix=topic_prefix, partitions=2)
    made = context(engine, kafka, Channel(), tmp_path)
    now = present()
    one = mail("case@x", text="昨天买的牛奶已经过期了", received_at=now, ingested_at=now)
    await create_topics(kafka, all_topics(made.pack.department_codes))

    def says(status: str, by: str, **more: object) -> DepartmentStatus:
        given = {"status_id": uuid4(), "case_id": opened.case_id, "department": by, "status": status}
        return DepartmentStatus.model_validate(given | {"at": present(), "by": "desk"} | more)

    async def is_state(state: str) -> bool:
        return [row.state for row in await rows(engine, "SELECT state FROM case_states")] == [state]

    with armed(failpoints, [spec.name for spec in PIPELINE]) as points:
        async with running(made):
            await hand_in(kafka, one)
            [opened] = map(Assignment.model_validate_json, await first_of(kafka, QUALITY, 1))
            key = str(opened.case_id)
            await write(kafka, STATUS, key, says("not-ours", "quality", suggested_department="logistics"))
            [moved] = map(Assignment.model_validate_json, await first_of(kafka, LOGISTICS, 1))
            await write(kafka, STATUS, key, says("accepted", "logistics"))
            await until(lambda: is_state("accepted"), timeout_s=60)
            await write(kafka, STATUS, key, says("answered", "logistics", text_for_customer="已退款"))
            await until(lambda: is_state("answered"), timeout_s=60)
            answer = Signal(
                signal_id=uuid4(), kind=SignalKind.SATISFACTION, channel="web", account="track",
                complaint_id=one.complaint_id, satisfied=False, at=present(), received_at=present(),
            )  # fmt: skip
            await write(kafka, SIGNALS, "pseudonym", answer)
            *_, again = map(Assignment.model_validate_json, await first_of(kafka, LOGISTICS, 2))
            told = [Message.model_validate_json(value) for value in await first_of(kafka, MESSAGES, 3)]
            store = LocalFolder(tmp_path / "objects")
            judgement = await judged(made, store)

    assert all(point.passes >= point.at for point in points.points)
    assert (moved.kind, moved.responsible, moved.rule_id) == ("assignment.opened", True, "reroute.not-ours")
    assert (again.kind, again.evidence[0].rule) == ("assignment.corrected", "reopened-by-customer")
    assert [message.occasion for message in told] == ["accepted", "answered", "reopened"]
    missing = [one.finding.place.name for one in judgement.missing if one.finding.place.name != "raw"]
    assert (judgement.twice, missing) == ((), [])
    [written] = await rows(
        engine,
        "SELECT count(*) AS n FROM ledger_records r JOIN ledger_topics t USING (topic) WHERE t.name = :name",
        name=kafka.naming.topic(MESSAGES),
    )
    assert written.n == 3
