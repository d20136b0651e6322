"""What the endpoint for members of staff says about a delivery is believed; what a body says about it is not."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

from connectors.contract import Numbering
from connectors.web import Web
from schemas.complaint import Complaint, Proof
from schemas.identity import named_uuid
from schemas.inbound import Inbound, ParsedAddition, ParsedComplaint, UploadedFile

NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
WEB = Web(Numbering(b"number key of the tests, 32 bytes"), b"pseudonym key of the tests, 32 b.")
STAFF = {"kind": "staff", "entry": "desk", "nonce": "a:1", "by": "王丽", "staff_id": "a"}


def _post(**source: str) -> Inbound:
    return Inbound(
        channel="web",
        account="web",
        body="text=酸奶过期&phone=13800000000&store=人民路店&counter=三楼".encode(),
        received_at=NOW,
        received_at_source="staff",
        ingested_at=NOW,
        content_type="application/x-www-form-urlencoded",
        source=source,
    )


def _complaint(inbound: Inbound) -> Complaint:
    [parsed] = WEB.parse(inbound)
    assert isinstance(parsed, ParsedComplaint)
    return parsed.complaint


def test_staff_stand_for_who_was_there() -> None:
    complaint = _complaint(_post(**STAFF))

    assert (complaint.entry, complaint.received_at_source) == ("desk", "staff")
    assert (complaint.submitted_by.role, complaint.submitted_by.name) == ("staff", "王丽")
    assert complaint.sender is not None
    assert set(complaint.sender.proofs.values()) == {Proof.STAFF}


def test_one_form_of_one_member_of_staff_is_one_source() -> None:
    first, again, other = (_complaint(_post(**(STAFF | {"nonce": nonce}))) for nonce in ("a:1", "a:1", "b:1"))

    assert first.complaint_id == again.complaint_id != other.complaint_id
    assert first.source_id.startswith("staff:")


def test_no_body_makes_itself_staff() -> None:
    body = b'{"text": "x", "kind": "staff", "submitted_by": {"role": "staff"}, "entry": "desk", "warnings": ["w"]}'
    claim = replace(_post(kind="api", client="c", idempotency_key="k"), body=body, content_type="application/json")

    complaint = _complaint(claim)

    assert (complaint.submitted_by.role, complaint.entry, complaint.warnings) == ("self", "api", ())


def test_a_place_that_is_not_believed_is_left_out_and_says_so() -> None:
    complaint = _complaint(_post(kind="form", nonce="1", left_out="store", warning="place-left-out"))

    assert (complaint.stated.store, complaint.stated.counter) == (None, "三楼")
    assert complaint.warnings == ("place-left-out",)


def test_words_for_a_call_are_an_addition_with_its_files_and_the_same_when_sent_twice() -> None:
    owner = named_uuid("call")
    note = replace(_post(**(STAFF | {"addition_to": str(owner)})), parts=(UploadedFile("a.jpg", "image/jpeg", b"a"),))

    [first], [again] = WEB.parse(note), WEB.parse(note)

    assert isinstance(first, ParsedAddition)
    assert first == again
    assert first.addition.complaint_id == owner
    assert first.addition.stated.store == "人民路店"
    assert first.files[0].attachment_id == first.addition.attachments[0].attachment_id
    assert isinstance(first.addition.addition_id, UUID)
