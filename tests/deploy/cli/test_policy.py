"""`intake policy` says in words what a pack does, and what it would do with one complaint, without anything running."""

import json
import re
from pathlib import Path

import pytest

from schemas.policy.loading import shipped_packs
from schemas.policy_lines import PolicyExplanation, PolicyWalk
from tests.deploy.cli.running import Intake

pytestmark = pytest.mark.usefixtures("nothing_runs")
ORGANISATION = "deploy/demo/organisation.yaml"
LANGUAGES = ("zh", "en")
HAN = re.compile(r"[\u3400-\u9fff]")
ENGLISH = re.compile(r"[A-Za-z]{3,}(?!@)\b(?!@)")
TEXT = "人民路店的店长态度恶劣，当众骂人"


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("pack", shipped_packs())
def test_every_shipped_pack_is_good_and_explained_in_both_languages(intake: Intake, pack: str, lang: str) -> None:
    checked, explained = intake("policy", "check", pack), intake("policy", "explain", pack, "--lang", lang, "--json")

    assert checked.out == f"{pack}: good, {pack}@1\n"
    assert len(PolicyExplanation.model_validate_json(explained.out).lines) > 60


@pytest.mark.parametrize("pack", shipped_packs())
def test_a_pack_is_explained_in_one_language(intake: Intake, pack: str) -> None:
    chinese, english = (intake("policy", "explain", pack, "--lang", lang, "--json").json["lines"] for lang in LANGUAGES)

    codes = {"类别", "部门"}
    assert [one["says"] for one in chinese if ENGLISH.search(one["says"]) and one["section"] not in codes] == []
    assert [one["says"] for one in english if HAN.search(one["says"])] == []


@pytest.mark.parametrize(
    "text",
    [
        TEXT,
        "牛奶过期了，孩子喝了拉肚子，要找媒体曝光，赔1200元",
        "律师函",
        "快递还没到",
        "第三次了，再也不来了，10箱都破了",
    ],
)
def test_a_walk_is_told_in_one_language(intake: Intake, text: str) -> None:
    asked = ("policy", "explain", "p3", "--organisation", ORGANISATION, "--text", text, "--json")

    chinese, english = (intake(*asked, "--lang", lang).json["steps"] for lang in LANGUAGES)

    assert [one["says"] for one in chinese if ENGLISH.search(one["says"])] == []
    assert [one["says"] for one in english if HAN.search(one["says"]) or not one["says"]] == []


def test_one_rule_is_explained_by_its_id(intake: Intake) -> None:
    done = intake("policy", "explain", "--rule", "severity.boxes_10")
    wrong = intake("policy", "explain", "--rule", "severity.boxes_11")

    assert "数量达到 10 箱：严重程度提高到 2 级" in done.out
    assert (wrong.code, "nearest: severity.boxes_10" in wrong.err) == (2, True)


def test_text_is_walked_through_the_rules_step_by_step(intake: Intake) -> None:
    done = intake("policy", "explain", "p3", "--organisation", ORGANISATION, "--text", TEXT)
    as_json = intake("policy", "explain", "p3", "--organisation", ORGANISATION, "--text", TEXT, "--json")

    assert "[route.service] → 门店运营部" in done.out
    assert "门店：人民路店（S-01）" in done.out
    assert "[p3.same_day] 办结 →" in done.out
    found = PolicyWalk.model_validate_json(as_json.out)
    assert (found.department, found.judge, found.case_class) == (
        "store-operations",
        "regional-manager",
        "service",
    )


def test_complaint_as_json_is_walked_with_its_own_time_and_channel(intake: Intake) -> None:
    asked = {"text": "收到 10 箱破损", "channel": "phone", "received_at": "2026-11-20T02:00:00Z"}

    done = intake("policy", "explain", "p3", "--complaint", "-", "--json", stdin=json.dumps(asked).encode())

    clocks = {one["clock"]: one for one in done.json["clocks"]}
    assert (done.json["severity"], done.json["department"]) == (2, "secretary-office")
    assert (clocks["handle"]["rule_id"], clocks["handle"]["due_at"]) == ("p3.same_day", "2026-11-20T16:00:00.000Z")


@pytest.mark.parametrize("typed", ['{"text": 1, "received_at": "yesterday"}', '{"text": ', '{"complaint_id": 7}'])
def test_what_is_no_complaint_is_refused_in_a_sentence(intake: Intake, typed: str) -> None:
    done = intake("policy", "explain", "--complaint", "-", stdin=typed.encode())

    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("intake: ")


def test_number_of_a_complaint_needs_the_running_system(intake: Intake) -> None:
    assert intake("policy", "explain", "--complaint", "7ZZZ").code == 3


def test_organisation_is_checked_alone_and_against_the_pack(intake: Intake, tmp_path: Path) -> None:
    wrong = tmp_path / "shops.csv"
    wrong.write_text("类型,编码,名称,上级\n部门,gardening,园艺部,\n", encoding="utf-8")

    alone = intake("policy", "check", "--organisation", str(wrong), "--json")
    both = intake("policy", "check", "default", "--organisation", str(wrong), "--json")
    nothing = intake("policy", "check")

    assert (alone.code, alone.json["organisation"].startswith("shops@")) == (0, True)
    assert (both.code, "departments.gardening: default@1 has no such department" in both.json["problems"][0]) == (
        1,
        True,
    )
    assert nothing.code == 2


def test_pack_that_ships_is_put_into_force_by_its_name(intake: Intake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INTAKE_POLICY", "p4")

    done = intake("understand", stdin='{"id": 1, "text": "这批纸盒有致命缺陷"}'.encode())

    assert (done.lines[0]["policy"], done.lines[0]["severity"]) == ("p4@1", 1)


def test_understanding_finds_the_stores_of_the_organisation(intake: Intake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INTAKE_ORGANISATION", ORGANISATION)

    done = intake("understand", stdin='{"id": 1, "text": "在小程序商城买的牛奶过期了"}'.encode())

    assert [one["value"] for one in done.lines[0]["fields"]["store"]] == ["S-12"]
