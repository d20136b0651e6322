"""`intake settings`: every setting with its value, default, meaning and origin."""

import typer

from deploy.cli.exits import FINDING
from deploy.cli.output import AsJson, put_json, put_table, say
from deploy.declared import current
from deploy.settings import load
from schemas.commands import SettingLine, SettingsReport


def settings(as_json: AsJson = False) -> None:
    """Print every setting: value, default, meaning, where it came from. Secrets are masked."""
    installation = load()
    lines = tuple(
        SettingLine(
            name=row.name,
            value=value,
            default=row.default,
            meaning=row.meaning,
            origin=installation.origin(row.path),
        )
        for row, value in current(installation.settings)
    )
    if as_json:
        put_json(SettingsReport(settings=lines, unknown=installation.unknown))
    else:
        put_table(
            ("variable", "value", "from", "default", "meaning"),
            ((line.name, line.value, line.origin, line.default, line.meaning) for line in lines),
        )
    for name in installation.unknown:
        say(f"{name} is set but is no setting of this product")
    if installation.unknown:
        raise typer.Exit(FINDING)
