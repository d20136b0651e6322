"""Keeping every open board fresh: one stream of server-sent events a viewer, with only what changed.

Source: HTML Living Standard, section 9.2 (server-sent events).
"""

import asyncio
from collections.abc import AsyncIterator

from markupsafe import Markup

from operations.pages.board.pieces import Renderer
from operations.pages.parts import Boards

_ENDS_AFTER_S = 60.0
"""Then the browser connects anew, and whether its session still may see this is asked again."""


async def changes(boards: Boards, renderer: Renderer, lang: str) -> AsyncIterator[str]:
    """Yield events as they are to be sent: first all that differs from nothing, then what each look changes."""
    sent: dict[str, Markup] = {}
    yield "retry: 2000\n\n"
    ends_at = asyncio.get_running_loop().time() + _ENDS_AFTER_S
    if boards.board is not None:
        yield _event(renderer, lang, sent)
    async for _ in boards.subscribe():
        yield _event(renderer, lang, sent)
        if asyncio.get_running_loop().time() > ends_at:
            return


def _event(renderer: Renderer, lang: str, sent: dict[str, Markup]) -> str:
    pieces = renderer.pieces(lang)
    changed = pieces.changed(sent)
    sent.clear()
    sent.update(pieces.everything())
    if not changed:
        return ": nothing changed\n\n"
    lines = "\n".join(_standing(html) for html in changed.values()).splitlines()
    return "event: change\n" + "\n".join(f"data: {line}" for line in lines) + "\n\n"


def _standing(html: Markup) -> str:
    """A row of a table in a template: behind a paragraph a parser would drop it (HTML Living Standard, 13.2.6.4.7)."""
    return f"<template>{html}</template>" if html.startswith("<tr") else str(html)
