"""`intake relink` and `intake reroute`: a person says where a complaint belongs, or which department answers."""

from typing import Annotated, Literal

import typer

from deploy.cli.database import database
from deploy.cli.exits import FINDING
from deploy.cli.folding import By, DryRun, Why, operator
from deploy.cli.guard import run
from deploy.cli.language import InLanguage, Language, wording
from deploy.cli.output import AsJson, put, put_json
from deploy.settings import load_settings
from operations.assembly import pack_of
from operations.reading import require_kafka
from operations.relinking import Signed
from operations.relinking import relink as relink_complaint
from operations.relinking import reroute as reroute_case
from operations.wording import Wording
from schemas.correction_lines import RelinkReport, RerouteReport
from schemas.masking import find_personal
from schemas.settings import Settings

Number = Annotated[str, typer.Argument(metavar="NUMBER", help="Tracking number or complaint id")]
_LONGEST_REASON = 500


def relink(
    number: Number,
    reason: Why,
    to: Annotated[str | None, typer.Option(help="The earlier complaint it belongs to: number or id")] = None,
    verdict: Annotated[
        Literal["duplicate", "follow_up", "repeat"],
        typer.Option("--as", help="A repeat has a case of its own and points to the earlier one"),
    ] = "duplicate",
    own_case: Annotated[bool, typer.Option("--own-case", help="It belongs to no other: a case of its own")] = False,
    by: By = None,
    dry_run: DryRun = False,
    lang: InLanguage = Language.ZH,
    as_json: AsJson = False,
) -> None:
    """Move a complaint to the case of another, or to a case of its own; the link can be changed back the same way.

    The departments of both cases hear of it. Exit 1 when it was refused, 3 when a stage does not work: then it is kept.
    """
    if (to is None) == (not own_case):
        raise typer.BadParameter("say either --to NUMBER or --own-case")
    signed = _signed(by, reason, dry_run)
    settings = load_settings()
    report = run(_relink(settings, number, to, verdict, signed))
    if as_json:
        put_json(report)
    else:
        _show_relinked(report, wording(settings, lang))
    _leave(report)


def reroute(
    number: Number,
    reason: Why,
    to: Annotated[str, typer.Option(help="Code of the department that answers from now on")],
    by: By = None,
    dry_run: DryRun = False,
    lang: InLanguage = Language.ZH,
    as_json: AsJson = False,
) -> None:
    """Move the case of a complaint to another department, with all that belongs to it.

    The old department is told that it is gone. Exit 1 when it was refused, 3 when a stage does not work.
    """
    settings = load_settings()
    known = pack_of(settings).department_codes
    if to not in known:
        raise typer.BadParameter(f"there is no department {to}: {', '.join(known)}")
    report = run(_reroute(settings, number, to, _signed(by, reason, dry_run)))
    if as_json:
        put_json(report)
    else:
        _show_rerouted(report, wording(settings, lang))
    _leave(report)


def _show_relinked(report: RelinkReport, told: Wording) -> None:
    put(f"{report.tracking_number}  {told.said(report.detail)}")
    case, old, new = told.pick("案件", "case"), told.pick("原", "old"), told.pick("新", "new")
    put(f"{old}: {case} {report.old_case_id}  {told.called(report.old_verdict)}")
    its_case = report.case_id or told.pick("单独立案", "of its own")
    of = told.pick(f"  对应 {report.of}", f"  of {report.of}") if report.of else ""
    put(f"{new}: {case} {its_case}  {told.called(report.verdict)}{of}")


def _show_rerouted(report: RerouteReport, told: Wording) -> None:
    put(f"{report.tracking_number}  {told.pick('案件', 'case')} {report.case_id}  {told.said(report.detail)}")
    had = told.department(report.old_department) if report.old_department else told.pick("尚未分派", "not routed yet")
    put(f"{told.pick('原', 'old')}: {had}")
    count = len(report.complaints)
    put(f"{told.pick('新', 'new')}: {told.department(report.department)}  {told.pick('投诉', 'complaints')}: {count}")
    if report.too_old:
        put(f"{told.pick('已过保存期，未重发', 'too old to be sent again')}: {len(report.too_old)}")


def _leave(report: RelinkReport | RerouteReport) -> None:
    if not report.done and not report.dry_run:
        raise typer.Exit(FINDING)


def _signed(by: str | None, reason: str, dry_run: bool) -> Signed:
    who = operator(by).strip()
    if not reason.strip() or len(reason) > _LONGEST_REASON:
        raise typer.BadParameter(f"--reason must say why, in at most {_LONGEST_REASON} characters")
    if find_personal(reason) or find_personal(who):
        raise typer.BadParameter("--reason and --by may hold no number or address of a customer")
    return Signed(who, reason.strip(), dry_run)


async def _relink(settings: Settings, number: str, to: str | None, verdict: str, signed: Signed) -> RelinkReport:
    require_kafka(settings.kafka)
    async with database(settings) as engine:
        return await relink_complaint(settings, engine, number, to, verdict, signed)


async def _reroute(settings: Settings, number: str, department: str, signed: Signed) -> RerouteReport:
    require_kafka(settings.kafka)
    async with database(settings) as engine:
        return await reroute_case(settings, engine, number, department, signed)
