"""What an operator reads: the findings on `/ops` in both languages, and the alerts that reached somebody."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import httpx
from selectolax.lexbor import LexborHTMLParser, LexborNode

LANGUAGES = {"zh": "zh-CN", "en": "en"}


@dataclass(frozen=True, slots=True)
class Entry:
    """One finding as it stands on the page. `at_risk` is the figure in its sentence."""

    level: str
    object: str
    said: str
    since: str
    at_risk: str
    step: str
    commands: tuple[str, ...]

    @property
    def command(self) -> str | None:
        """What is to be typed, where it is one command."""
        return self.commands[0] if len(self.commands) == 1 else None


class Page:
    """The page as somebody who is signed in gets it."""

    def __init__(self, url: str, name: str, password: str) -> None:
        self._client = httpx.Client(base_url=url, timeout=30, follow_redirects=True)
        form = self._client.get("/staff/sign-in").text
        token = re.search(r'name="token" value="([^"]+)"', form)
        assert token, form
        typed = {"name": name, "password": password, "token": token[1], "next": "/ops"}
        answer = self._client.post("/staff/sign-in", data=typed)
        assert answer.url.path == "/ops", answer.text

    def entries(self, language: str) -> list[Entry]:
        """Every finding, as the server renders the page in zh or en."""
        answer = self._client.get("/ops", params={"lang": LANGUAGES[language]})
        assert answer.status_code == httpx.codes.OK, answer.text
        cards = LexborHTMLParser(answer.text).css("li.finding")
        return [one for card in cards for one in _entries(card)]

    def close(self) -> None:
        """Let the connection go."""
        self._client.close()


def _entries(card: LexborNode) -> Iterator[Entry]:
    """One card: a finding alone, or several of one kind."""
    what = card.css_first("p.what")
    level, alike = _text(what and what.css_first("b")), card.css("ul.same > li")
    for node in alike or [card]:
        named, soft = node.css("b")[0 if alike else 1], node.css_first(".soft")
        step = node.css_first(".step") or card.css_first(".step")
        since, at_risk = _text(soft).split(" · ")
        said = _text(named.parent).split(_text(named), 1)[1].split(_text(soft), 1)[0].lstrip("：: ")
        commands = tuple(_text(code) for code in step.css("code")) if step is not None else ()
        yield Entry(level, _text(named), said, since, at_risk, _spoken(step), commands)


def _spoken(step: LexborNode | None) -> str:
    assert step is not None, "there is no next step"
    parts = (one.text(deep=True) for one in step.iter(include_text=True) if one.tag not in ("b", "a"))
    return " ".join("".join(parts).split())


def _text(node: LexborNode | None) -> str:
    assert node is not None, "the page has another shape"
    return node.text(strip=True)
