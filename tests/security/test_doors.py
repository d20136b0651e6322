"""Forced browsing: every address of the application, from nobody, from each role, with forged forms."""

from pathlib import Path

import pytest

from gateway.staff.roles import PERMISSIONS, May, Role
from gateway.tokens import Scope
from tests.gateway.staff.conftest import hidden
from tests.operations.desk.conftest import Office
from tests.security.doors import DOORS, MOUNTS, Open, address, allowed, application, doors_of, staff_doors

SESSION_ENDS = ("POST", "/staff/sign-out")
SAID_BEFORE = {"/staff/authority": 503, "/staff/reports/{number}/mend": 404, "/staff/reports/{number}": 404}
"""Answered before the form is looked at: a channel that is not read here, a report that is not there."""
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND")


async def test_a_new_address_needs_a_decision_who_may_come_in(tmp_path: Path) -> None:
    found, mounts = doors_of(await application(tmp_path))

    assert found - set(DOORS) == set(), "decide in tests/security/doors.py who may come in"
    assert set(DOORS) - found == set(), "these are gone: take them out of tests/security/doors.py"
    assert mounts == MOUNTS


def test_every_address_under_staff_and_ops_asks_for_a_permission() -> None:
    for (method, path), needs in DOORS.items():
        inside = path.split("/")[1] in {"staff", "ops"}

        assert inside == (isinstance(needs, May) or needs is Open.ENTRANCE), (method, path)


def test_no_permission_is_every_roles() -> None:
    for needs in set(May) - {May.SIGN_IN}:
        assert any(needs not in granted for granted in PERMISSIONS.values()), needs


@pytest.mark.services
async def test_nobody_comes_in_without_signing_in(office: Office) -> None:
    for (method, path), _ in staff_doors():
        answer = await office.of.client.request(method, address(path), headers={"accept": "text/html"})

        assert answer.status_code == 303, (method, path, answer.status_code)
        assert answer.headers["location"].startswith("/staff/sign-in"), path
        assert answer.headers["cache-control"] == "no-store", path


@pytest.mark.services
async def test_a_cookie_of_no_session_is_nobodys(office: Office) -> None:
    office.of.client.cookies.set("staff_session", "x" * 43)

    for (method, path), _ in staff_doors():
        answer = await office.of.client.request(method, address(path))

        assert answer.status_code == 303, (method, path, answer.status_code)


@pytest.mark.services
@pytest.mark.parametrize("role", list(Role))
async def test_each_role_comes_in_where_it_may_and_nowhere_else(office: Office, role: Role) -> None:
    await office.signed_in("somebody", role)
    token = hidden((await office.of.client.get("/staff")).text)

    for (method, path), needs in staff_doors():
        if (method, path) != SESSION_ENDS:
            data = token | {"action": "replay"} if method == "POST" else None
            answer = await office.of.client.request(method, address(path), data=data)

            assert (answer.status_code == 403) == (not allowed(role, needs)), (role, method, path, answer)
            assert answer.status_code != 500, (role, method, path, answer)
            assert not answer.headers.get("location", "").startswith("/staff/sign-in"), (role, method, path)


@pytest.mark.services
async def test_no_form_is_taken_without_the_token_of_its_session(office: Office) -> None:
    everything = (Role.ADMIN, Role.CLERK, Role.STORE_MANAGER, Role.REGIONAL_MANAGER, Role.REGULATOR_AFFAIRS)
    await office.signed_in("first", *everything)
    of_another = hidden((await office.of.client.get("/staff")).text)
    await office.signed_in("second", *everything)

    for (method, path), _ in staff_doors():
        if method == "POST":
            for data in ({"action": "replay"}, of_another, {"csrf": "forged"}):
                answer = await office.of.client.post(address(path), data=data)
                assert answer.status_code == SAID_BEFORE.get(path, 403), (path, data, answer)
            for kind in ("application/json", "text/plain"):
                answer = await office.of.client.post(address(path), content=b"{}", headers={"content-type": kind})
                assert answer.status_code in (SAID_BEFORE.get(path, 403), 415), (path, kind, answer)
    assert (await office.of.client.get("/staff")).status_code == 200, "still signed in"


@pytest.mark.services
async def test_no_address_answers_a_method_it_does_not_have(office: Office) -> None:
    await office.signed_in("somebody", Role.ADMIN)
    patterns = {path for _, path in DOORS}

    for path in patterns:
        known = {method for method, of in DOORS if of == path}
        alike = {method for method, of in DOORS if of != path and address(of) == address(path)}
        for method in set(METHODS) - known - alike:
            answer = await office.of.client.request(method, address(path))

            assert answer.status_code in (404, 405), (method, path, answer)


@pytest.mark.services
@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"authorization": "Bearer"},
        {"authorization": "Bearer cit_" + "x" * 43},
        {"authorization": "Basic Y2l0Xzpjb2Rl"},
        {"authorization": "Bearer \x00"},
        {"cookie": "staff_session=x"},
    ],
)
async def test_a_department_door_opens_to_its_token_alone(office: Office, wrong: dict[str, str]) -> None:
    for (method, path), needs in DOORS.items():
        if isinstance(needs, Scope):
            answer = await office.of.client.request(method, address(path), headers=wrong, params={"purpose": "to call"})

            assert answer.status_code == 401, (path, wrong, answer)
            assert answer.headers["content-type"] == "application/problem+json"
