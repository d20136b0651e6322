"""Which occasion an acknowledgement is for, and that what the pack promises is what the text says."""

from uuid import uuid4

import pytest

from schemas.policy import Variant, load_pack
from schemas.records import Classified, Verdict
from tests.schemas.making import complaint
from tests.workers.acknowledge.pieces import classified
from workers.acknowledge.owed import of_classified
from workers.acknowledge.words import PackWords, variant

WORDS = PackWords(load_pack(), "https://example.com")


def unanswered(record: Classified) -> Classified:
    """A message the pack promises no answer."""
    praise = record.understanding.model_copy(update={"kind": "praise", "answer_owed": False})
    return record.model_copy(update={"understanding": praise})


@pytest.mark.parametrize(
    ("verdict", "known", "unknown"),
    [
        (Verdict.DUPLICATE, Variant.ADDED, Variant.UNDERSTOOD),
        (Verdict.FOLLOW_UP, Variant.FOLLOW_UP, Variant.UNDERSTOOD),
        (Verdict.REPEAT, Variant.UNDERSTOOD, Variant.UNDERSTOOD),
    ],
)
def test_only_who_may_know_of_the_case_is_told_that_it_was_added(
    verdict: Verdict, known: Variant, unknown: Variant
) -> None:
    own, strange = classified(complaint(), uuid4(), verdict=verdict), classified(complaint(), verdict=verdict)

    assert variant(of_classified(own)) is known
    assert variant(of_classified(strange)) is unknown


def test_praise_is_noted_with_thanks_whatever_it_belongs_to() -> None:
    record = unanswered(classified(complaint(), uuid4(), verdict=Verdict.FOLLOW_UP))

    assert variant(of_classified(record)) is Variant.NOTED
    assert "收到您的表扬" in WORDS(of_classified(record), "email").text
