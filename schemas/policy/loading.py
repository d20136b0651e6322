"""Reads a policy pack from YAML, with the packs it extends. What is wrong is said with file, line and what to do."""

from functools import lru_cache
from pathlib import Path

import yaml

from schemas.policy.checking import check
from schemas.policy.documents import PolicyInvalid, Problem, read, refused
from schemas.policy.extending import Extension
from schemas.policy.judging import judged
from schemas.policy.pack import PolicyPack

PACKS = Path(__file__).parent.parent / "packs"
"""The packs that ship with the product; each may be called by its name alone."""
DEFAULT_PACK = PACKS / "default.yaml"
_WANTED = "a policy pack is a mapping with name, version, kinds, categories …"


def load_pack(path: Path | None = None) -> PolicyPack:
    """Read and check a policy pack: a file, or a shipped one by name; None is the default pack of a retail chain.

    Raises `PolicyInvalid` naming file, line and remedy of every problem found.
    """
    return _default() if path is None else _load(_file(path))


def shipped_packs() -> tuple[str, ...]:
    """The names of the packs that ship with the product."""
    return tuple(sorted(path.stem for path in PACKS.glob("*.yaml")))


@lru_cache(maxsize=1)
def _default() -> PolicyPack:
    return _load(DEFAULT_PACK)


def _file(path: Path) -> Path:
    """The file of a pack; a bare name that is no file here is looked up among the shipped ones."""
    shipped = PACKS / f"{path}.yaml"
    return shipped if len(path.parts) == 1 and not path.exists() and shipped.exists() else path


def _load(path: Path) -> PolicyPack:
    problems: list[Problem] = []
    pack, found = judged(_document(path, (), problems), PolicyPack, check)
    if pack is None or problems:
        raise refused([*problems, *found])
    return pack


def _document(path: Path, above: tuple[Path, ...], problems: list[Problem]) -> yaml.MappingNode:
    """One file laid over those it extends; what is wrong with it joins `problems`. `above` are the files on the way."""
    root = read(path, "INTAKE_POLICY", _WANTED, problems)
    extends = next(((key, value) for key, value in root.value if key.value == "extends"), None)
    if extends is None:
        return root
    key, value = extends
    below = _below(path, key, value)
    way = (*above, path.resolve())
    if below.resolve() in way:
        circle = " → ".join(one.name for one in (*way[way.index(below.resolve()) :], below))
        raise refused([_at(key, f"goes round in a circle ({circle}): one of them must extend nothing")])
    extension = Extension(_document(below, way, problems), root)
    merged = extension.merged()
    problems += extension.problems
    return merged


def _below(path: Path, key: yaml.Node, value: yaml.Node) -> Path:
    """The file that is extended: a shipped pack by name, else a path from where this file lies."""
    if not isinstance(value, yaml.ScalarNode) or not value.value:
        raise refused([_at(key, "name one pack: default, or the path of a file")])
    named = PACKS / f"{value.value}.yaml"
    below = path.parent / str(value.value)
    if named.exists() and not below.is_file():
        return named
    if not below.is_file():
        known = ", ".join(shipped_packs())
        raise refused([_at(key, f"no pack {value.value!r}: use one of {known}, or the path of a file from here")])
    return below


def _at(node: yaml.Node, text: str) -> Problem:
    return Problem(node.start_mark.name, node.start_mark.line + 1, "extends", text)


__all__ = ["DEFAULT_PACK", "PACKS", "PolicyInvalid", "load_pack", "shipped_packs"]
