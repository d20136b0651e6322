"""Words of the public pages in the languages they exist in."""

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import yaml

LANGUAGES: Mapping[str, str] = {"zh-CN": "简体中文", "zh-TW": "繁體中文", "en": "English"}
"""`lang` of the pages → how its speakers call it. The first is the default."""
TAGS: Mapping[str, str] = {"zh-CN": "zh-Hans", "zh-TW": "zh-Hant", "en": "en"}
"""`lang` of the pages → BCP 47 tag of a complaint."""
DEFAULT = "zh-CN"
_FILES = ("texts.yaml", "track.yaml")
_ALSO = {"zh-hant": "zh-TW", "zh-hk": "zh-TW", "zh-mo": "zh-TW"}
_CHINA = ZoneInfo("Asia/Shanghai")


@cache
def texts() -> dict[str, dict[str, str]]:
    """Every text: key → language → words."""
    loaded: dict[str, dict[str, str]] = {}
    for name in _FILES:
        loaded |= yaml.safe_load((Path(__file__).parent / name).read_text(encoding="utf-8"))
    return loaded


def chosen(asked: str | None) -> str:
    """The language of a page: what was asked for if we have it, in any case and region; otherwise the default."""
    tag = (asked or "").lower()
    exact = next((lang for lang in LANGUAGES if lang.lower() == tag), None)
    return exact or _ALSO.get(tag) or ("en" if tag.startswith("en-") else DEFAULT)


def moment(when: datetime, lang: str) -> str:
    """A date and hour in China, as people write it."""
    local = when.astimezone(_CHINA)
    if lang == "en":
        return f"{local:%H:%M} on {local.day} {local:%B %Y} (Beijing time)"
    return f"{local.year}年{local.month}月{local.day}日 {local:%H:%M}"
