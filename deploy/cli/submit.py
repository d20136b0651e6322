"""`intake submit`: hand files to the running system as their channel would."""

from pathlib import Path
from typing import Annotated
from uuid import uuid4

import typer

from deploy.cli.exits import FINDING
from deploy.cli.output import AsJson, put, put_json, say
from deploy.handover import channel_of
from deploy.handover import submit as hand_over
from deploy.settings import load_settings
from schemas.delivery_lines import SubmittedLine
from schemas.errors import InvalidRequest


def submit(
    files: Annotated[list[Path], typer.Argument(help="One delivery each: .eml (mail), .json (API), .xml (WeChat) …")],
    channel: Annotated[
        str | None, typer.Option(help="email, web, wechat, phone …; default: by the file's suffix")
    ] = None,
    key: Annotated[
        str | None, typer.Option("--idempotency-key", help="For one .json file; default: made of its content")
    ] = None,
    again: Annotated[bool, typer.Option("--again", help="As new complaints, even if handed over before")] = False,
    account: Annotated[str | None, typer.Option(help="The account it is for, when its channel has several")] = None,
    as_json: AsJson = False,
) -> None:
    """Hand files over and say the tracking number, or that the mailbox has it. The same file again is no new complaint.

    Exit 1 when one was refused, 3 when nothing answers.
    """
    if key is not None and len(files) > 1:
        raise InvalidRequest("--idempotency-key is for one file: several complaints need a key each")
    from deploy.handover.calls import CALLERS  # all that connectors read with, slow to import

    ways = [channel_of(file, channel, CALLERS) for file in files]
    settings = load_settings()
    refused = False
    for file, way in zip(files, ways, strict=True):
        try:
            done = hand_over(settings, file, channel=way, key=str(uuid4()) if again else key, account=account)
        except InvalidRequest as error:
            say(f"intake: {error}")
            refused = True
        else:
            for line in done:
                _show(line, as_json)
    if refused:
        raise typer.Exit(FINDING)


def _show(done: SubmittedLine, as_json: bool) -> None:
    if as_json:
        put_json(done)
    elif done.tracking_number:
        put(f"{done.file}: {done.tracking_number}  {done.status_url}")
    elif done.way == "folder":
        put(f"{done.file}: put into the drop folder; what cannot be read is told in `errors` beside it")
    elif done.way == "http":
        put(f"{done.file}: accepted; nothing in it is a complaint of its own")
    else:
        put(f"{done.file}: handed to the mailbox by {done.way.upper()}; it gets its number when it is read")
