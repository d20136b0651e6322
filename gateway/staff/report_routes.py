"""Pages of the adverse-event report (P0): file, review, handle, with both clocks."""

from collections.abc import Mapping

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from connectors.web.errors import FieldError, InvalidFields
from gateway.staff import reports
from gateway.staff.audit import audit
from gateway.staff.forms import filled, local_time, required, taken
from gateway.staff.handing_over import hand_over
from gateway.staff.problems import NotAllowed, NotThere
from gateway.staff.reports import STEPS, WITH_REASON, Report, Step, handling_clock, review_clock
from gateway.staff.roles import May
from gateway.staff.visit import Typed, Visit, database, visit
from schemas.identity import read_tracking_number

router = APIRouter(prefix="/staff/reports", include_in_schema=False, default_response_class=HTMLResponse)
CLASSES = ("quality", "service", "payment", "logistics", "other")
"""Classes of the procedure; codes of the default pack's categories."""
_REQUIRED = ("category", "text", "store", "region", "event_date", "place", "handling")
FIELDS = (
    "event_number", "category", "text", "store", "region", "event_date", "place", "name", "phone", "product",
    "batch_no", "handling",
)  # fmt: skip


@router.get("")
async def show_list(request: Request) -> Response:
    """Those of this account's stores and regions; the ones that wait come first."""
    here = await visit(request, May.SEE_REPORTS)
    async with database(here.parts) as connection:
        found = await reports.latest(connection, here.account)
        await audit(connection, here.parts.now(), here.account.account_id, "report.list")
    rows = [(one, *_clocks(here, one)) for one in found]
    return here.pages.page("reports.html", rows=rows)


@router.get("/new")
async def show_form(request: Request) -> Response:
    """The empty form."""
    here = await visit(request, May.FILE_REPORT)
    scope = here.account
    return _form(here, {"store": next(iter(scope.stores), ""), "region": next(iter(scope.regions), "")})


@router.post("/new")
async def file(request: Request) -> Response:
    """File a report; the same form again files nothing new. It is a complaint, too."""
    here = await visit(request, May.FILE_REPORT)

    async def take(typed: Typed) -> Response:
        form = _checked(here, typed)
        item = await hand_over(here, typed, "staff", None)
        report = Report(
            item.complaint_id,
            item.tracking_number,
            form.get("event_number", item.tracking_number),
            Step.FILED,
            form["store"],
            form["region"],
            form,
            here.account.account_id,
            here.parts.now(),
        )
        async with database(here.parts) as connection:
            await reports.file(connection, report, here.account.display_name)
        return _to(report.number)

    return await taken(here, take, lambda *again: _form(here, *again))


@router.get("/{number}")
async def show(request: Request, number: str) -> Response:
    """One report with its clocks, its steps and what this account may do."""
    here = await visit(request, May.SEE_REPORTS)
    return await _detail(here, await _found(here, number))


@router.get("/{number}/mend")
async def show_mending(request: Request, number: str) -> Response:
    """The form of a report that was sent back."""
    here = await visit(request, May.FILE_REPORT)
    report = await _found(here, number)
    _must_be_possible(here, report, Step.FILED)
    return _form(here, report.form, mends=report)


@router.post("/{number}/mend")
async def mend(request: Request, number: str) -> Response:
    """File it again."""
    here = await visit(request, May.FILE_REPORT)
    report = await _found(here, number)

    async def take(typed: Typed) -> Response:
        return await _step(here, report, Step.FILED, None, _checked(here, typed))

    return await taken(
        here, take, lambda typed, wrong, notice, status: _form(here, typed, wrong, notice, status, report)
    )


@router.post("/{number}")
async def act(request: Request, number: str) -> Response:
    """Pass it on, send it back with a reason, or close it with what was done."""
    here = await visit(request, May.SEE_REPORTS)
    report = await _found(here, number)
    async with here.sent() as typed:
        asked = typed.fields.get("step", "")
        step = Step(asked) if asked in set(Step) - {Step.FILED} else None
        reason = typed.fields.get("reason", "").strip()
    if step is None:
        raise NotThere("no such step")
    if step in WITH_REASON and not reason:
        return await _detail(here, report, here.pages.text(f"report.reason.{step}"), 422)
    return await _step(here, report, step, reason or None, None)


async def _step(
    here: Visit, report: Report, step: Step, reason: str | None, form: Mapping[str, str] | None
) -> Response:
    if not here.account.may(STEPS[step][1]):
        raise NotAllowed(step)
    async with database(here.parts) as connection:
        done = await reports.take(connection, report, step, here.account, here.parts.now(), reason, form)
    if not done:
        return await _detail(here, await _found(here, report.number), here.pages.text("report.moved"), 409)
    return _to(report.number)


def _must_be_possible(here: Visit, report: Report, step: Step) -> None:
    if step not in report.steps_for(here.account):
        raise NotAllowed(step)


def _checked(here: Visit, typed: Typed) -> dict[str, str]:
    required(typed.fields, *_REQUIRED)
    form = typed.chosen(FIELDS)
    if form["category"] not in CLASSES:
        raise InvalidFields([FieldError(("category",), "missing", "choose one of the classes")])
    local_time(typed.fields, "event_date", not_after=here.parts.now())
    here.must_cover(form["store"], form["region"])
    return form


async def _found(here: Visit, number: str) -> Report:
    canonical = read_tracking_number(number)
    async with database(here.parts) as connection:
        report = await reports.found(connection, canonical) if canonical else None
        if report is None:
            raise NotThere("no report")
        here.must_cover(report.store, report.region)
        await audit(connection, here.parts.now(), here.account.account_id, "report.see", [report.complaint_id])
    return report


async def _detail(here: Visit, report: Report, notice: str | None = None, status: int = 200) -> Response:
    async with database(here.parts) as connection:
        taken_steps = await reports.steps(connection, report.complaint_id)
    review, handling = _clocks(here, report)
    return here.pages.page(
        "report.html",
        status,
        report=report,
        names=[name for name in FIELDS if name in report.form],
        steps=taken_steps,
        possible=report.steps_for(here.account),
        review=review,
        handling=handling,
        notice=notice,
    )


def _clocks(here: Visit, report: Report) -> tuple[reports.Clock | None, reports.Clock | None]:
    now, settings = here.parts.now(), here.parts.staff
    return review_clock(report, now, settings), handling_clock(report, now, settings)


def _to(number: str) -> Response:
    return RedirectResponse(f"{router.prefix}/{number}", 303, headers={"Cache-Control": "no-store"})


def _form(
    here: Visit,
    values: Mapping[str, str],
    errors: Mapping[str, str] | None = None,
    notice: str | None = None,
    status: int = 200,
    mends: Report | None = None,
) -> Response:
    return here.pages.page(
        "report_form.html",
        status,
        values=filled(FIELDS, values),
        errors=errors or {},
        notice=notice,
        classes=CLASSES,
        mends=mends,
    )
