"""Renders the staff pages from their templates."""

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from gateway.parts import GatewayParts
from gateway.staff.roles import Account, May
from gateway.staff.texts import LANGUAGES, texts

CHINA = ZoneInfo("Asia/Shanghai")
_LANG_COOKIE = "staff_lang"
_DEFAULT = "zh-CN"
_MEGABYTE = 1024 * 1024


class StaffPages:
    """The pages one request may get; `account` and `csrf` once somebody is signed in."""

    def __init__(
        self, parts: GatewayParts, request: Request, account: Account | None = None, csrf: str | None = None
    ) -> None:
        self._parts = parts
        self._request = request
        self._account = account
        self._csrf = csrf
        self._asked = _language(request.query_params.get("lang"))
        self.lang = self._asked or _language(request.cookies.get(_LANG_COOKIE)) or _DEFAULT

    def page(
        self, template: str, status: int = 200, headers: Mapping[str, str] | None = None, **context: Any
    ) -> HTMLResponse:
        """One page. Nothing of it is kept by browsers or proxies."""
        html = (
            self.environment()
            .get_template(template)
            .render(
                t=self.text,
                known=self.words(),
                lang=self.lang,
                lang_links={code: (name, self._in_language(code)) for code, name in LANGUAGES.items()},
                account=self._account,
                may=self._account.may if self._account else _nothing,
                May=May,
                csrf=self._csrf,
                company=self._parts.settings.company_name,
                contact=self._parts.settings.contact,
                moment=self.moment,
                **context,
            )
        )
        answer = HTMLResponse(html, status, headers={"Cache-Control": "no-store", **(headers or {})})
        if self._asked:
            answer.set_cookie(
                _LANG_COOKIE, self._asked, path="/", secure=secure(self._parts), httponly=True, samesite="lax"
            )
        return answer

    def text(self, key: str, **values: object) -> str:
        """The words of a key in the page's language."""
        settings = self._parts.settings
        limits = {
            "max_files": settings.max_files,
            "max_mb": settings.max_body_bytes // _MEGABYTE,
            "max_text": settings.max_text_chars,
        }
        return self.words()[key][self.lang].format(**limits, **values)

    def moment(self, when: datetime | None) -> str:
        """A time in China as people write it; empty for none."""
        return written_moment(when, self.lang)

    def environment(self) -> Environment:
        """What renders them; pages of another folder look there first."""
        return environment()

    def words(self) -> Mapping[str, Mapping[str, str]]:
        """Every text: key → language → words."""
        return texts()

    def _in_language(self, code: str) -> str:
        kept = [(name, value) for name, value in self._request.query_params.multi_items() if name != "lang"]
        return f"{self._request.url.path}?{urlencode([*kept, ('lang', code)])}"


def written_moment(when: datetime | None, lang: str) -> str:
    """A time in China as people write it in `lang`; empty for none."""
    if when is None:
        return ""
    local = when.astimezone(CHINA)
    if lang == "en":
        return f"{local:%d %b %Y %H:%M}"
    return f"{local.year}年{local.month}月{local.day}日 {local:%H:%M}"


def secure(parts: GatewayParts) -> bool:
    """Whether cookies may travel over https only."""
    return parts.public_url.startswith("https:")


def _language(asked: str | None) -> str | None:
    return next((code for code in LANGUAGES if code.lower() == (asked or "").lower()), None)


def _nothing(_: May) -> bool:
    return False


@cache
def environment() -> Environment:
    """What renders the templates of these pages."""
    return Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
