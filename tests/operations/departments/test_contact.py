"""A department learns whom to call: for its own cases, with a purpose, on record, and nobody else's."""

from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import insert, text

from gateway.tokens import Scope
from operations.departments.contacts import ref_of
from schemas.complaint import Sender
from schemas.correction import Correction, Rerouted
from schemas.errors import InvalidRequest
from schemas.records import Verdict
from schemas.settings import Settings
from schemas.tables.clock import PROMISES
from tests.gateway.parts import NOW
from tests.operations.departments.conftest import CONTACT_KEY, House, house_of
from tests.workers.route.pieces import classified

pytestmark = pytest.mark.services
LI = Sender(name="李明月", phones=("+8613812340001",), emails=("li@customers.example",), address="人民路1号")


def milk(source_id: str = "1", **fields: Any) -> Any:
    return classified(source_id, **{"text": "牛奶过期了", "sender": LI} | fields)


async def test_the_department_that_answers_gets_the_whole_contact(house: House) -> None:
    complaint = milk()
    await house.route(complaint)

    answer = await house.contact(complaint.case_id)

    [found] = answer.json()["contacts"]
    assert found["complaint_id"] == str(complaint.complaint_id)
    assert (found["name"], found["phones"], found["emails"]) == (LI.name, list(LI.phones), list(LI.emails))
    assert answer.headers["cache-control"] == "no-store"


async def test_every_look_is_on_record_with_its_purpose_and_without_the_contact(house: House) -> None:
    complaint = milk()
    await house.route(complaint)

    await house.contact(complaint.case_id, purpose="  call back   about the refund ")

    [entry] = await house.audited()
    assert (entry.action, entry.purpose, entry.by) == (
        "contact.read",
        "call back about the refund",
        "quality: system",
    )
    assert {str(complaint.case_id), str(complaint.complaint_id)} <= set(entry.object_ids)
    assert "13812340001" not in str(entry.object_ids)


async def test_cases_of_others_and_cases_there_are_not_look_the_same(house: House) -> None:
    complaint = milk()
    await house.route(complaint)

    others = await house.contact(complaint.case_id, "finance")
    nowhere = await house.contact(uuid4(), "finance")
    nonsense = await house.contact("nonsense", "finance")  # type: ignore[arg-type]

    assert [one.status_code for one in (others, nowhere, nonsense)] == [404, 404, 404]
    assert others.content == nowhere.content == nonsense.content
    assert await house.audited() == []


async def test_a_copy_opens_the_complaint_it_is_of_and_no_other(house: House) -> None:
    opener = milk()
    late = milk("2", case_of="1", case_seq=2, verdict=Verdict.FOLLOW_UP, text="快递一直没收到货")
    await house.route(opener, late)

    answer = await house.contact(opener.case_id, "logistics")

    assert [one["complaint_id"] for one in answer.json()["contacts"]] == [str(late.complaint_id)]


async def test_a_ref_opens_one_complaint_of_the_case(house: House) -> None:
    opener, more = milk(), milk("2", case_of="1", case_seq=2, verdict=Verdict.FOLLOW_UP)
    await house.route(opener, more)

    one = await house.contact(opener.case_id, ref=ref_of(CONTACT_KEY, opener.complaint_id))
    none = await house.contact(opener.case_id, ref=ref_of(CONTACT_KEY, uuid4()))

    assert [each["complaint_id"] for each in one.json()["contacts"]] == [str(opener.complaint_id)]
    assert none.status_code == 404


async def test_the_newest_revision_is_told(house: House) -> None:
    first = milk()
    await house.route(first, milk(revision=2, sender=LI.model_copy(update={"phones": ("+8613900000000",)})))

    answer = await house.contact(first.case_id)

    [found] = answer.json()["contacts"]
    assert found["phones"] == ["+8613900000000"]


async def test_a_department_that_lost_the_case_is_told_no_more(house: House) -> None:
    here = milk()
    person = Correction(
        correction_id=uuid4(), by="王芳", at=NOW, reason="已核对", reroute=Rerouted(department="finance")
    )
    await house.route(here)
    before = await house.contact(here.case_id)
    await house.route(here.model_copy(update={"revision": 2, "corrections": (person,)}))

    lost, found = await house.contact(here.case_id), await house.contact(here.case_id, "finance")

    assert (before.status_code, lost.status_code, found.status_code) == (200, 404, 200)


