"""`intake understand`: what the classify stage would say about texts, without broker or database."""

import sys

import typer
from pydantic import ValidationError

from deploy.cli.exits import FINDING
from deploy.cli.output import put, say
from deploy.settings import load_settings
from infra.collector import forget_start, relax
from operations.assembly import pack_of, places_of
from schemas.errors import InvalidRequest
from workers.classify import TextUnderstander, answer_line
from workers.classify.model import load_current
from workers.text.company import company_names

_LIKE = '{"id": 1, "text": "…"}'


def understand() -> None:
    """Read JSON lines {"id", "text", …} from stdin and print what is understood, one JSON line each.

    Besides id and text: subject, channel, entry, stated, received_at (relative dates count from it). A line that is no
    such object, or empty, is named on stderr and left out, all others are answered; exit 1 then. Exit 2 when stdin
    gives nothing at all. A text without a word ("") is answered: a person is to look at it.
    """
    settings = load_settings()
    pack = pack_of(settings)
    understander = TextUnderstander(pack, load_current(), company_names(pack, places_of(settings)))
    relax()
    forget_start()
    number = wrong = 0
    for number, raw in enumerate(sys.stdin.buffer, start=1):
        try:
            put(answer_line(understander, raw.decode(errors="replace").strip()))
        except ValidationError as error:
            say(f"intake: line {number}: {_remedy(raw, error)}")
            wrong += 1
    if number == 0:
        raise InvalidRequest(f"nothing on stdin: hand over lines like {_LIKE}")
    if wrong:
        raise typer.Exit(FINDING)


def _remedy(raw: bytes, error: ValidationError) -> str:
    if not raw.strip():
        return f"empty: leave it out, or write a line like {_LIKE}"
    found = error.errors(include_url=False)[0]
    where = ".".join(map(str, found["loc"]))
    missing = found["type"] == "missing"
    return f"{where or 'no object'}: {f'missing: write a line like {_LIKE}' if missing else found['msg']}"
