"""Whatever anybody writes, on every channel and in every field, stays text on every page that shows it."""

from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import update

from gateway.staff.roles import Role
from schemas.complaint import Attachment, Channel, Sender, Stated
from schemas.records import Evidence
from schemas.tables.acknowledge import OUTBOX
from tests.gateway.staff.conftest import hidden
from tests.operations.desk.conftest import Office
from tests.operations.desk.test_links_and_reply import known
from tests.operations.desk.test_outbox_and_stages import message
from tests.operations.desk.test_piles import fail, suspend
from tests.operations.desk.test_tasks import open_review, open_task
from tests.operations.find.filing import Files
from tests.security.markup import HOSTILE, harms

STATED = ("store", "counter", "product", "model", "order_no", "batch_no", "salesperson", "desired_resolution")


@pytest.mark.parametrize(
    "page",
    [
        "<p onclick=attack()>",
        "<script>attack()</script>",
        "<script src=//attack.example/x.js></script>",
        '<a href="javascript:attack()">',
        '<a href="//attack.example">',
        "<form action=https://attack.example>",
        "<p style=color:red>",
        "<svg onload=attack()>",
        "<meta http-equiv=refresh>",
        "<b>49</b>",
    ],
)
def test_a_page_that_would_run_something_is_noticed(page: str) -> None:
    assert harms(f"<!doctype html><html><body>{page}") != []


def storable(text: str) -> str:
    """As the database keeps it: it cannot hold NUL, which is replaced on the way in."""
    return text.replace("\0", "\ufffd")


def everywhere(channel: Channel) -> dict[str, Any]:
    """A complaint of this channel with the attack in every field that its sender writes."""
    hostile = storable(HOSTILE)
    file = Attachment(attachment_id=uuid4(), name=hostile, media_type=hostile, size_bytes=1, sha256="0" * 64)
    marks = [Evidence(rule=hostile, detail=hostile, start=0, end=9).model_dump()]
    return {
        "channel": channel.value,
        "entry": hostile,
        "account": hostile,
        "subject": hostile,
        "text": hostile,
        "quoted_text": hostile,
        "language": hostile,
        "sender": Sender(name=hostile, phones=(hostile,), emails=(hostile,), openid=hostile, address=hostile),
        "attachments": (file,),
        "stated": Stated(**dict.fromkeys(STATED, hostile)),
        "understood": {"evidence": marks},
        "warnings": (hostile,),
    }


@pytest.mark.services
async def test_no_channels_words_run_on_the_pages_of_a_complaint(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = Files(office.engine, monkeypatch)
    filed = [await files.complaint(f"of {channel.value}", **everywhere(channel)) for channel in Channel]
    for one in filed:
        await files.department(one, "answered", storable(HOSTILE), verdict=storable(HOSTILE))
    await office.signed_in("boss", Role.SUPERVISOR, Role.REGULATOR_AFFAIRS, display_name=storable(HOSTILE))

    for one in filed:
        where = f"/ops/complaints/{one.tracking_number}"
        token = hidden((await office.of.client.get("/staff")).text)
        answers = [
            await office.of.client.get(where),
            await office.of.client.post(f"{where}/full", data=token | {"purpose": HOSTILE}),
            await office.of.client.get(f"/ops/cases/{one.case_id}"),
            await office.of.client.post("/ops/search", data=token | {"q": one.tracking_number, "text": HOSTILE}),
        ]
        for answer in answers:
            assert answer.status_code in (200, 404, 422, 503), answer.url
            assert harms(answer.text) == [], answer.url
    assert "attack()" in (await office.of.client.get(f"/ops/complaints/{filed[0].tracking_number}")).text


@pytest.mark.services
async def test_nothing_that_waits_for_staff_runs_on_their_pages(office: Office) -> None:
    hostile = storable(HOSTILE)
    item, letter = await suspend(office, HOSTILE.encode(), kind="text/html"), await fail(office, HOSTILE.encode())
    mail = f"From: {HOSTILE}\r\nSubject: {HOSTILE}\r\n\r\n{HOSTILE}".encode()
    raw = await suspend(office, mail, channel="email", kind="message/rfc822")
    task = await open_task(office, "call-back", note=hostile, owner=hostile, tracking_number=hostile)
    await open_review(office)
    sent = await message(office, "unknown", hostile, error_class=hostile, reason=hostile)
    async with office.engine.begin() as connection:
        await connection.execute(update(OUTBOX).where(OUTBOX.c.outbox_id == sent).values(text=hostile, kind=hostile))
    _, number = await known(office, {"account": hostile, "channel": hostile})
    await office.signed_in("boss", *Role, display_name=hostile)

    for path in (
        "/staff",
        "/ops",
        "/ops/suspended",
        f"/ops/suspended/{item.suspended_id}",
        f"/ops/suspended/{raw.suspended_id}",
        "/ops/dead-letters",
        f"/ops/dead-letters/{letter.dead_letter_id}",
        "/ops/tasks",
        f"/ops/tasks/{task}",
        "/ops/review",
        "/ops/outbox",
        f"/ops/outbox/{sent}",
        f"/ops/links/{number}",
        f"/ops/complaints/{number}",
        "/ops/accounts",
        "/ops/accounts/tokens",
        "/ops/audit",
        f"/ops/audit?who={HOSTILE[:60]}&action={HOSTILE[:60]}",
        f"/ops/search?q={HOSTILE[:60]}",
        f"/staff/sign-in?next={HOSTILE[:60]}",
        f"/?lang={HOSTILE[:60]}",
        f"/track/{number}?lang={HOSTILE[:60]}",
        f"/q/{HOSTILE[:60]}",
    ):
        answer = await office.of.client.get(path, headers={"accept": "text/html"})

        assert answer.status_code in (200, 404, 405), (path, answer)
        assert harms(answer.text) == [], path
        assert answer.headers["content-security-policy"].startswith("default-src 'none'; style-src 'self'"), path
