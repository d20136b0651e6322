"""The link of a message to the page of its complaint: in the language of the message, with the key that opens it."""

from collections.abc import Mapping

from schemas.complaint import Channel
from schemas.tokens import TokenKeys, track_link

PAGE_LANGUAGES: Mapping[str, str] = {"zh-Hant": "zh-TW", "en": "en"}
"""BCP 47 tag of a message → `lang` of the pages; every other language is answered by their default."""


def page_link(public_url: str, number: str, *, language: str, channel: str, keys: TokenKeys | None) -> str:
    """Where a message in `language` on `channel` sends its reader. `public_url` ends without a slash.

    With `keys` the link opens the page at once. An SMS gets neither key nor language: a template's variable holds 20
    characters and each 67 cost once more; there a one-time code opens the page.
    """
    page = f"{public_url}/track/{number}"
    if channel == Channel.PHONE:
        return page
    if language in PAGE_LANGUAGES:
        page = f"{page}?lang={PAGE_LANGUAGES[language]}"
    return page if keys is None else track_link(keys, page, number)
