"""What the command line does where nothing runs: it reads files, checks, and says what to start."""

import json
import subprocess
import sys
from inspect import getdoc
from pathlib import Path

import pytest
import typer
from jsonschema import Draft202012Validator

from deploy.cli.app import COMMANDS, load
from deploy.contract import FOLDER
from deploy.demo.feed import DELIVERIES
from tests.deploy.cli.running import KEYS, Intake

pytestmark = pytest.mark.usefixtures("nothing_runs")


def test_a_process_told_to_break_at_a_place_there_is_not_does_not_start(
    intake: Intake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INTAKE_KAFKA__BOOTSTRAP_SERVERS", "127.0.0.1:9")
    monkeypatch.setenv("INTAKE_FAILPOINTS", "gateway.spoolt=kill")
    monkeypatch.setattr("deploy.process.configure", lambda *_: None)  # it binds all loggers to this test's stderr
    for name, key in KEYS.items():
        monkeypatch.setenv(name, key)

    done = intake("gateway")
    settings = intake("settings", "--json")

    assert done.code == 2
    assert "INTAKE_FAILPOINTS: there is no place gateway.spoolt; places are " in done.err
    assert (settings.code, settings.json["unknown"]) == (0, [])


@pytest.mark.parametrize(
    "command",
    [
        ("tail", "complaints.received.v1"),
        ("lag",),
        ("sla",),
        ("reconcile",),
        ("show", "7ZZZ"),
        ("suspended", "list"),
        ("dead-letters", "list"),
        ("gateway",),
        ("connector", "imap"),
        ("worker", "all"),
        ("resume", "route", "--reason", "mended"),
        ("submit", str(DELIVERIES / "4-price-difference.eml")),
    ],
    ids=lambda command: " ".join(command[:2]),
)
def test_a_command_that_reaches_nothing_exits_3_and_says_what_to_start(
    intake: Intake, command: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    if command[0] == "connector":
        for name in ("HOST", "USER", "PASSWORD"):
            monkeypatch.setenv(f"INTAKE_MAILBOXES__CARE__{name}", "x")

    done = intake(*command)

    assert (done.code, done.out) == (3, "")
    assert "intake run" in done.err


@pytest.mark.parametrize("name", COMMANDS)
def test_the_help_line_of_a_command_is_how_its_help_begins(name: str) -> None:
    found = load(name)

    whole = found.info.help if isinstance(found, typer.Typer) else getdoc(found)
    assert (whole or "").startswith(COMMANDS[name][1])


def test_only_the_command_that_is_asked_for_is_imported() -> None:
    asked = "import sys; from deploy.cli.app import app_for; app_for(['tail']); print(*sys.modules)"
    imported = subprocess.run([sys.executable, "-c", asked], check=True, capture_output=True, text=True).stdout.split()

    assert "deploy.cli.tail" in imported
    assert not {"deploy.cli.lag", "workers", "gateway", "sqlalchemy.orm"} & set(imported)


@pytest.mark.parametrize(
    ("command", "hint"),
    [
        (("worker", "classfy"), "did you mean classify?"),
        (("connector", "imp"), "imap"),
        (("parse", "somewhere/none.eml"), "No such file"),
        (("submit", __file__), "--channel"),
        (("submit", "letter.docx"), "No such file"),
        (("nonsense",), "nonsense"),
        (("dead-letters", "replay"), "--stage"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_wrong_usage_exits_2_with_a_hint(intake: Intake, command: tuple[str, ...], hint: str) -> None:
    done = intake(*command)

    assert (done.code, done.out) == (2, "")
    assert hint in done.err


def test_parse_prints_a_line_a_complaint_with_file_and_item(intake: Intake) -> None:
    files = sorted(DELIVERIES.iterdir())

    done = intake("parse", *files)

    assert done.code == 0
    assert [(line["file"], line["item"]) for line in done.lines] == [(str(file), 0) for file in files]
    schema = json.loads((FOLDER / "commands" / "parse-complaint.json").read_text())
    assert [error.message for line in done.lines for error in Draft202012Validator(schema).iter_errors(line)] == []


def test_parse_reads_the_samples_right(intake: Intake) -> None:
    first, second, _, fourth, fifth, sixth = intake("parse", *sorted(DELIVERIES.iterdir())).lines

    assert (first["channel"], first["language"], first["sender"]["name"]) == ("web", "zh-Hans", "李梅")
    assert second["stated"]["order_no"] == "DD2026111800417"
    assert (fourth["channel"], fourth["subject"]) == ("email", "结账价格和货架价签不一致")
    assert fifth["language"] == "en"
    assert "电饭煲" in sixth["text"]


def test_parse_gives_the_same_numbers_again_and_for_the_same_delivery_only(intake: Intake) -> None:
    files = sorted(DELIVERIES.iterdir())

    once, again = intake("parse", *files), intake("parse", *files)

    numbers = [line["tracking_number"] for line in once.lines]
    assert numbers == [line["tracking_number"] for line in again.lines]
    assert len(set(numbers)) == len(numbers)


def test_parse_takes_the_time_of_receipt_from_its_option(intake: Intake) -> None:
    file = DELIVERIES / "4-price-difference.eml"

    [line] = intake("parse", "--received-at", "2026-11-20T10:00:00+08:00", file).lines

    assert line["received_at"] == "2026-11-20T02:00:00.000Z"


@pytest.mark.parametrize(
    ("channel", "content"),
    [
        ("email", b""),
        ("email", b"\x00\xff\xfe"),
        ("web", b"{"),
        ("web", b"[]"),
        ("web", b'{"text": ""}'),
        ("web", b""),
        ("webhook", b"{}"),
    ],
)
def test_parse_says_why_something_would_be_suspended_and_exits_0(
    intake: Intake, channel: str, content: bytes, tmp_path: Path
) -> None:
    file = tmp_path / "delivery"
    file.write_bytes(content)

    done = intake("parse", "--channel", channel, file)

    [line] = done.lines
    assert done.code == 0
    assert line["suspended"] in {"unreadable", "empty"}
    assert (line["file"], line["item"]) == (str(file), 0)
    assert line["detail"]


def test_parse_reads_an_event_of_a_webhook_that_nobody_signed(intake: Intake) -> None:
    sample = Path(__file__).parents[2] / "connectors" / "webhook" / "samples" / "complaint.json"

    done = intake("parse", "--channel", "webhook", sample)

    [line] = done.lines
    assert (done.code, line["channel"], line["subject"]) == (0, "webhook", "冰箱门封条开裂")


def test_understand_answers_each_line_and_names_the_broken_one(intake: Intake) -> None:
    asked = ['{"id": "a", "text": "快递晚到了五天"}', "not json", '{"id": "b", "text": "收银员态度恶劣"}']

    done = intake("understand", stdin="\n".join(asked).encode())

    assert done.code == 1
    assert [(line["id"], line["primary"]) for line in done.lines] == [("a", "logistics"), ("b", "service")]
    assert "line 2" in done.err


def test_understand_names_an_empty_line_and_one_without_text_and_answers_all_others(intake: Intake) -> None:
    asked = [
        '{"id": "a", "text": "快递晚到了五天"}',
        "",
        '{"id": "b"}',
        '{"id": "c", "text": ""}',
        '{"id": 4, "text": 5}',
    ]

    done = intake("understand", stdin="\n".join(asked).encode())

    assert (done.code, [line["id"] for line in done.lines]) == (1, ["a", "c"])
    assert [line.partition(": ")[2][:22] for line in done.err.splitlines()] == [
        "line 2: empty: leave i", "line 3: text: missing:", "line 5: text: Input sh",
    ]  # fmt: skip


def test_understand_without_anything_on_stdin_is_a_usage_error(intake: Intake) -> None:
    done = intake("understand")

    assert (done.code, done.out) == (2, "")
    assert "nothing on stdin" in done.err


@pytest.mark.parametrize(
    "asked", [("no-such.yaml",), ("--organisation", "no-such.csv"), ("default", "--organisation", ".")]
)
def test_policy_check_of_a_file_that_is_not_there_is_a_usage_error(intake: Intake, asked: tuple[str, ...]) -> None:
    done = intake("policy", "check", *asked)

    assert (done.code, done.out) == (2, "")
    assert done.err.startswith(f"intake: {asked[-1]}: ")
    assert "name a file that is there" in done.err


def test_policy_check_accepts_the_default_pack_and_names_the_line_of_a_mistake(intake: Intake, tmp_path: Path) -> None:
    broken = tmp_path / "pack.yaml"
    broken.write_text("name: shop\nversion: '1'\ncolour: red\n")

    good, bad = intake("policy", "check", "schemas/packs/default.yaml"), intake("policy", "check", broken, "--json")

    assert good.code == 0
    assert (bad.code, bad.json["valid"]) == (1, False)
    assert any(f"{broken}:3" in problem for problem in bad.json["problems"])


def test_settings_are_printed_with_meaning_default_and_origin(intake: Intake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INTAKE_KAFKA__PREFIX", "shop")
    monkeypatch.setenv("INTAKE_DATABASE__URL", "postgresql://u:hidden-word@db.example/x")

    done = intake("settings", "--json")

    lines = {line["name"]: line for line in done.json["settings"]}
    assert lines["INTAKE_KAFKA__PREFIX"]["origin"] == "environment INTAKE_KAFKA__PREFIX"
    assert "hidden-word" not in done.out
    assert "hidden-word" not in intake("settings").out


def test_status_of_the_platform_is_null_where_nothing_runs(intake: Intake) -> None:
    done = intake("platform", "status", "--json")

    assert (done.code, done.json) == (0, {"kafka": None, "database": None, "mailbox": None, "gateway": None})


def test_asking_leaves_nothing_in_the_home(intake: Intake, nothing_runs: Path) -> None:
    for command in (("settings",), ("parse", DELIVERIES / "1-expired-milk.json"), ("platform", "status"), ("stages",)):
        intake(*command)

    assert [entry.name for entry in nothing_runs.iterdir()] == []


def test_the_topics_are_listed_with_those_of_the_departments(intake: Intake) -> None:
    names = [topic["name"] for topic in intake("topics", "--json").json["topics"]]

    assert "complaints.received.v1" in names
    assert "departments.quality.v1" in names


def test_every_command_explains_itself(intake: Intake) -> None:
    done = intake("--help")

    assert done.code == 0
    for command in ("run", "gateway", "connector", "worker", "platform", "submit", "parse", "understand", "show"):
        assert f"\n  {command} " in done.out
        assert intake(command, "--help").code == 0
