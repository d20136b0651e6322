"""Identifiers: one form whatever way they are written, and nothing of machines, sealed reports or our own."""

import pytest

from schemas.complaint import Automatic, Complaint, Proof, Sender, SubmittedBy
from schemas.phone_number import canonical_phone
from tests.workers.pieces import PSEUDONYM_KEY, complaint
from workers.deduplicate.identifiers import Identifiers, identify, masked_ends


def identified(record: Complaint, *in_text: str, own: frozenset[str] = frozenset()) -> Identifiers:
    """The identifiers of a record."""
    return identify(PSEUDONYM_KEY, record, in_text, own)


@pytest.mark.parametrize(
    "written",
    [
        "13800138000",
        "+8613800138000",
        "+86 138-0013-8000",
        "008613800138000",
        "8613800138000",
        "138 0013 8000",
        "１３８００１３８０００",
    ],
)
def test_a_telephone_is_the_same_however_it_is_written(written: str) -> None:
    assert canonical_phone(written) == "13800138000"


@pytest.mark.parametrize(("one", "other"), [("010-12345678", "+861012345678"), ("(0571) 8888 1234", "0571-88881234")])
def test_a_landline_is_the_same_with_and_without_country_code(one: str, other: str) -> None:
    assert canonical_phone(one) == canonical_phone(other) is not None


@pytest.mark.parametrize("written", ["12315", "00000000000", "无", "", "138****8000", "11111111111"])
def test_what_is_no_telephone_of_a_person_is_none(written: str) -> None:
    assert canonical_phone(written) is None


@pytest.mark.parametrize("written", ["138****8000", "+86 138****8000", "138xxxx8000", "138 **** 8000"])
def test_a_masked_telephone_is_known_by_its_ends(written: str) -> None:
    assert masked_ends(written) == "138 8000"


def test_a_masked_telephone_finds_the_full_one_and_the_other_way_round() -> None:
    full = identified(complaint(sender=Sender(phones=("+8613800138000",))))
    masked = identified(complaint(sender=Sender(phones=("138****8000",))))

    assert set(full.looked_for()) & set(masked.registered())
    assert set(masked.looked_for()) & set(full.registered())
    assert masked.own == ()


def test_who_handed_it_over_a_machine_and_a_sealed_report_are_nobody() -> None:
    sender = Sender(phones=("+8613800138000",))
    by_clerk = complaint(submitted_by=SubmittedBy(role="staff", identifier="13800138000"))

    assert identified(by_clerk).own == ()
    assert identified(complaint(sender=sender, automatic=Automatic(is_automatic=True))) == Identifiers()
    assert identified(complaint(sender=sender, sealed=True)) == Identifiers()


def test_our_own_numbers_and_mailboxes_are_nobodys() -> None:
    sender = Sender(phones=("+86 571 8888 1234",), emails=("Shop@us.example",))

    found = identified(complaint(sender=sender), "057188881234", own=frozenset({"57188881234", "shop@us.example"}))

    assert (found.own, found.named) == ((), ())


def test_only_what_was_proven_counts_as_proven() -> None:
    proofs = {"li@x.example": Proof.CHANNEL, "+8613800138000": Proof.NONE}
    sender = Sender(phones=("+8613800138000",), emails=("li@x.example",), proofs=proofs)

    assert [(one.kind, one.proven) for one in identified(complaint(sender=sender)).own] == [
        ("phone", False),
        ("email", True),
    ]


def test_a_telephone_of_the_text_is_noted_apart_and_finds_the_callers() -> None:
    caller = identified(complaint(sender=Sender(phones=("+8613800138000",))))
    by_mail = identified(complaint(sender=Sender(emails=("li@x.example",))), "138 0013 8000")

    assert by_mail.named == (caller.own[0].key,)
    assert set(by_mail.looked_for()) & set(caller.registered())


def test_what_is_stored_is_read_back_and_holds_no_identifier() -> None:
    sender = Sender(name="李娜", phones=("+8613800138000", "139****1111"), emails=("li@x.example",))
    found = identified(complaint(sender=sender), "13700137000")

    stored = found.as_json()

    assert Identifiers.from_json(stored) == found
    assert not any(word in str(stored) for word in ("李", "138", "li@x", "8000", "1111"))
