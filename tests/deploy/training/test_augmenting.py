"""Copies of training texts: what a message is does not hang on the cover it comes in."""

from dataclasses import replace

from deploy.training import corpus
from deploy.training.augmenting import copies, in_covers
from deploy.training.corpus import Example

EXAMPLES = corpus.training()[::5]


def without_text(example: Example) -> Example:
    return replace(example, folded="")


def test_a_copy_differs_in_nothing_but_what_the_model_reads() -> None:
    originals = {example.name: example for example in EXAMPLES}

    for copy in copies(EXAMPLES):
        assert without_text(copy) == without_text(originals[copy.name])
        assert copy.folded != originals[copy.name].folded


def test_a_cover_holds_the_whole_message() -> None:
    originals = {example.name: example.folded for example in EXAMPLES}

    assert all(originals[copy.name] in copy.folded for copy in in_covers(EXAMPLES))


def test_messages_of_every_kind_come_in_covers() -> None:
    assert {copy.kind for copy in in_covers(EXAMPLES)} == {example.kind for example in EXAMPLES}


def test_the_same_messages_come_in_the_same_covers_whatever_stands_beside_them() -> None:
    assert in_covers(EXAMPLES[:200]) == in_covers(EXAMPLES)[: len(in_covers(EXAMPLES[:200]))]


def test_a_subject_that_says_complaint_stands_above_messages_of_other_kinds_too() -> None:
    covered = in_covers(EXAMPLES)
    originals = {example.name: example.folded for example in EXAMPLES}

    grieving = {
        copy.kind for copy in covered if "投诉" in copy.folded.removesuffix(originals[copy.name]).split("\n")[0]
    }

    assert grieving >= {"complaint", "praise", "inquiry", "suggestion"}
