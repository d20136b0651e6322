"""`intake policy`: look at policy packs before they go live."""

import sys
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from typing import Annotated, Literal

import typer

from deploy.cli.exits import FINDING
from deploy.cli.output import AsJson, put, put_json
from deploy.settings import load_settings
from operations.assembly import pack_of, places_of
from schemas.commands import PolicyReport
from schemas.errors import InvalidRequest
from schemas.policy import PolicyInvalid, PolicyPack, load_pack
from schemas.policy.documents import PolicyUnreadable
from schemas.policy.organisation import Organisation, Resolver, load_organisation
from schemas.policy_lines import PolicyLine, PolicyWalk
from schemas.records import Deduplicated

app = typer.Typer(name="policy", help="Check and explain policy packs.", no_args_is_help=True)
Lang = Literal["zh", "en"]
Pack = Annotated[Path | None, typer.Argument(help="A policy pack in YAML, or the name of one that ships: p3")]
OrganisationFile = Annotated[Path | None, typer.Option("--organisation", help="An organisation file, YAML or CSV")]


@app.command()
def check(file: Pack = None, organisation: OrganisationFile = None, as_json: AsJson = False) -> None:
    """Check a policy pack, an organisation file, or both against each other.

    Every problem is named with its line and what to do. Exit 1 when there is one, 2 when there is no such file.
    """
    if file is None and organisation is None:
        raise InvalidRequest("name a policy pack, --organisation FILE, or both")
    problems: list[str] = []
    pack: PolicyPack | None = None
    units: Organisation | None = None
    try:
        pack = load_pack(file) if file is not None else None
    except PolicyUnreadable:
        raise
    except PolicyInvalid as error:
        problems += str(error).splitlines()
    try:
        units = load_organisation(organisation) if organisation is not None else None
    except PolicyUnreadable:
        raise
    except PolicyInvalid as error:
        problems += str(error).splitlines()
    if pack is not None and units is not None:
        problems += _not_of(pack, units, organisation)
    report = PolicyReport(
        file=str(file or organisation),
        valid=not problems,
        pack=pack.reference if pack else None,
        organisation=units.reference if units else None,
        problems=tuple(problems),
    )
    if as_json:
        put_json(report)
    else:
        good = ", ".join(filter(None, (report.pack, report.organisation)))
        put("\n".join(report.problems) or f"{report.file}: good, {good}")
    if not report.valid:
        raise typer.Exit(FINDING)


def _not_of(pack: PolicyPack, units: Organisation, file: Path | None) -> list[str]:
    known = set(pack.department_codes)
    return [
        f"{file}: departments.{one.code}: {pack.reference} has no such department: use one of {sorted(known)}"
        for one in units.departments
        if one.code not in known
    ]


@app.command()
def explain(
    file: Pack = None,
    rule: Annotated[str | None, typer.Option("--rule", help="Only this rule, by its id")] = None,
    text: Annotated[str | None, typer.Option("--text", help="What would happen to this text; - reads stdin")] = None,
    complaint: Annotated[
        str | None,
        typer.Option(
            "--complaint", help="What would happen to this complaint: tracking number, or - for JSON on stdin"
        ),
    ] = None,
    organisation: OrganisationFile = None,
    lang: Annotated[str, typer.Option("--lang", help="zh or en")] = "zh",
    as_json: AsJson = False,
) -> None:
    """Say in sentences what a policy pack does, or step by step what it would do with one complaint.

    Without FILE the pack of the settings. Nothing is written anywhere.
    """
    from deploy.explaining import explanation  # understanding a text is slow to import

    if lang not in {"zh", "en"}:
        raise InvalidRequest("--lang: zh or en")
    language: Lang = "zh" if lang == "zh" else "en"
    settings = load_settings()
    pack = load_pack(file) if file is not None else pack_of(settings)
    if text is None and complaint is None:
        found = explanation(pack, language, rule)
        put_json(found) if as_json else _put(found.lines)
        return
    places = Resolver(load_organisation(organisation)) if organisation is not None else places_of(settings)
    walked = _walked(text, complaint, pack, places, language)
    if rule is not None:
        walked = walked.model_copy(update={"steps": tuple(step for step in walked.steps if step.rule_id == rule)})
    put_json(walked) if as_json else _put(walked.steps)


def _walked(
    text: str | None, complaint: str | None, pack: PolicyPack, places: Resolver | None, lang: Lang
) -> PolicyWalk:
    from deploy.explaining import asked_complaint, walk
    from workers.classify import TextUnderstander
    from workers.classify.model import load_current
    from workers.text.company import company_names

    if text is not None and complaint is not None:
        raise InvalidRequest("--text or --complaint: give one")
    if text is None and complaint != "-":
        asked = _kept(complaint or "")
    else:
        source = sys.stdin.buffer.read().decode(errors="replace") if "-" in {text, complaint} else text or ""
        asked = asked_complaint(source.strip(), datetime.now(UTC))
    return walk(asked, pack, TextUnderstander(pack, load_current(), company_names(pack, places)), places, lang)


def _kept(number: str) -> Deduplicated:
    """A complaint of the running system, by its number."""
    from deploy.cli.database import database
    from deploy.cli.guard import run
    from operations.history import newest_of
    from operations.reading import require_kafka

    async def read() -> Deduplicated:
        settings = load_settings()
        require_kafka(settings.kafka)
        async with database(settings) as engine:
            return await newest_of(settings, engine, number)

    return run(read())


def _put(lines: tuple[PolicyLine, ...]) -> None:
    for section, group in groupby(lines, lambda line: line.section):
        put(f"\n{section}")
        for line in group:
            put(f"  {f'[{line.rule_id}] ' if line.rule_id else ''}{line.says}")
