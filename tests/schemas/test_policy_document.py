"""What docs/policy.md says about files is what the files do: its examples load, its messages are those that come."""

import re
from pathlib import Path

import pytest
import yaml

from schemas.policy import PolicyInvalid, load_pack
from schemas.policy.organisation import load_organisation

DOCUMENT = Path("docs/policy.md").read_text(encoding="utf-8")
PACK, ORGANISATION = re.findall(r"```yaml\n(.*?)```", DOCUMENT, re.DOTALL)
MESSAGES = re.findall(r"^\| `(.*?)` \|", DOCUMENT, re.MULTILINE)
HEAD = 'extends: default\nname: own\nversion: "1"\n'

WRONG = {
    "reason: missing": HEAD + "severity:\n  - {rule_id: shops.cold, level: 2, when: {safety: true}}\n",
    "timezone: unknown key": HEAD + "timezone: Asia/Shanghai\n",
    "'frosen' is not declared": HEAD
    + "routing:\n  - {rule_id: shops.frozen, when: {terms: [frosen]}, responsible: quality}\n",
    "remove.routing: 'route.prise'": HEAD + "remove: {routing: [route.prise]}\n",
    "'很帮' is not in the pack below": HEAD + "kinds:\n  - {code: praise, remove_terms: [很帮]}\n",
    "write it by group": HEAD + "categories:\n  - {code: quality, add_terms: [坏]}\n",
    "no pack 'defualt'": 'extends: defualt\nname: own\nversion: "1"\n',
    "goes round in a circle": 'extends: my.yaml\nname: own\nversion: "1"\n',
    "no department 'finance'": HEAD + "remove: {departments: [finance]}\n",
    "level: Input should be 1, 2 or 3": HEAD + "severity:\n  - {rule_id: severity.repeat, level: 9}\n",
    "no role 'boss'": HEAD + "escalation:\n  - {rule_id: escalate.media, informed: [boss]}\n",
    "are in no class": HEAD
    + "classes:\n  - {code: all, title: {zh_hans: a, zh_hant: a, en: a}, categories: [quality]}\n",
    "is here twice: remove one": HEAD + "kinds:\n  - {code: praise, code: praise}\n",
}
WRONG_UNITS = {
    "no region 'R9'": ("shops.yaml", 'name: a\nversion: "1"\nstores:\n  - {code: S1, name: a, parent: R9}\n'),
    "here twice at one time": (
        "shops.yaml",
        'name: a\nversion: "1"\nstores:\n  - {code: S1, name: a}\n  - {code: S1, name: b}\n',
    ),
    "no column '电活'": ("shops.csv", "类型,编码,名称,电活\n"),
    "kind: unknown: use one of": ("shops.csv", "类型,编码,名称\n仓库,W1,总仓\n"),
}


def said(piece: str) -> str:
    """The documented message from this piece on, as far as it does not depend on names and files."""
    [message] = [one for one in MESSAGES if piece in one]
    return re.split(r"\[\.\.\.|…|['\[(]?a\.yaml|\(", message[message.index(piece) :])[0].rstrip()


@pytest.mark.parametrize("piece", WRONG)
def test_message_about_a_pack_is_the_one_that_comes(tmp_path: Path, piece: str) -> None:
    path = tmp_path / "my.yaml"
    path.write_text(WRONG[piece], encoding="utf-8")

    with pytest.raises(PolicyInvalid) as refused:
        load_pack(path)

    assert said(piece) in str(refused.value)


@pytest.mark.parametrize("piece", WRONG_UNITS)
def test_message_about_units_is_the_one_that_comes(tmp_path: Path, piece: str) -> None:
    name, text = WRONG_UNITS[piece]
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")

    with pytest.raises(PolicyInvalid) as refused:
        load_organisation(path)

    assert said(piece) in str(refused.value)


def test_example_pack_is_good(tmp_path: Path) -> None:
    path = tmp_path / "shops.yaml"
    path.write_text(PACK, encoding="utf-8")

    pack = load_pack(path)

    rules = [rule.rule_id for rule in pack.routing]
    assert pack.reference == "corner-shops@3"
    assert rules.index("shops.frozen") == rules.index("route.quality") - 1


def test_example_organisation_is_good(tmp_path: Path) -> None:
    path = tmp_path / "shops.yaml"
    path.write_text(ORGANISATION, encoding="utf-8")

    assert load_organisation(path).reference == "corner-shops@2026-11"


def test_columns_of_the_document_are_read(tmp_path: Path) -> None:
    headers = [line.split("`")[1] for line in DOCUMENT.splitlines() if "类型,编码" in line or "kind,code" in line]

    for header in headers:
        path = tmp_path / "shops.csv"
        path.write_text(header + "\n", encoding="utf-8")
        assert load_organisation(path).stores == ()
    assert len(headers) == 2
    assert yaml.safe_load(PACK)["extends"] == "default"