@pytest.mark.parametrize(
    "typed", ["call\0back", "x" * 10_000, "'; DROP TABLE cases; --", "%ff%fe back", "回电\r\nX: y"]
)
async def test_whatever_is_typed_is_answered_and_kept_as_text(house: House, typed: str) -> None:
    complaint = milk()
    await house.route(complaint)

    answer = await house.contact(complaint.case_id, purpose=typed, ref=typed)
    again = await house.contact(complaint.case_id, purpose=typed)

    assert answer.status_code in {404, 422}
    assert again.status_code in {200, 422}
    assert [entry.purpose for entry in await house.audited()] in ([], [" ".join(typed.replace("\0", "�").split())])


async def test_who_sent_a_sealed_report_is_never_told(house: House) -> None:
    report = milk(sealed=True, text="兹受委托人委托，本律师致函")
    await house.route(report)

    answers = await house.contact(report.case_id, "regulator-affairs")
    strangers = await house.contact(report.case_id, "quality")

    [found] = answers.json()["contacts"]
    assert found["state"] == "anonymous"
    assert "name" not in found
    assert strangers.status_code == 404


async def test_without_a_purpose_nothing_is_told(house: House) -> None:
    complaint = milk()
    await house.route(complaint)

    answers = [await house.contact(complaint.case_id, purpose=said) for said in ("", "   x   ", "long" * 200)]

    assert [one.status_code for one in answers] == [422, 422, 422]
    assert answers[0].json()["errors"][0]["field"] == "purpose"


async def test_a_token_needs_the_scope_and_a_department(house: House) -> None:
    path = f"/api/v1/cases/{uuid4()}/contact?purpose=call%20back"

    answers = [
        await house.client.get(path),
        await house.client.get(path, headers={"Authorization": "Bearer cit_nothing"}),
        await house.client.get(path, headers=await house.token("quality", Scope.STATUS)),
    ]

    assert [one.status_code for one in answers] == [401, 401, 403]
    with pytest.raises(InvalidRequest, match="department"):
        await house.token(None)
    assert {one.headers["content-type"] for one in answers} == {"application/problem+json"}


async def test_a_token_that_asks_too_often_is_held_back(house: House) -> None:
    complaint, headers = milk(), await house.token("quality")
    await house.route(complaint)
    path = f"/api/v1/cases/{complaint.case_id}/contact?purpose=call%20back"

    answers = [(await house.client.get(path, headers=headers)) for _ in range(6)]

    assert [one.status_code for one in answers] == [200] * 5 + [429]
    assert int(answers[-1].headers["retry-after"]) > 0


async def test_what_the_log_keeps_no_longer_comes_from_the_promise(house: House) -> None:
    complaint = milk()
    await house.route(complaint)
    await _forgotten(house, complaint.complaint_id)

    [gone] = (await house.contact(complaint.case_id)).json()["contacts"]
    await _promised(house, complaint)
    [known] = (await house.contact(complaint.case_id)).json()["contacts"]

    assert gone["state"] == "gone"
    assert (known["state"], known["emails"]) == ("known", ["li@customers.example"])


async def test_without_the_log_the_caller_is_told_to_come_again(
    house: House, house_settings: Settings, tmp_path: Path
) -> None:
    complaint = milk()
    await house.route(complaint)
    nowhere = house_settings.kafka.model_copy(update={"bootstrap_servers": "127.0.0.1:1"})
    away = house_settings.model_copy(update={"kafka": nowhere})

    async with house_of(away, house.engine, tmp_path / "second") as second:
        answer = await second.contact(complaint.case_id)

    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert await house.audited() == []


async def _forgotten(house: House, complaint_id: UUID) -> None:
    """Let the decision point behind the end of the log, as after retention before its beginning."""
    async with house.engine.begin() as connection:
        await connection.execute(text('UPDATE route_decisions SET "offset" = 1000'))


async def _promised(house: House, complaint: Any) -> None:
    row = {
        "subject_id": complaint.complaint_id,
        "kind": "complaint",
        "state": "open",
        "tracking_number": complaint.tracking_number,
        "channel": "web",
        "account": "form",
        "received_at": NOW,
        "due_at": NOW,
        "is_automatic": False,
        "page_shown": True,
        "by_authority": False,
        "reply_channel": "email",
        "addresses": [{"channel": "email", "account": "", "address": "li@customers.example"}],
        "references": [],
    }
    async with house.engine.begin() as connection:
        await connection.execute(insert(PROMISES).values(row))
