"""The parameters of a callback: a form with names that may come twice, or a flat JSON object.

Source: twilio.com/docs/messaging/guides/webhook-request: `application/x-www-form-urlencoded`, new parameters come
unannounced. Read 2026-11-22.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from urllib.parse import parse_qsl

from schemas.errors import PayloadRejected, Reason

FORM_TYPE = "application/x-www-form-urlencoded"
JSON_TYPE = "application/json"
MAX_PARAMETERS = 1_000
_SID = re.compile(r"[A-Za-z]{2}[0-9A-Za-z]{1,64}")


class Fields(Mapping[str, str]):
    """Parameters by name. Reading one gives its first value; `getall` is what Twilio's library asks for."""

    def __init__(self, pairs: Sequence[tuple[str, str]]) -> None:
        self._values: dict[str, list[str]] = {}
        for name, value in pairs:
            self._values.setdefault(name, []).append(value)

    def __getitem__(self, name: str) -> str:
        return self._values[name][0]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def getall(self, name: str) -> list[str]:
        """Every value of a name, in their order."""
        return self._values[name]

    def sid(self, *names: str) -> str:
        """The first of these that is there and looks like an id of Twilio. Raises `PayloadRejected`."""
        found = next((self[name] for name in names if self.get(name)), "")
        if not _SID.fullmatch(found):
            raise PayloadRejected(Reason.UNREADABLE, f"{names[0]} is missing or no id")
        return found


def form_fields(body: bytes) -> Fields:
    """Read a form, empty values included. Raises `PayloadRejected` for more parameters than anybody sends."""
    try:
        pairs = parse_qsl(body.decode(errors="replace"), keep_blank_values=True, max_num_fields=MAX_PARAMETERS)
    except ValueError as error:
        raise PayloadRejected(Reason.UNREADABLE, "too many parameters") from error
    return Fields(pairs)


def json_fields(body: bytes) -> Fields:
    """Read the texts and numbers of a JSON object. Raises `PayloadRejected`."""
    try:
        found = json.loads(body.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise PayloadRejected(Reason.UNREADABLE, "the body is not JSON in UTF-8") from error
    if not isinstance(found, dict):
        raise PayloadRejected(Reason.UNREADABLE, "the body is no JSON object")
    return Fields([(name, str(value)) for name, value in found.items() if isinstance(value, str | int)])


def read_fields(body: bytes, content_type: str) -> Fields:
    """Read a body of either type; one of neither is read as what it looks like. Raises `PayloadRejected`."""
    is_json = content_type == JSON_TYPE or (content_type != FORM_TYPE and body.lstrip()[:1] == b"{")
    return json_fields(body) if is_json else form_fields(body)
