"""Whatever is refused to staff on a page is told in Chinese where they read Chinese."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from operations.relinking import _NO_CASE
from operations.vocabulary import in_chinese
from tests.deploy.cli.test_language import ZH, only
from workers.deduplicate.relinking import Refusal as NotRelinked
from workers.route.corrected import Refusal as NotRerouted

ROOT = Path(__file__).parents[2]
SPOKEN_BY = (
    "operations/history/collecting.py",
    "operations/history/finding.py",
    "operations/reviewing.py",
    "operations/reclassifying.py",
    "operations/correcting.py",
    "operations/relinking.py",
    "operations/pages/link_routes.py",
    "operations/pages/tokens_routes.py",
    "gateway/tokens.py",
    "gateway/staff/accounts.py",
    "gateway/staff/administering.py",
    "gateway/staff/passwords.py",
)
"""What the pages call and tell the refusals of."""


def refusals(path: str) -> Iterator[str]:
    """The sentence of each `raise InvalidRequest(…)`; what it names is a number."""
    for node in ast.walk(ast.parse((ROOT / path).read_text())):
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call) and "InvalidRequest" in ast.unparse(node.exc):
            [said] = node.exc.args
            parts = said.values if isinstance(said, ast.JoinedStr) else [said]
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else _named(part) for part in parts)


def _named(part: ast.expr) -> str:
    return _NO_CASE if "_NO_CASE" in ast.dump(part) else "7"


@pytest.mark.parametrize("path", SPOKEN_BY)
def test_each_refusal_has_chinese_words(path: str) -> None:
    found = list(refusals(path))

    assert found
    assert [one for one in found if not only(in_chinese(one).replace("repeat", ""), ZH)] == []


@pytest.mark.parametrize("why", [*NotRelinked, *NotRerouted])
def test_what_a_stage_refused_is_told_in_chinese(why: str) -> None:
    assert only(in_chinese(f"refused: {why}").replace("repeat", ""), ZH)
