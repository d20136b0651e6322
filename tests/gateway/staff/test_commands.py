"""`intake staff` and `intake qr` at the command line."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from deploy.cli import qr, staff
from gateway.qr.revoked import FILE
from infra.database import migrate
from schemas.errors import InvalidRequest

pytestmark = pytest.mark.services

PASSWORD = "long enough 2026\n"


@pytest.fixture(autouse=True)
def installation(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An installation with a database, by the environment."""
    asyncio.run(migrate(database_url))
    monkeypatch.setenv("INTAKE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("INTAKE_DATABASE__URL", database_url)
    monkeypatch.setenv("INTAKE_GATEWAY__PUBLIC_URL", "https://c.example.com")
    for name in ("NUMBER", "PSEUDONYM", "TOKENS__K1"):
        monkeypatch.setenv(f"INTAKE_KEYS__{name}", "a key of the tests, of 32 characters")


def _run(app: Any, *arguments: str, stdin: str = "") -> str:
    done = CliRunner().invoke(app, list(arguments), input=stdin, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout


def test_an_account_is_made_listed_given_a_password_and_disabled() -> None:
    _run(staff.app, "add", "Wang.Li", "--role", "clerk", "--store", "人民路店", "--password-stdin", stdin=PASSWORD)
    _run(staff.app, "password", "wang.li", "--password-stdin", stdin="another long one\n")
    before = json.loads(_run(staff.app, "list", "--json"))["accounts"]
    _run(staff.app, "disable", "wang.li")
    after = json.loads(_run(staff.app, "list", "--json"))["accounts"]

    assert [(one["name"], one["roles"], one["stores"], one["state"]) for one in before] == [
        ("wang.li", ["clerk"], ["人民路店"], "active")
    ]
    assert after[0]["state"].startswith("disabled since")


@pytest.mark.parametrize("name", ["", "x", "王丽", "a b", "a" * 41])
def test_a_name_that_cannot_be_typed_everywhere_is_refused(name: str) -> None:
    with pytest.raises(InvalidRequest, match="name:"):
        _run(staff.app, "add", name, "--role", "clerk", "--password-stdin", stdin=PASSWORD)


def test_a_name_is_given_once() -> None:
    _run(staff.app, "add", "one", "--role", "clerk", "--password-stdin", stdin=PASSWORD)

    with pytest.raises(InvalidRequest, match="there is an account one"):
        _run(staff.app, "add", "ONE", "--role", "clerk", "--password-stdin", stdin=PASSWORD)


@pytest.mark.parametrize(("suffix", "begins"), [("svg", b"<?xml"), ("png", b"\x89PNG"), ("html", b"<!doctype html>")])
def test_a_code_is_written_in_each_form(tmp_path: Path, suffix: str, begins: bytes) -> None:
    out = tmp_path / f"code.{suffix}"

    made = json.loads(_run(qr.app, "make", "--store", "人民路店", "--counter", "三楼", "--out", str(out), "--json"))

    assert out.read_bytes().lstrip().startswith(begins)
    assert made["codes"][0]["url"].startswith("https://c.example.com/q/k1.0.")


def test_several_codes_go_on_one_sheet_only(tmp_path: Path) -> None:
    where = ("make", "--store", "人民路店", "--counter", "1", "--counter", "2", "--out")
    _run(qr.app, *where, str(tmp_path / "sheet.html"))

    assert (tmp_path / "sheet.html").read_text(encoding="utf-8").count("<article") == 2
    with pytest.raises(InvalidRequest, match="sheet"):
        _run(qr.app, *where, str(tmp_path / "code.png"))


def test_a_revoked_code_stands_in_the_list_and_in_the_file_of_the_gateway(tmp_path: Path) -> None:
    made = json.loads(_run(qr.app, "make", "--store", "人民路店", "--out", str(tmp_path / "c.svg"), "--json"))
    code_id = made["codes"][0]["code_id"]
    _run(qr.app, "revoke", code_id)

    [listed] = json.loads(_run(qr.app, "list", "--json"))["codes"]
    assert listed["revoked_at"] is not None
    assert json.loads((tmp_path / "home" / FILE).read_bytes()) == [code_id]
    with pytest.raises(InvalidRequest, match="no code"):
        _run(qr.app, "revoke", "0000000000")
