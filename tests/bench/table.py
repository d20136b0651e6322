"""The one table of a run."""

from rich.table import Table

from tests.bench.results import Report, Row


def table_of(report: Report) -> Table:
    """The rows as people read them."""
    table = Table(title="quick run: short rounds, more noise" if report.quick else None, title_justify="left")
    table.add_column("benchmark", no_wrap=True)
    for heading in ("ours", "peer"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("against")
    table.add_column("ratio", justify="right", no_wrap=True)
    table.add_column("target")
    table.add_column("met", no_wrap=True)
    table.add_column("memory")
    for row in report.rows:
        table.add_row(
            row.name,
            _figure(row.ours, row.unit),
            _figure(row.peer, row.unit),
            row.peer_name,
            _ratio(row),
            row.target,
            _met(row.met),
            ", ".join(f"{name} {megabytes:.0f} MB" for name, megabytes in row.memory_mb.items()),
        )
    for failure in report.failures:
        table.add_row(failure.name, "-", "-", "", "-", failure.error, "[red]could not run", "")
    return table


def notes_of(report: Report) -> list[str]:
    """What stands beside the figures, one line a row that has any."""
    return [
        f"{row.name}: " + ", ".join(f"{name} {_note(value)}" for name, value in row.notes.items())
        for row in report.rows
        if row.notes
    ]


def _figure(value: float | None, unit: str) -> str:
    if value is None:
        return "-"
    return f"{value:,.0f} {unit}" if abs(value) >= 100 else f"{value:,.1f} {unit}"


def _ratio(row: Row) -> str:
    if row.ratio is None:
        return "-"
    spread = f" ({row.spread[0]:.2f}–{row.spread[1]:.2f})" if row.spread else ""
    return f"{row.ratio:.2f}{spread}"


def _met(met: bool | None) -> str:
    return {None: "-", True: "[green]yes", False: "[red]no"}[met]


def _note(value: str | float) -> str:
    return f"{value:,.1f}" if isinstance(value, float) else str(value)
