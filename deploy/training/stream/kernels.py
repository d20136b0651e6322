"""The stories of the stream: what people tell of, in several words each. Data lies in `kernels/*.yaml`."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import yaml

Choices = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Kernel:
    """One kind of trouble. `at` is where it happens: store, online or any; `batch` whether the goods have one.

    Troubles of one `family` are the same problem for a customer; a defect is a problem of its own goods only.

    Each fact, wish and summary is a choice of wordings; `{p}` stands for the goods.
    """

    name: str
    family: str
    goods: Choices
    english_goods: str
    at: str
    batch: bool
    facts: tuple[Choices, ...]
    wants: Choices
    third: Choices
    english: tuple[Choices, ...]


@cache
def kernels() -> tuple[Kernel, ...]:
    """Read all stories, in the order of the files' names."""
    folder = files("deploy.training.stream") / "kernels"
    found = sorted((one for one in folder.iterdir() if one.name.endswith(".yaml")), key=lambda one: one.name)
    return tuple(_kernel(raw) for one in found for raw in yaml.safe_load(one.read_text(encoding="utf-8")))


def _kernel(raw: Mapping[str, str | bool | list[str]]) -> Kernel:
    facts = raw["facts"]
    assert isinstance(facts, list)  # noqa: S101 - the files are our own
    *goods, english = _choices(raw["goods"])
    return Kernel(
        name=str(raw["id"]),
        family=str(raw["id"] if raw["family"] == "defect" else raw["family"]),
        goods=tuple(goods),
        english_goods=english,
        at=str(raw["at"]),
        batch=bool(raw["batch"]),
        facts=tuple(_choices(one) for one in facts),
        wants=_choices(raw["want"]),
        third=_choices(raw["third"]),
        english=tuple(_choices(one) for one in str(raw["en"]).split("; ")),
    )


def _choices(written: object) -> Choices:
    return tuple(one.strip() for one in str(written).split(" / "))
