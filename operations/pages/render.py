"""Renders the operations pages: templates and words of this folder first, then those of the staff pages."""

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from jinja2 import ChoiceLoader, Environment, FileSystemLoader, pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from gateway.staff.render import CHINA, StaffPages, written_moment
from gateway.staff.render import environment as staff_environment
from gateway.staff.texts import texts as staff_texts
from gateway.staff.visit import Visit
from operations.casework import words_of
from operations.pages.navigation import NAVIGATION

_HERE = Path(__file__).parent


class OperationsPages(StaffPages):
    """The pages of one visit."""

    def environment(self) -> Environment:
        """Templates of this folder first."""
        return _environment()

    def words(self) -> Mapping[str, Mapping[str, str]]:
        """Words of this folder first."""
        return texts()


class Words:
    """Words, times and pieces of a page in one language, without a request: for what many people see at once."""

    def __init__(self, lang: str) -> None:
        self.lang = lang
        self.short = "en" if lang == "en" else "zh"

    def text(self, key: str, **values: object) -> str:
        """The words of a key."""
        return texts()[key][self.lang].format(**values)

    def moment(self, when: datetime | None) -> str:
        """A time in China as people write it; empty for none."""
        return written_moment(when, self.lang)

    def second(self, when: datetime) -> str:
        """The time of day in China, with seconds."""
        return f"{when.astimezone(CHINA):%H:%M:%S}"

    def piece(self, template: str, **context: Any) -> Markup:
        """A part of a page."""
        rendered = _environment().get_template(template).render(t=self.text, moment=self.moment, **context)
        return Markup(rendered)  # noqa: S704 - the template has escaped what it was given


def pages_of(here: Visit) -> OperationsPages:
    """The pages as this visitor sees them."""
    return OperationsPages(here.parts, here.request, here.account, here.csrf)


@cache
def texts() -> Mapping[str, Mapping[str, str]]:
    """Every text of these pages and of the staff pages. One file a page in `texts/`; each key has both languages."""
    own: dict[str, Any] = {}
    for file in sorted((_HERE / "texts").glob("*.yaml")):
        own |= yaml.safe_load(file.read_text(encoding="utf-8"))
    return staff_texts() | own


@pass_context
def _state_of(context: Context, code: str) -> str:
    """How a case stands, in the page's language."""
    return words_of(code).in_language(context["lang"])


@cache
def _environment() -> Environment:
    made = staff_environment().overlay()
    made.globals = {**made.globals, "navigation": NAVIGATION, "state_of": _state_of}
    made.loader = ChoiceLoader([FileSystemLoader(_HERE / "templates"), staff_environment().loader])  # type: ignore[list-item]
    return made
