"""A sentence in the languages operators read."""

from dataclasses import dataclass
from typing import Literal

Lang = Literal["zh", "en"]


@dataclass(frozen=True, slots=True)
class Said:
    """The same in Chinese and in English, without personal data."""

    zh: str
    en: str

    def in_language(self, lang: str) -> str:
        """The English words for `en`, the Chinese ones for every other language."""
        return self.en if lang == "en" else self.zh
