"""`intake referral`: the papers of an authority's referral, for a person to hand over; nothing is sent."""

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from deploy.cli.database import database
from deploy.cli.guard import run
from deploy.cli.output import put, say
from deploy.settings import load_settings
from operations.history import finding
from operations.reading import require_kafka
from schemas.complaint import Complaint
from schemas.errors import InvalidRequest
from schemas.settings import Settings

app = typer.Typer(
    name="referral", help="Receipts and answer drafts for authorities.", no_args_is_help=True, rich_markup_mode=None
)
Number = Annotated[str, typer.Argument(help="Tracking number as a person types it, or complaint id")]
Out = Annotated[Path, typer.Option("--out", help="File to write, .docx or .xlsx; must not exist yet")]
By = Annotated[str, typer.Option("--by", help="Name of who deals with it, as the paper shows it")]


@app.command()
def receipt(number: Number, out: Out, by: By) -> None:
    """Write the receipt of a referral."""
    from connectors.regulator_12315 import drafts  # Word and Excel are slow to import

    complaint = _complaint(number, out)
    _write(out, drafts.RECEIPT_TITLE, drafts.receipt_rows(complaint, by, datetime.now(UTC)))


@app.command()
def draft(
    number: Number,
    out: Out,
    by: By,
    result: Annotated[str, typer.Option("--result", help="What came of it; @FILE reads a file")],
    steps: Annotated[str, typer.Option("--steps", help="What was done; @FILE reads a file")] = "",
) -> None:
    """Write the answer draft of a referral in the authority's layout."""
    from connectors.regulator_12315 import drafts  # as above

    answer = drafts.AnswerDraft(_words(steps), _words(result), by, datetime.now(UTC))
    complaint = _complaint(number, out)
    _write(out, drafts.ANSWER_TITLE, drafts.answer_rows(complaint, answer))


def _complaint(number: str, out: Path) -> Complaint:
    from connectors.regulator_12315.drafts import WRITERS  # as above

    if out.suffix.lower() not in WRITERS:
        raise InvalidRequest(f"{out}: choose {' or '.join(WRITERS)}")
    if out.exists():
        raise InvalidRequest(f"{out} exists: choose another name")
    return run(complaint_of(load_settings(), number))


async def complaint_of(settings: Settings, number: str) -> Complaint:
    """Return the newest revision of a complaint as it was received. Raises InvalidRequest when nothing is known."""
    require_kafka(settings.kafka)
    async with database(settings) as engine:
        subject = await finding.subject_of(settings, engine, number)
        async with engine.connect() as connection:
            decisions = await finding.decisions_of(connection, subject)
        places = {(row.topic, row.partition, row.offset) for rows in decisions.values() for row in rows}
        records = [record async for _, record in finding.records_at(settings, places)]
    complaints = [record for record in records if isinstance(record, Complaint)]
    if not complaints:
        raise InvalidRequest(f"no stage has read {number} yet, or its records are gone")
    return max(complaints, key=lambda one: one.revision)


def _write(out: Path, title: str, rows: list[tuple[str, str]]) -> None:
    """Write for the owner's eyes: the paper says who complains."""
    from connectors.regulator_12315.drafts import WRITERS  # as above

    content = WRITERS[out.suffix.lower()](title, rows)
    try:
        descriptor = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
    except OSError as error:
        raise InvalidRequest(f"{out}: {error.strerror}") from error
    put(str(out))
    say("Enter it in the authority's platform or hand it over, then close the task platform-entry.")


def _words(given: str) -> str:
    """The words themselves, or those of the file behind an @."""
    if not given.startswith("@"):
        return given
    try:
        return Path(given[1:]).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidRequest(f"{given[1:]}: cannot be read as UTF-8") from error
