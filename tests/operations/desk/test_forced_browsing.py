"""Every address of the working pages asks who is there and what that person may do, before anything else."""

from collections.abc import Iterator
from uuid import UUID, uuid4

import pytest
from fastapi.routing import APIRoute

from gateway.staff.roles import PERMISSIONS, May, Role
from operations.pages.desk import ROUTERS
from tests.gateway.staff.conftest import hidden
from tests.operations.desk.conftest import Office

pytestmark = pytest.mark.services

NEEDS = {
    ("GET", "/ops/suspended"): May.SEE_OPERATIONS,
    ("GET", "/ops/suspended/{item}"): May.SEE_OPERATIONS,
    ("POST", "/ops/suspended/act"): May.REPLAY,
    ("POST", "/ops/suspended/{item}/raw"): May.SEE_RAW,
    ("GET", "/ops/dead-letters"): May.SEE_OPERATIONS,
    ("GET", "/ops/dead-letters/{item}"): May.SEE_OPERATIONS,
    ("POST", "/ops/dead-letters/act"): May.REPLAY,
    ("POST", "/ops/dead-letters/{item}/raw"): May.SEE_RAW,
    ("GET", "/ops/tasks"): May.SEE_OPERATIONS,
    ("GET", "/ops/tasks/{task}"): May.SEE_OPERATIONS,
    ("POST", "/ops/tasks/{task}/{act}"): May.DO_TASKS,
    ("GET", "/ops/outbox"): May.SEE_OPERATIONS,
    ("GET", "/ops/outbox/{message}"): May.SEE_COMPLAINTS,
    ("GET", "/ops/stages"): May.SEE_OPERATIONS,
    ("POST", "/ops/stages/{stage}/resume"): May.RESUME,
    ("GET", "/ops/review"): May.SEE_OPERATIONS,
    ("GET", "/ops/review/{complaint}"): May.SEE_COMPLAINTS,
    ("POST", "/ops/review/{complaint}/correct"): May.REVIEW,
    ("POST", "/ops/review/{complaint}/{act}"): May.REVIEW,
    ("GET", "/ops/links"): May.SEE_OPERATIONS,
    ("GET", "/ops/links/{number}"): May.SEE_COMPLAINTS,
    ("POST", "/ops/links/{number}"): May.RELINK,
    ("GET", "/ops/complaints/{number}/reply"): May.REPLY,
    ("POST", "/ops/complaints/{number}/reply"): May.REPLY,
}
"""What each address needs at least."""
_FILLED = {"act": "claim", "stage": "classify"}


def routes() -> Iterator[tuple[str, str]]:
    """Method and pattern of every address."""
    for router in ROUTERS:
        for route in router.routes:
            assert isinstance(route, APIRoute)
            for method in route.methods or ():
                yield method, route.path


def address(pattern: str, item: UUID) -> str:
    """The pattern with something in it."""
    for name in ("item", "task", "message", "complaint", "number", "stage", "act"):
        pattern = pattern.replace(f"{{{name}}}", _FILLED.get(name, str(item)))
    return pattern


def test_no_address_is_without_its_permission() -> None:
    assert set(routes()) == set(NEEDS)


async def test_nobody_reaches_an_address_without_signing_in(office: Office) -> None:
    for method, pattern in NEEDS:
        answer = await office.of.client.request(method, address(pattern, uuid4()), headers={"accept": "text/html"})

        assert answer.status_code == 303, pattern
        assert answer.headers["location"].startswith("/staff/sign-in"), pattern


@pytest.mark.parametrize("role", list(Role))
async def test_each_role_reaches_what_it_may_and_nothing_else(office: Office, role: Role) -> None:
    await office.signed_in("somebody", role)
    token = hidden((await office.of.client.get("/staff")).text)

    for (method, pattern), needs in NEEDS.items():
        data = token | {"action": "replay"} if method == "POST" else None
        answer = await office.of.client.request(method, address(pattern, uuid4()), data=data)

        assert (answer.status_code == 403) == (needs not in PERMISSIONS[role]), (role, method, pattern, answer)
        assert answer.status_code != 500, (role, method, pattern)


async def test_a_post_without_the_token_of_this_session_changes_nothing(office: Office) -> None:
    await office.signed_in("first", Role.SUPERVISOR)
    of_another = hidden((await office.of.client.get("/ops/stages")).text)
    await office.signed_in("chen", Role.SUPERVISOR)

    for method, pattern in NEEDS:
        if method == "POST":
            for data in ({"action": "replay"}, of_another | {"action": "replay"}, {"csrf": "forged"}):
                answer = await office.of.client.post(address(pattern, uuid4()), data=data)

                assert answer.status_code == 403, (pattern, data)
    assert await office.actions() == []


async def test_what_is_no_id_or_no_filter_is_answered_with_a_page_and_never_a_crash(office: Office) -> None:
    await office.signed_in("chen", Role.SUPERVISOR, Role.REGULATOR_AFFAIRS)
    hostile = ("%00", "..%2F..", "%27%20OR%201=1", "x" * 500, "%3Cscript%3E", "0", "-1", "1e9", "%F0%9F%92%A9")

    for method, pattern in NEEDS:
        if method == "GET":
            for one in hostile:
                for name in ("item", "task", "message", "complaint", "number"):
                    filled = pattern.replace(f"{{{name}}}", one)
                    filters = f"?page={one}&kind={one}&group={one}&week={one}&state={one}&reason={one}&department={one}"
                    answer = await office.of.client.get(filled + filters)

                    assert answer.status_code in (200, 404, 405), (filled, answer.status_code)
                    assert "<script>" not in answer.text
