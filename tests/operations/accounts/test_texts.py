"""The words of these pages: in both languages, and every one that a template asks for is there."""

import re
from pathlib import Path

import pytest

from gateway.staff.roles import Role
from gateway.staff.texts import LANGUAGES
from gateway.tokens import Scope
from operations.pages.render import texts

TEMPLATES = Path(__file__).parents[3] / "operations" / "pages" / "templates"
OURS = ("account.html", "account_parts.html", "account_password.html", "accounts.html", "audit.html", "tokens.html")


def test_every_text_is_there_in_both_languages() -> None:
    assert {key for key, words in texts().items() if not set(LANGUAGES) <= set(words)} == set()


@pytest.mark.parametrize("name", OURS)
def test_every_text_a_template_asks_for_is_there(name: str) -> None:
    asked = re.findall(r"""\bt\(["']([a-z_.]+[a-z_])["']""", (TEMPLATES / name).read_text(encoding="utf-8"))

    assert set(asked) - set(texts()) == set()


def test_every_role_and_scope_has_a_name() -> None:
    assert {f"role.{one}" for one in Role} | {f"scope.{one}" for one in Scope} <= set(texts())
