"""Renders the operations pages: templates and words of this folder first, then those of the staff pages."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from jinja2 import ChoiceLoader, Environment, FileSystemLoader

from gateway.staff.render import StaffPages
from gateway.staff.render import environment as staff_environment
from gateway.staff.texts import texts as staff_texts
from gateway.staff.visit import Visit

_HERE = Path(__file__).parent


class OperationsPages(StaffPages):
    """The pages of one visit."""

    def environment(self) -> Environment:
        """Templates of this folder first."""
        return _environment()

    def words(self) -> Mapping[str, Mapping[str, str]]:
        """Words of this folder first."""
        return texts()


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


@cache
def _environment() -> Environment:
    made = staff_environment().overlay()
    made.loader = ChoiceLoader([FileSystemLoader(_HERE / "templates"), staff_environment().loader])  # type: ignore[list-item]
    return made
