"""A pack that cannot be followed is refused with line and remedy; the one that ships is complete."""

from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from schemas.policy import Facts, PolicyInvalid, When, load_pack
from schemas.policy.loading import DEFAULT_PACK
from schemas.policy.organisation import load_organisation
from tests.schemas.making import RECEIVED_AT

PACK = load_pack()
SOURCE = DEFAULT_PACK.read_text(encoding="utf-8")


def edited(tmp_path: Path, old: str, new: str) -> tuple[Path, int]:
    """The default pack with its first `old` replaced, and the line that stood on."""
    assert old in SOURCE
    path = tmp_path / "pack.yaml"
    path.write_text(SOURCE.replace(old, new, 1), encoding="utf-8")
    return path, SOURCE[: SOURCE.index(old)].count("\n") + 1


def test_every_category_knows_at_least_sixty_terms() -> None:
    for category in PACK.categories:
        terms = {*category.terms.defects, *category.terms.topics, *category.terms.hints}
        assert category.code == "other" or len(terms) >= 60, category.code


def test_every_category_has_a_department_of_its_own_choice() -> None:
    routed = {code for rule in PACK.routing for code in rule.when.categories or ()}

    assert {category.code for category in PACK.categories} - routed == {"other"}


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("time_zone:", "timezone:", "did you mean 'time_zone'"),
        ("time_zone: Asia/Shanghai", "time_zone: Mars/Olympus", "no time zone"),
        ("responsible: finance", "responsible: treasury", "no department 'treasury'"),
        ("copies: [procurement]", "copies: [buyers]", "no department 'buyers'"),
        ("categories: [logistics]", "categories: [delivery]", "'delivery' is not declared"),
        ("terms: [media_threat]", "terms: [media]", "'media' is not declared"),
        ("promised_clock: first-reply", "promised_clock: quick", "no clock 'quick'"),
        ("amount_at_least: 10000", "amount_at_least: many", "decimal"),
        ("level: 1, reason: 涉及金额", "level: 4, reason: 涉及金额", "1, 2 or 3"),
        ("due: {hours: 72}", "due: {hours: 0}", "above 0"),
        ("受理编号：{tracking_number}", "受理编号：{number}", "unknown placeholder"),
        ("查看进展、补充说明或照片：{status_url}", "查看进展", "lacks ['status_url']"),
        ("variant: page", "variant: unclassified", "there must be one"),
        ("{code: finance,", "{code: Finance!,", "pattern"),
        ("reason: 发现异物，如虫、玻璃、刀片、金属", "", "missing: add this key"),
        ("name: default", "name: default\nname: twice", "is here twice"),
        ("name: default", "name: [", "not valid YAML"),
        ("name: default", "name: default\n[a, list]: 1", "cannot be a key: write a plain word"),
        ("name: default", "name: default\n{a: mapping}: 1", "cannot be a key: write a plain word"),
        ("name: default", "name: 2026-13-45", "month must be in 1..12; quote it"),
    ],
)
def test_problem_is_named_with_file_line_and_remedy(tmp_path: Path, old: str, new: str, says: str) -> None:
    path, line = edited(tmp_path, old, new)

    with pytest.raises(PolicyInvalid) as refused:
        load_pack(path)

    message = str(refused.value)
    assert says in message
    named = [int(part.split(":")[1]) for part in message.splitlines() if part.startswith(str(path))]
    assert named
    if "there must be one" not in says:
        assert min(abs(line - other) for other in named) <= 16


def test_all_problems_are_named_at_once(tmp_path: Path) -> None:
    path = tmp_path / "pack.yaml"
    path.write_text(
        SOURCE.replace("responsible: finance", "responsible: a").replace("responsible: logistics", "responsible: b"),
        encoding="utf-8",
    )

    with pytest.raises(PolicyInvalid) as refused:
        load_pack(path)

    assert len(str(refused.value).splitlines()) == 2


