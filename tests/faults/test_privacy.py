"""No phone, ID number, bank card or address leaves the topics that may hold them: a grep over everything else."""

import httpx
import pytest
from confluent_kafka import Producer

from tests.faults.conftest import World
from tests.faults.offering import send_mails
from tests.faults.personal import SPELLINGS, STORY, hostile_mail, leaks
from tests.faults.system import until

pytestmark = [pytest.mark.services, pytest.mark.timeout(300)]


def test_personal_data_is_in_no_masked_topic_key_header_metric_or_log(one_worker: World) -> None:
    status = one_worker.platform.status()
    assert status.kafka
    answer = httpx.post(
        f"{one_worker.system.url}/api/v1/complaints",
        json={
            "text": STORY,
            "subject": f"投诉 {SPELLINGS[0]}",
            "sender": {"name": "欧阳建国", "phones": ["138 1234 5678"], "emails": ["jianguo.private@example.com"]},
            "stated": {"store": "中山路店", "product": "牛奶"},
        },
        timeout=30,
    )
    assert answer.status_code == httpx.codes.ACCEPTED
    send_mails(one_worker.smtp_in, one_worker.mailbox, ["private0001"], one_worker.offered)
    hostile_mail(one_worker.smtp_in, one_worker.mailbox)
    poison = Producer({"bootstrap.servers": status.kafka.bootstrap_servers})
    poison.produce("complaints.received.v1", key="k", value=f'{{"text": "{STORY}"'.encode())
    assert poison.flush(30) == 0
    one = answer.json()["complaint_id"]
    one_worker.offered.posted[one] = "jianguo.private@example.com"
    until(
        lambda: (
            bool(one_worker.witness.of("complaints.acknowledged.v1")[one])
            and bool(one_worker.witness.all("complaints.dead-letter.v1"))
        ),
        90,
        "the complaint was not acknowledged or the poison not put aside",
    )

    found = leaks(status.kafka.bootstrap_servers, one_worker.departments, one_worker.system.processes.values())

    assert not found, found
