"""An organisation as a table: one row a unit, header in Chinese or English, as a spreadsheet program saves it."""

import csv
import io
from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from pathlib import Path

import yaml

from schemas.identity import content_hash
from schemas.policy.documents import PolicyInvalid, Problem, unreadable

COLUMNS = {
    "kind": ("类型", "种类", "類型"),
    "code": ("编码", "代码", "编号", "編碼", "代碼"),
    "name": ("名称", "名稱", "门店名称"),
    "aliases": ("别名", "別名", "简称"),
    "parent": ("上级", "上级编码", "上級"),
    "manager_role": ("负责岗位", "负责人岗位", "負責崗位"),
    "manager_contact": ("负责人联系方式", "联系方式", "聯繫方式"),
    "phones": ("电话", "電話"),
    "city": ("城市",),
    "format": ("业态", "業態"),
    "valid_from": ("启用日期", "生效日期", "啟用日期"),
    "valid_to": ("停用日期", "失效日期", "停用日期"),
}
"""Column → what its header may be in Chinese."""
KINDS = {
    "region": ("区域", "大区", "區域"),
    "store": ("门店", "店", "門店"),
    "counter": ("专柜", "柜台", "店柜", "專櫃"),
    "department": ("部门", "部門"),
}
_REQUIRED = ("kind", "code", "name")
_LISTS = ("aliases", "phones")
_SEPARATORS = str.maketrans("、；，|/", ";;;;;")
_ENCODINGS = ("utf-8-sig", "gb18030")


def read_table(path: Path, problems: list[Problem]) -> yaml.MappingNode:
    """Read a CSV as the document a YAML file would be: every value knows its line.

    The organisation is called like the file; its version is the first digits of the content's SHA-256.

    A row of a kind that is not known is added to `problems` and left out. Raises `PolicyInvalid` for a file or a header
    that cannot be read.
    """
    source = _text(path)
    rows = csv.reader(io.StringIO(source))
    header = [_column(path, title) for title in next(rows, [])]
    if missing := [name for name in _REQUIRED if name not in header]:
        wanted = ", ".join(f"{name} ({COLUMNS[name][0]})" for name in missing)
        raise PolicyInvalid(f"{path}:1: header: missing: add the columns {wanted}")
    sections: dict[str, list[yaml.Node]] = {f"{kind}s": [] for kind in KINDS}
    for row in rows:
        values = {name: value.strip() for name, value in zip(header, row, strict=False) if value.strip()}
        if not values:
            continue
        mark = _mark(path, rows.line_num)
        kind = _kind(values.pop("kind", ""))
        if kind is None:
            known = ", ".join(f"{one} ({names[0]})" for one, names in KINDS.items())
            problems.append(Problem(str(path), rows.line_num, "kind", f"unknown: use one of {known}"))
        else:
            sections[f"{kind}s"].append(_entry(values, mark))
    top = _mark(path, 1)
    pairs: dict[str, yaml.Node] = {"name": _scalar(_name(path), top), "version": _scalar(content_hash(source)[:8], top)}
    return _mapping(pairs | {name: _list(entries, top) for name, entries in sections.items()}, top)


def _text(path: Path) -> str:
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise unreadable(path, error, "INTAKE_ORGANISATION") from error
    for encoding in _ENCODINGS:
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise PolicyInvalid(f"{path}: neither UTF-8 nor GB 18030: save it as “CSV UTF-8”")


def _column(path: Path, title: str) -> str:
    plain = title.strip().lower().replace(" ", "_")
    known = {name: column for column, names in COLUMNS.items() for name in (column, *names)}
    if plain not in known:
        close = get_close_matches(plain, list(known), n=1, cutoff=0.5)
        near = f"did you mean {close[0]!r}?" if close else f"use {', '.join(COLUMNS)}"
        raise PolicyInvalid(f"{path}:1: header: no column {title.strip()!r}: {near}")
    return known[plain]


def _kind(written: str) -> str | None:
    return next((kind for kind, names in KINDS.items() if written.lower() in (kind, *names)), None)


def _name(path: Path) -> str:
    plain = "".join(char if char.isascii() and char.isalnum() else "-" for char in path.stem.lower())
    return "-".join(part for part in plain.split("-") if part).lstrip("0123456789-") or "organisation"


def _entry(values: dict[str, str], mark: yaml.Mark) -> yaml.MappingNode:
    pairs: dict[str, yaml.Node] = {}
    for name, value in values.items():
        if name in _LISTS:
            parts = [part.strip() for part in value.translate(_SEPARATORS).split(";")]
            pairs[name] = _list([_scalar(part, mark) for part in parts if part], mark)
        elif not name.startswith("manager_"):
            pairs[name] = _scalar(_day(value) if name.startswith("valid_") else value, mark)
    manager = {name.removeprefix("manager_"): value for name, value in values.items() if name.startswith("manager_")}
    if manager:
        pairs["manager"] = _mapping({name: _scalar(value, mark) for name, value in manager.items()}, mark)
    return _mapping(pairs, mark)


def _day(written: str) -> str:
    """A date as spreadsheets write it (2024/3/1, 2024.3.1) in the form of ISO 8601."""
    parts = written.replace("/", "-").replace(".", "-").split("-")
    return "-".join(part.zfill(2) for part in parts) if len(parts) == 3 else written


def _mark(path: Path, line: int) -> yaml.Mark:
    return yaml.Mark(str(path), 0, line - 1, 0, None, 0)


def _scalar(value: str, mark: yaml.Mark) -> yaml.ScalarNode:
    return yaml.ScalarNode("tag:yaml.org,2002:str", value, mark, mark)


def _list(entries: Iterable[yaml.Node], mark: yaml.Mark) -> yaml.SequenceNode:
    return yaml.SequenceNode("tag:yaml.org,2002:seq", list(entries), mark, mark)


def _mapping(pairs: dict[str, yaml.Node], mark: yaml.Mark) -> yaml.MappingNode:
    return yaml.MappingNode("tag:yaml.org,2002:map", list(_keys(pairs, mark)), mark, mark)


def _keys(pairs: dict[str, yaml.Node], mark: yaml.Mark) -> Iterator[tuple[yaml.Node, yaml.Node]]:
    for name, value in pairs.items():
        yield _scalar(name, mark), value
