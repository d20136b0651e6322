"""The values of an approved template's variables, taken from the text of a message.

Carriers let nobody send free text: the approved template holds the words, we fill in at most 20 characters a variable
(the project's limit; the vendors' own depends on template and customer: unsure). A variable may hold no address of a
site (Tencent 1048, cloud.tencent.com/document/product/382/3771; Aliyun isv.PARAM_NOT_SUPPORT_URL), so a link's
beginning is part of the template and only its end a variable.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from connectors.contract import Outgoing
from schemas.errors import ReplyRefused
from schemas.identity import read_tracking_number

MAX_VARIABLE_CHARS = 20
_NUMBER = r"(?<![0-9A-Za-z-])(?:[0-9A-Za-z]{4}-){3}[0-9A-Za-z](?![0-9A-Za-z-])"
_LINK = r"https?://[^\s<>\"'，。；！？、）】]+"
_ONE_TIME = r"(?<![0-9A-Za-z.,:-])[0-9]{4,8}(?![0-9A-Za-z-])"
_PIECE = re.compile(rf"{_LINK}|{_NUMBER}|[0-9A-Za-z]+(?:['’.-][0-9A-Za-z]+)*|.", re.DOTALL)
_INDIVISIBLE = re.compile(rf"{_LINK}|{_NUMBER}")


class Variable(StrEnum):
    """What a variable holds; also its name in an Aliyun template, as in `${number}`."""

    NUMBER = "number"
    LINK = "link"
    TEXT = "text"
    CODE = "code"


@dataclass(frozen=True, slots=True)
class SmsTemplate:
    """One approved template. `variables` are in the template's order, which is how Tencent tells them apart.

    `link_prefix` is the part of a link that the template's own words hold, as `https://shop.example/track/`.
    """

    template_id: str
    sign_name: str
    variables: tuple[Variable, ...] = (Variable.NUMBER,)
    link_prefix: str = ""


def values(template: SmsTemplate, message: Outgoing) -> dict[Variable, str]:
    """The value of each variable, none longer than 20 characters. Raises `ReplyRefused` when one cannot be made."""
    return {variable: _value(variable, template, message) for variable in template.variables}


def cut(text: str, limit: int = MAX_VARIABLE_CHARS) -> str:
    """The text on one line, ended before the word that goes over `limit` characters.

    A tracking number or link is in it whole or not at all; only a single word longer than the limit is broken. Chinese
    writes no spaces between words: there each character counts as one.
    """
    line = " ".join(text.split())
    if len(line) <= limit:
        return line
    kept = ""
    for piece in _PIECE.findall(line):
        if len(kept) + len(piece) > limit:
            return kept.rstrip() if kept or _INDIVISIBLE.fullmatch(piece) else piece[:limit]
        kept += piece
    return kept


def _value(variable: Variable, template: SmsTemplate, message: Outgoing) -> str:
    if variable is Variable.NUMBER:
        value = _tracking_number(message)
    elif variable is Variable.LINK:
        value = _link_end(template.link_prefix, message)
    elif variable is Variable.CODE:
        value = _one_time_code(message)
    else:
        value = cut(message.text)
    if not value or len(value) > MAX_VARIABLE_CHARS:
        raise ReplyRefused(f"the message has no {variable} that the SMS template can hold")
    return value


def _tracking_number(message: Outgoing) -> str:
    found = re.findall(_NUMBER, f"{message.text}\n{message.subject or ''}")
    return next(filter(None, map(read_tracking_number, found)), "")


def _one_time_code(message: Outgoing) -> str:
    """The one run of four to eight digits that is no part of a number, a word or a link; empty where there are more."""
    found = set(re.findall(_ONE_TIME, _INDIVISIBLE.sub(" ", message.text)))
    return found.pop() if len(found) == 1 else ""


def _link_end(prefix: str, message: Outgoing) -> str:
    """What follows the prefix in the first link that begins so; nothing of it is ever cut off."""
    return next((link.removeprefix(prefix) for link in re.findall(_LINK, message.text) if link.startswith(prefix)), "")