@pytest.mark.parametrize("content", [b"", b"- a\n- b\n", b"\xff\xfe", b"name"])
def test_file_that_is_no_pack_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "pack.yaml"
    path.write_bytes(content)

    with pytest.raises(PolicyInvalid):
        load_pack(path)


def test_missing_file_is_named() -> None:
    with pytest.raises(PolicyInvalid, match="no-such-pack"):
        load_pack(Path("no-such-pack.yaml"))


def test_condition_needs_all_its_keys_and_of_each_list_one_entry() -> None:
    when = When(kinds=("complaint", "other"), amount_at_least=Decimal(1000))

    assert when.holds(Facts(amount=Decimal(1000)))
    assert not when.holds(Facts(amount=Decimal("999.99")))
    assert not when.holds(Facts(amount=None))
    assert not when.holds(Facts(kind="praise", amount=Decimal(1000)))
    assert When().holds(Facts())


def test_everybody_is_acknowledged_within_24_hours() -> None:
    for kind in PACK.kinds:
        clocks = {clock.clock: clock for clock in PACK.clocks_for(Facts(kind=kind.code), RECEIVED_AT)}
        assert clocks["acknowledge"].due_at == RECEIVED_AT + timedelta(hours=24)


@pytest.mark.parametrize(("urgency", "due"), [("urgent", timedelta(hours=24)), ("regular", timedelta(days=7))])
def test_urgency_sets_the_time_to_handle(urgency: str, due: timedelta) -> None:
    clocks = {clock.clock: clock for clock in PACK.clocks_for(Facts(urgency=urgency), RECEIVED_AT)}

    assert clocks["handle"].due_at == RECEIVED_AT + due
    assert clocks["first-reply"].due_at == RECEIVED_AT + timedelta(hours=24)


def test_problems_of_every_kind_are_named_at_once_each_at_its_line(tmp_path: Path) -> None:
    path = tmp_path / "my.yaml"
    lines = [
        "extends: default",
        "name: own",
        "colour: red",  # 3: unknown key; version is missing
        "severity:",
        "  - {rule_id: severity.repeat, level: 9}",  # 5: no such level
        "  - {rule_id: shops.cold, level: 2, when: {terms: [coold]}, reason: 冷链}",  # 6: not declared
        "kinds:",
        "  - {code: praise, code: praise}",  # 8: twice
        "routing:",
        "  - {rule_id: shops.frozen, when: {categories: [frozen]}, responsible: gardening}",  # 10: two names
        "  - {rule_id: shops.late, before: route.nowhere, responsible: logistics}",  # 11: no such rule below
        "categories:",
        "  - {code: frozen, title: 5}",  # 13: refused; that nothing declares it any more is not named
        "remove: {departments: [finance]}",  # 14: breaks rules of the pack below
        "time_zone: Asia/Peking",  # 15: no such zone
    ]
    path.write_text("\n".join(lines), encoding="utf-8")

    with pytest.raises(PolicyInvalid) as refused:
        load_pack(path)

    said = str(refused.value).splitlines()
    own = [line.removeprefix(f"{path}:").partition(":")[0] for line in said if line.startswith(str(path))]
    assert sorted(set(map(int, own))) == [1, 3, 5, 6, 8, 10, 11, 13, 15]
    assert sum("missing" in line and "version" in line for line in said) == 1
    assert any(line.startswith(str(DEFAULT_PACK)) and "no department 'finance'" in line for line in said)
    assert not any("'frozen'" in line for line in said)


def test_units_of_a_table_are_all_judged_when_one_row_is_of_no_kind(tmp_path: Path) -> None:
    path = tmp_path / "shops.csv"
    path.write_text("类型,编码,名称,上级\n仓库,W1,总仓,\n门店,S1,人民路店,R9\n门店,S2,,\n", encoding="utf-8")

    with pytest.raises(PolicyInvalid) as refused:
        load_organisation(path)

    assert [line.removeprefix(f"{path}:").partition(":")[0] for line in str(refused.value).splitlines()] == [
        "2", "3", "4",
    ]  # fmt: skip
