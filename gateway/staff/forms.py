"""Sent forms of members of staff: taken, or shown again with everything typed."""

from collections.abc import Awaitable, Callable, Collection, Mapping
from datetime import UTC, datetime, timedelta

from fastapi.responses import Response

from connectors.web.errors import FieldError, InvalidFields
from connectors.web.fields import form_field
from gateway.problems import problem
from gateway.staff.problems import NoDatabase, StaffProblem
from gateway.staff.render import CHINA, StaffPages
from gateway.staff.texts import texts
from gateway.staff.visit import Typed, Visit, nonce_of
from schemas.errors import IntakeError, NotDurable, TooLarge, TooMany

_KNOWN: Mapping[type[IntakeError], str] = {
    NotDurable: "problem.again",
    TooMany: "problem.many",
    TooLarge: "problem.large",
    NoDatabase: NoDatabase.text,
}
_CLOCKS_DIFFER = timedelta(minutes=5)

Again = Callable[[Mapping[str, str], Mapping[str, str], str | None, int], Response]
"""Shows a form again: what was typed, field → what is wrong, a sentence above it, the status."""


async def taken(here: Visit, take: Callable[[Typed], Awaitable[Response]], again: Again) -> Response:
    """Take a sent form; what its sender can mend, or may try again, shows it again. Raises `StaffProblem`."""
    typed: Typed | None = None
    try:
        async with here.sent() as typed:
            return await take(typed)
    except InvalidFields as error:
        fields = typed.fields if typed else {}
        return again(fields, field_errors(here.pages, error), here.pages.text("notice.errors"), 422)
    except StaffProblem as error:
        if typed is None or not isinstance(error, NoDatabase):
            raise
        return again(typed.fields, {}, here.pages.text(error.text), 503)
    except IntakeError as error:
        pages = here.pages
        notice = pages.text(_KNOWN.get(type(error), "problem.other"))
        if typed is None:
            headers = {name: value for name, value in problem(error).headers.items() if name == "retry-after"}
            return pages.page("problem.html", error.http_status, headers, notice=notice)
        return again(typed.fields, {}, notice, error.http_status)


def filled(names: Collection[str], typed: Mapping[str, str]) -> dict[str, str]:
    """A form's fields as they are shown: what was typed, blank where nothing was, and the nonce that makes it one."""
    values = dict.fromkeys(names, "") | {name: typed[name] for name in names if name in typed}
    return values | {"nonce": nonce_of(typed.get("nonce"))}


def field_errors(pages: StaffPages, error: InvalidFields) -> dict[str, str]:
    """Form field → what is wrong, in the page's language."""
    found: dict[str, str] = {}
    for one in error.errors:
        name = form_field(one.path)
        keys = (f"error.{name}.{one.code}", f"error.{one.code}", "error.invalid")
        found.setdefault(name, pages.text(next(key for key in keys if key in texts())))
    return found


def required(fields: Mapping[str, str], *names: str) -> None:
    """Raise `InvalidFields` naming every one that is blank."""
    blank = [name for name in names if not fields.get(name, "").strip()]
    if blank:
        raise InvalidFields(FieldError((name,), "missing", "must not be blank") for name in blank)


def local_time(fields: Mapping[str, str], name: str, *, not_after: datetime | None = None) -> datetime | None:
    """A date and hour in China as `<input type=datetime-local>` sends it; None when blank. Raises `InvalidFields`."""
    typed = fields.get(name, "").strip()
    if not typed:
        return None
    try:
        local = datetime.fromisoformat(typed)
        when = (local if local.tzinfo else local.replace(tzinfo=CHINA)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise InvalidFields([FieldError((name,), "invalid", "must be a date and hour")]) from error
    if not_after is not None and when > not_after + _CLOCKS_DIFFER:
        raise InvalidFields([FieldError((name,), "future", "must not lie in the future")])
    return when
