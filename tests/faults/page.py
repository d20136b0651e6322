"""What an operator reads: the findings on `/ops` in both languages, and the alerts that reached somebody."""

import re
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
    command: str | None


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
        return [_entry(one) for one in LexborHTMLParser(answer.text).css("li.finding")]

    def close(self) -> None:
        """Let the connection go."""
        self._client.close()


def _entry(node: LexborNode) -> Entry:
    what, soft, step = node.css("p")
    level, named = (one.text(strip=True) for one in what.css("b"))
    since, at_risk = soft.text(strip=True).split(" · ")
    code = step.css_first("code")
    said = what.text(strip=True).split(named, 1)[1].lstrip("：: ")
    spoken = "".join(
        one.text(deep=True) for one in step.iter(include_text=True) if one.tag not in ("b", "a", "code")
    ).strip()
    return Entry(level, named, said, since, at_risk, spoken, code.text(strip=True) if code is not None else None)
