"""The list of attacks: numbered without a gap, each with a test that is there."""

import ast
import re
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
LINE = re.compile(r"\| (\d+) \| .+ \| `([\w/.]+\.py)::(\w+)` \|")
AT_LEAST = 40


@cache
def functions_of(file: str) -> frozenset[str]:
    """The functions of a test file."""
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    return frozenset(one.name for one in ast.walk(tree) if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef))


def test_every_attack_of_the_list_has_its_test() -> None:
    listed = LINE.findall((ROOT / "tests/security/README.md").read_text(encoding="utf-8"))

    assert [int(number) for number, _, _ in listed] == list(range(1, len(listed) + 1))
    assert len(listed) >= AT_LEAST
    assert [name for _, file, name in listed if name not in functions_of(file)] == []
