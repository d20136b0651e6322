"""`--lang`: the language a command talks in to people. JSON is the same in both."""

from enum import StrEnum
from typing import Annotated

import typer

from operations.assembly import pack_of
from operations.wording import Wording
from schemas.settings import Settings


class Language(StrEnum):
    """What staff may ask for."""

    ZH = "zh"
    EN = "en"


InLanguage = Annotated[Language, typer.Option("--lang", help="What people read: zh or en")]


def wording(settings: Settings, language: Language) -> Wording:
    """The words of the pack in force, in this language."""
    return Wording(pack_of(settings), "zh" if language is Language.ZH else "en")
