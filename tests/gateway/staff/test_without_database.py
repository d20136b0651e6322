"""What the staff pages promise without a database."""

import re
from datetime import timedelta
from pathlib import Path

import pytest

from gateway.staff.passwords import Passwords, hashed, pause_after
from gateway.staff.roles import PERMISSIONS, Account, May, Role
from gateway.staff.texts import LANGUAGES, staff_texts, texts
from schemas.errors import InvalidRequest
from schemas.identity import named_uuid
from schemas.settings.staff import StaffSettings
from tests.gateway.http import gateway


@pytest.mark.parametrize("path", ["/staff", "/staff/sign-in"])
async def test_without_a_database_staff_are_told_so_and_customers_are_served(tmp_path: Path, path: str) -> None:
    async with gateway(tmp_path) as of:
        staff = await of.client.get(path)
        customer = await of.client.post("/complaints", data={"text": "酸奶过期"})

    assert (staff.status_code, customer.status_code) == (503, 202)
    assert texts()["problem.database"]["zh-CN"] in staff.text


def test_every_text_exists_in_both_languages() -> None:
    for key, languages in staff_texts().items():
        assert set(languages) == set(LANGUAGES), key
        assert all(languages.values()), key
        places = {tuple(sorted(re.findall(r"{\w+}", words))) for words in languages.values()}
        assert len(places) == 1, key


def test_every_text_a_template_asks_for_exists() -> None:
    for template in Path("gateway/staff/templates").glob("*.html"):
        for key in re.findall(r'\bt\("([\w.]+)"[,)]', template.read_text(encoding="utf-8")):
            assert key in texts(), (template.name, key)


def test_templates_load_nothing_from_elsewhere_and_run_nothing_inline() -> None:
    served = [one for one in Path("gateway/staff/templates").glob("*.html") if one.name != "qr_file.html"]
    assert len(served) > 10
    for template in served:
        page = template.read_text(encoding="utf-8")
        assert not re.search(r'(src|href)="(?!/|#|\{\{)', page), template.name
        assert not re.search(r"<script(?! src=)|<style| style=| on\w+=", page), template.name


async def test_a_password_fits_only_its_own_hash_in_any_form_of_typing() -> None:
    kept = hashed("ｐａｓｓｗｏｒｄ密码2026", StaffSettings())
    passwords = Passwords()

    assert await passwords.fit("password密码2026", kept)
    assert not await passwords.fit("password密码2027", kept)
    assert not await passwords.fit("nobody has this password", None)


def test_a_short_password_is_refused_without_being_quoted() -> None:
    with pytest.raises(InvalidRequest) as refused:
        hashed("secret", StaffSettings())

    assert "secret" not in str(refused.value)


def test_pauses_double_up_to_the_longest() -> None:
    settings = StaffSettings(free_tries=2, first_pause=timedelta(seconds=30), longest_pause=timedelta(minutes=2))

    pauses = [pause_after(tries, settings).total_seconds() for tries in range(7)]

    assert pauses == [0, 0, 30, 60, 120, 120, 120]


def test_every_role_is_declared_and_only_admin_may_do_everything_but_read_what_is_sealed() -> None:
    assert set(PERMISSIONS) == set(Role)
    assert [role for role in Role if set(PERMISSIONS[role]) == set(May) - {May.SEE_SEALED}] == [Role.ADMIN]


def test_an_account_covers_its_stores_and_regions_or_everything() -> None:
    someone = named_uuid("x")
    everywhere = Account(someone, "a", "a", (Role.ADMIN,))
    store = Account(someone, "b", "b", (Role.CLERK,), stores=("S1",))
    region = Account(someone, "c", "c", (Role.REGIONAL_MANAGER,), regions=("north",))
    both = Account(someone, "d", "d", (Role.CLERK,), stores=("S1",), regions=("north",))

    assert everywhere.covers("S1") and everywhere.covers(None)  # noqa: PT018
    assert [store.covers("S1"), store.covers("S2"), store.covers(None)] == [True, False, False]
    assert [region.covers("S1", "north"), region.covers("S1", "south"), region.covers("S1", "")] == [True, False, False]
    assert [both.covers("S1", "north"), both.covers("S2", "north")] == [True, False]
