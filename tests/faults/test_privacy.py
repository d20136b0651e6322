"""No phone, ID number, bank card or address leaves the topics that may hold them: a grep over everything else."""

import httpx
import pytest
from confluent_kafka import Producer

from tests.faults.conftest import World
from tests.faults.offering import send_mails
from tests.faults.personal import MAILED_FROM, MAILED_TOKEN, SPELLINGS, STORY, hostile_mails, leaks
from tests.faults.system import until
from tests.faults.verdict import settle

pytestmark = [pytest.mark.services, pytest.mark.timeout(300)]


def test_personal_data_is_in_no_masked_topic_key_header_metric_or_log(world: World) -> None:
    status = world.platform.status()
    assert status.kafka
    answer = httpx.post(
        f"{world.system.url}/api/v1/complaints",
        json={
            "text": STORY,
            "subject": f"投诉 {SPELLINGS[0]}",
            "sender": {"name": "欧阳建国", "phones": ["138 1234 5678"], "emails": ["jianguo.private@example.com"]},
            "stated": {"store": "中山路店", "product": "牛奶"},
        },
        timeout=30,
    )
    assert answer.status_code == httpx.codes.ACCEPTED
    send_mails(world.smtp_in, world.mailbox, ["private0001"], world.offered)
    hostile_mails(world.smtp_in, world.mailbox)
    world.offered.mailed[MAILED_TOKEN] = MAILED_FROM
    poison = Producer({"bootstrap.servers": status.kafka.bootstrap_servers})
    poison.produce("complaints.received.v1", key="k", value=f'{{"text": "{STORY}"'.encode())
    assert poison.flush(30) == 0
    one = answer.json()["complaint_id"]
    world.offered.posted[one] = "jianguo.private@example.com"
    until(
        lambda: bool(world.witness.all("complaints.dead-letter.v1") and world.witness.all("complaints.suspended.v1")),
        90,
        "the poison or the empty mail was not put aside",
    )
    wrong = settle(world, 90)

    found = leaks(status.kafka.bootstrap_servers, world.departments, world.system.processes.values())

    assert not wrong, wrong[:20]
    assert not found, found
