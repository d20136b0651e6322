"""Vocabularies grow: an old reader takes a new word."""

import pytest
from pydantic import ValidationError

from schemas.complaint import Proof, Sender
from schemas.records import Link, Verdict


def test_a_word_of_a_newer_writer_is_read_kept_and_written_on() -> None:
    link = Link.model_validate_json('{"verdict": "co_victim"}')

    assert link.verdict == "co_victim"
    assert '"co_victim"' in link.model_dump_json()
    assert link.verdict not in {Verdict.DUPLICATE, Verdict.FOLLOW_UP}


def test_known_words_are_the_declared_members() -> None:
    assert Link.model_validate_json('{"verdict": "new"}').verdict is Verdict.NEW
    assert Sender.model_validate({"proofs": {"a": "passkey"}}).proofs["a"] == "passkey"
    assert Proof("otp") is Proof.OTP


def test_what_is_no_word_is_refused() -> None:

    with pytest.raises(ValidationError):
        Link.model_validate({"verdict": 7})
