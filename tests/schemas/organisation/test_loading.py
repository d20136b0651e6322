"""An organisation file that cannot be followed is refused with line and remedy, as YAML and as a table."""

from pathlib import Path

import pytest

from schemas.policy import PolicyInvalid
from schemas.policy.organisation import load_organisation

HEAD = 'name: shops\nversion: "1"\n'
TABLE = (
    "类型,编码,名称,别名,上级,负责岗位,电话,启用日期\n"
    "区域,R1,华东,,,regional-manager,,\n"
    "门店,S1,人民路店,人民路;一店,R1,store-manager,021-5550100,2020/3/1\n"
)


def written(tmp_path: Path, name: str, content: str | bytes) -> Path:
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def refusal(path: Path) -> str:
    with pytest.raises(PolicyInvalid) as refused:
        load_organisation(path)
    return str(refused.value)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_table_with_a_chinese_header_is_read_as_spreadsheets_save_it(tmp_path: Path, encoding: str) -> None:
    found = load_organisation(written(tmp_path, "Shops 2026.csv", TABLE.encode(encoding)))

    store = found.stores[0]
    assert (found.name, store.code, store.aliases, str(store.valid_from)) == (
        "shops-2026",
        "S1",
        ("人民路", "一店"),
        "2020-03-01",
    )
    assert (store.parent, store.manager and store.manager.role) == ("R1", "store-manager")


def test_table_with_an_english_header_is_read(tmp_path: Path) -> None:
    table = "kind,code,name,parent,valid to\nstore,S1,Main Street,,\ncounter,C1,Shoes,S1,2026-12-31\n"

    found = load_organisation(written(tmp_path, "shops.csv", table))

    assert (found.counters[0].parent, str(found.counters[0].valid_to)) == ("S1", "2026-12-31")


def test_changed_table_has_another_version(tmp_path: Path) -> None:
    before = load_organisation(written(tmp_path, "shops.csv", TABLE)).version

    assert load_organisation(written(tmp_path, "shops.csv", TABLE + "门店,S2,新店,,R1,,,\n")).version != before


@pytest.mark.parametrize(
    ("name", "content", "line", "says"),
    [
        ("a.yaml", HEAD + "stores:\n  - {code: S 1, name: 店}\n", 4, "stores.S 1.code"),
        ("a.yaml", HEAD + "stores:\n  - {code: S1, name: 店, allias: [a]}\n", 4, "did you mean 'aliases'?"),
        ("a.yaml", HEAD + "stores:\n  - {code: S1, name: 店}\n  - {code: S1, name: 铺}\n", 5, "here twice at one time"),
        ("a.yaml", HEAD + "stores:\n  - {code: S1, name: 店, parent: R9}\n", 4, "no region 'R9'"),
        ("a.yaml", HEAD + "counters:\n  - {code: C1, name: 柜}\n", 4, "a counter needs parent"),
        (
            "a.yaml",
            HEAD + "stores:\n  - {code: S1, name: 店, valid_from: 2026-02-01, valid_to: 2026-01-01}\n",
            4,
            "before",
        ),
        ("a.yaml", HEAD + "stores:\n  - {code: S1, name: 店, phones: [none]}\n", 4, "has no number"),
        ("a.yaml", HEAD + "stores:\n  - {code: S1, name: 店, manager: {role: Store Manager}}\n", 4, "role"),
        (
            "a.yaml",
            HEAD + "regions:\n  - {code: A, name: 甲, parent: B}\n  - {code: B, name: 乙, parent: A}\n",
            4,
            "goes round in a circle (A → B → A)",
        ),
        ("a.yaml", "- a\n", 1, "a mapping with name, version"),
        ("a.csv", "类型,编码\n", 1, "add the columns name (名称)"),
        ("a.csv", "类型,编码,名称,电活\n", 1, "did you mean '电话'?"),
        ("a.csv", "类型,编码,名称\n仓库,W1,总仓\n", 2, "use one of region (区域)"),
        ("a.csv", "类型,编码,名称,启用日期\n门店,S1,店,2026年\n", 2, "valid_from"),
        ("a.csv", b"\xff\xfe\xff", 0, "save it as"),
    ],
)
def test_mistake_is_named_with_its_line_and_remedy(
    tmp_path: Path, name: str, content: str | bytes, line: int, says: str
) -> None:
    path = written(tmp_path, name, content)

    message = refusal(path)

    assert says in message
    assert message.startswith(f"{path}:{line}:" if line else str(path))


def test_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    assert "INTAKE_ORGANISATION" in refusal(tmp_path / "gone.yaml")
    assert "INTAKE_ORGANISATION" in refusal(tmp_path / "gone.csv")
