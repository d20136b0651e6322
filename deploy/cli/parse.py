"""`intake parse`: what the readers make of files, without broker, database or running system."""

import os
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from connectors.contract import Connector, ReadsFiles
from deploy.cli.exits import FINDING
from deploy.cli.output import put, say
from deploy.handover import channel_of, content_key
from deploy.keys import DEVELOPMENT_NUMBER
from deploy.settings import load_settings
from infra.logs import places
from operations.assembly import connector_of
from schemas.base import Record
from schemas.complaint import Channel
from schemas.delivery_lines import ParsedAdditionLine, ParsedComplaintLine, ParsedSignalLine, ParsedSuspendedLine
from schemas.errors import InvalidRequest, NotGenuine, PayloadRejected, Reason
from schemas.inbound import Inbound, ParsedAddition, ParsedItem, ParsedSignal, SuspendedItem
from schemas.settings import Settings

_CONTENT_TYPES = {Channel.WEB.value: "application/json", Channel.EMAIL.value: "message/rfc822"}

_RFC3339 = ["%Y-%m-%dT%H:%M:%S.%f%z", "%Y-%m-%dT%H:%M:%S%z"]


def parse(
    files: Annotated[list[Path], typer.Argument(help="One delivery each")],
    channel: Annotated[str | None, typer.Option(help="email, web, webhook …; default: by the file's suffix")] = None,
    account: Annotated[str, typer.Option(help="The account the delivery came to; part of the complaint's id")] = "demo",
    received_at: Annotated[
        datetime | None, typer.Option(help="When it reached the company, RFC 3339; default: now", formats=_RFC3339)
    ] = None,
) -> None:
    """Read files without a broker: one JSON line a complaint.

    Or the reason why it would be suspended. Numbers are those of this installation, or of a fixed development key
    when it has none. Exit 1 only when a reader crashed.
    """
    from connectors.registry import CONNECTORS  # all channels, slow to import

    settings = load_settings()
    at = received_at or datetime.now(UTC)
    jobs = [(file, channel_of(file, channel, CONNECTORS), _read(file)) for file in files]
    connectors = {name: connector_of(settings, name, _number_key(settings)) for _, name, _ in jobs}
    crashed = False
    for file, name, body in jobs:
        inbound = Inbound(
            channel=name,
            account=account,
            body=body,
            received_at=at,
            received_at_source="file",
            ingested_at=datetime.now(UTC),
            content_type=_CONTENT_TYPES.get(name, "application/octet-stream"),
            source={"kind": "api", "client": "parse", "idempotency_key": content_key(body)},
        )
        crashed |= _put_all(_name(file), connectors[name], inbound)
    if crashed:
        raise typer.Exit(FINDING)


def _put_all(file: str, connector: Connector, inbound: Inbound) -> bool:
    """Print the lines of one file. Returns whether the reader crashed."""
    read = connector.read if isinstance(connector, ReadsFiles) else connector.parse
    try:
        for line in _lines(file, read(inbound)):
            put(line.model_dump_json())
    except PayloadRejected as error:
        _put_suspended(file, error.reason, error.detail)
    except (InvalidRequest, NotGenuine) as error:
        _put_suspended(file, Reason.UNREADABLE, str(error))
    except Exception as error:  # noqa: BLE001 - the running system suspends it and goes on, so do we
        say(f"intake: {file}: the reader crashed: {type(error).__name__} at {places(error)}")
        _put_suspended(file, Reason.PARSER_CRASHED, type(error).__name__)
        return True
    return False


def _lines(file: str, items: Iterable[ParsedItem]) -> Iterator[Record]:
    for found in items:
        if isinstance(found, SuspendedItem):
            yield ParsedSuspendedLine(file=file, item=found.item, suspended=found.reason.value, detail=found.detail)
        elif isinstance(found, ParsedSignal):
            yield ParsedSignalLine(file=file, item=found.item, signal=found.kind, detail=found.detail, at=found.at)
        elif isinstance(found, ParsedAddition):
            yield ParsedAdditionLine.model_validate(found.addition.model_dump() | {"file": file, "item": found.item})
        else:
            yield ParsedComplaintLine.model_validate(found.complaint.model_dump() | {"file": file, "item": found.item})


def _put_suspended(file: str, reason: Reason, detail: str) -> None:
    put(ParsedSuspendedLine(file=file, item=0, suspended=reason.value, detail=detail).model_dump_json())


def _number_key(settings: Settings) -> bytes:
    key = settings.keys.number
    return key.get_secret_value().encode() if key else DEVELOPMENT_NUMBER.encode()


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise InvalidRequest(f"{file}: {error.strerror}") from error


def _name(file: Path) -> str:
    """The file's name as it can be printed: bytes that are no UTF-8 are shown with replacement characters."""
    return os.fsencode(file).decode(errors="replace")
