"""The deduplicate stage on a small simulated stream keeps people apart."""

import pytest

from deploy.training.link_eval import OURS, evaluate
from deploy.training.linking import figures

pytestmark = pytest.mark.services


def test_a_small_stream_is_linked_with_precision_and_nobody_is_merged_with_a_co_victim(database_url: str) -> None:
    evaluation = evaluate(database_url, 300, (2, 3))

    found = {one.measure.name: one.value or 0.0 for one in figures(evaluation.judged[OURS], evaluation.persons)}
    assert found["co-victims merged"] == 0
    assert found["links: precision"] >= 0.95
    assert found["links: recall, identifier in common"] >= 0.5
    assert found["repeats merged"] <= 0.1
