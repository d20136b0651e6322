"""`intake platform`: the embedded Kafka, PostgreSQL and demo mailbox."""

import subprocess
import sys
from typing import Annotated

import typer

from deploy.cli.output import AsJson, put, put_json, put_table, say
from deploy.local import EmbeddedPlatform, Part, PlatformStatus
from deploy.settings import load

app = typer.Typer(name="platform", help="The embedded Kafka, PostgreSQL and demo mailbox.", no_args_is_help=True)


def embedded_platform() -> EmbeddedPlatform:
    """Return the platform of this installation: the parts that no setting points elsewhere."""
    installation = load()
    return EmbeddedPlatform(installation.settings.home, parts=installation.embedded)


@app.command()
def up(as_json: AsJson = False) -> None:
    """Start what does not run; it stays until `intake platform down`. The first time downloads about 45 MB."""
    _show(embedded_platform().up(say), as_json)


@app.command()
def down() -> None:
    """Stop all of it; the data stays."""
    embedded_platform().down()
    say("stopped; no process and no port is left, the data stays")


@app.command()
def status(as_json: AsJson = False) -> None:
    """Print the addresses of what runs, null for what does not. Holds secrets of the embedded platform only."""
    _show(embedded_platform().status(), as_json)


@app.command()
def reset(yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False) -> None:
    """Stop all of it and remove its data: every complaint of the embedded installation is gone."""
    platform = embedded_platform()
    if not yes:
        typer.confirm(f"Remove all data below {platform.home}?", abort=True, err=True)
    left = platform.reset()
    say(f"{platform.home} is empty" if not left else f"left, because it is not ours: {', '.join(map(str, left))}")


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def java(main_class: str, arguments: Annotated[list[str] | None, typer.Argument()] = None) -> None:
    """Run a tool out of the Kafka jars, e.g. org.apache.kafka.tools.consumer.ConsoleConsumer, with its arguments."""
    kafka_only = EmbeddedPlatform(load().settings.home, parts=frozenset({Part.KAFKA}))  # wherever the broker runs
    command = kafka_only.kafka_tool(main_class, *(arguments or ()))
    try:
        done = subprocess.run(command, check=False)  # noqa: S603 - the person's own choice of a tool, no shell
    except KeyboardInterrupt:
        sys.exit(130)
    sys.exit(done.returncode)


def _show(found: PlatformStatus, as_json: bool) -> None:
    if as_json:
        put_json(found)
        return
    rows = [(part, where) for part, where in _lines(found) if where]
    if not rows:
        put("nothing runs; start it with `intake platform up`")
    else:
        put_table(("part", "address"), rows)


def _lines(found: PlatformStatus) -> list[tuple[str, str]]:
    mailbox = found.mailbox
    return [
        ("Kafka", found.kafka.bootstrap_servers if found.kafka else ""),
        ("PostgreSQL", found.database.url if found.database else ""),
        ("mailbox", f"{mailbox.user}, IMAP {mailbox.imap}, SMTP {mailbox.smtp}" if mailbox else ""),
        ("gateway", found.gateway.url if found.gateway else ""),
    ]
