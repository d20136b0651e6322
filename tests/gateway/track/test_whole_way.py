"""A customer's whole way on real parts: files, opens the link of the confirmation, adds a word, sees what happens."""

import re
from pathlib import Path

import pytest

from infra.clock import present
from infra.kafka import create_topics
from schemas.settings import KafkaSettings
from schemas.topics import all_topics
from tests.gateway.track.conftest import Known, Open, hidden
from tests.services import Services
from tests.waiting import until
from tests.workers.pieces import TOKEN_KEYS, rows
from tests.workers.sender.pieces import Channel
from tests.workers.test_pipeline import context, hand_in, running

pytestmark = pytest.mark.services
_LINK = re.compile(r"https://complaints\.example(/track/[0-9A-Z-]+)#k=([A-Za-z0-9_-]+)")
_PLACE = "SELECT case_id, verdict, disclosable FROM case_members WHERE complaint_id = :id"
_SENT = (
    "SELECT o.text FROM outbox o JOIN outbox_attempts a USING (outbox_id) WHERE complaint_id = :id AND outcome = 'sent'"
)


async def test_what_is_added_on_the_page_lands_in_its_case_with_certainty(
    open_desk: Open, services: Services, topic_prefix: str, tmp_path: Path
) -> None:
    kafka = KafkaSettings(bootstrap_servers=services.bootstrap_servers, prefix=topic_prefix, partitions=2)
    async with open_desk() as desk:
        desk.of.now, desk.of.parts.token_keys = present(), TOKEN_KEYS
        made = context(desk.engine, kafka, Channel(), tmp_path)
        await create_topics(kafka, all_topics(made.pack.department_codes))
        async with running(made):
            await desk.of.client.post(
                "/complaints", data={"text": "昨天买的牛奶已经过期了", "email": "wu@customers.example"}
            )
            [filed] = desk.of.complaints()
            await hand_in(kafka, filed)
            [[text]] = await until(lambda: rows(desk.engine, _SENT, id=filed.complaint_id))
            path, key = _LINK.search(text).groups()  # type: ignore[union-attr]
            opened = await desk.of.client.post(f"{path}/open", data={"k": key})
            page = await desk.of.client.get(opened.headers["location"])
            form = hidden(page.text) | {"text": "批号是 20261101，请尽快处理"}
            await desk.of.client.post(f"{path}/add", data=form)
            [_, added] = desk.of.complaints()
            await hand_in(kafka, added)
            [place] = await until(lambda: rows(desk.engine, _PLACE, id=added.complaint_id))
            [first] = await rows(desk.engine, _PLACE, id=filed.complaint_id)

        own = Known(filed.complaint_id, first.case_id, filed.tracking_number)
        await desk.told(own, "answered", "已为您退款。", at=desk.of.now)
        await desk.state(own, "answered")
        answered = await desk.of.client.get(path)

    assert path == f"/track/{filed.tracking_number}"
    assert "受理通知 · 邮件 · 已发送" in page.text
    assert place.case_id == first.case_id
    assert place.verdict == "follow_up"
    assert place.disclosable
    assert "已为您退款。" in answered.text
