"""Words of the staff pages in Chinese and English; fields and errors are those of the public form."""

from functools import cache
from pathlib import Path

import yaml

from gateway.pages.texts import texts as public_texts

LANGUAGES = {"zh-CN": "简体中文", "en": "English"}


@cache
def staff_texts() -> dict[str, dict[str, str]]:
    """Every text of these pages: key → language → words."""
    loaded: dict[str, dict[str, str]] = yaml.safe_load(
        (Path(__file__).parent / "texts.yaml").read_text(encoding="utf-8")
    )
    return loaded


@cache
def texts() -> dict[str, dict[str, str]]:
    """Those and the public form's, where these pages do not say it otherwise."""
    return public_texts() | staff_texts()
