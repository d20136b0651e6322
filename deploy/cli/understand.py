"""`intake understand`: what the classify stage would say about texts, without broker or database."""

import sys

import typer
from pydantic import ValidationError

from deploy.assembly import pack_of
from deploy.cli.exits import FINDING
from deploy.cli.output import put, say
from deploy.settings import load_settings
from infra.collector import forget_start, relax
from workers.classify import TextUnderstander, answer_line
from workers.classify.model import load_current


def understand() -> None:
    """Read JSON lines {"id", "text", …} from stdin and print what is understood, one JSON line each.

    Besides id and text: subject, channel, entry, stated, received_at (relative dates count from it). A line that is no
    such object is named on stderr and left out; exit 1 then.
    """
    understander = TextUnderstander(pack_of(load_settings()), load_current())
    relax()
    forget_start()
    wrong = False
    for number, raw in enumerate(sys.stdin.buffer, start=1):
        line = raw.decode(errors="replace").strip()
        if not line:
            continue
        try:
            put(answer_line(understander, line))
        except ValidationError as error:
            say(f"intake: line {number}: {error.errors(include_url=False)[0]['msg']}")
            wrong = True
    if wrong:
        raise typer.Exit(FINDING)
