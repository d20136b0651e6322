"""Training is repeatable, stays apart from the product, and promotes nothing that makes a class worse."""

import json
import re
from pathlib import Path

import pytest

import workers
from deploy.training import corpus
from deploy.training.corpus import Example
from deploy.training.promoting import fallen, promote

SOURCES = Path(workers.__file__).parents[1]


@pytest.mark.parametrize("library", ["sklearn", "scipy"])
def test_the_library_of_the_training_is_imported_nowhere_else(library: str) -> None:
    importing = re.compile(rf"^\s*(?:import|from) {library}\b", re.MULTILINE)

    found = {
        path.relative_to(SOURCES).parts[:2]
        for room in ("schemas", "infra", "connectors", "gateway", "workers", "deploy")
        for path in (SOURCES / room).rglob("*.py")
        if importing.search(path.read_text(encoding="utf-8"))
    }

    assert found == {("deploy", "training")}


def test_no_voice_writes_on_both_sides() -> None:
    assert {one.voice for one in corpus.training()}.isdisjoint(one.voice for one in corpus.frozen())


def test_no_text_stands_on_both_sides() -> None:
    assert {one.folded for one in corpus.training()}.isdisjoint(one.folded for one in corpus.frozen())


def test_a_correction_is_an_example_like_any_other(tmp_path: Path) -> None:
    path = tmp_path / "corrections.jsonl"
    said = {"text": "奶是酸的", "subject": "投诉", "kind": "complaint", "primary": "quality", "secondary": [],
            "safety": True, "drawn_by": "random"}  # fmt: skip
    path.write_text(json.dumps(said) + "\n", encoding="utf-8")

    [one] = corpus.corrections(path)

    assert (one.text, one.kind, one.primary, one.safety) == ("投诉\n奶是酸的", "complaint", "quality", True)
    assert (one.dissatisfaction, one.source) == (None, "random")


def test_other_texts_give_another_version() -> None:
    one = Example("a:1", "奶", "奶", "a", "sms", "complaint", "quality", (), False, 1)

    assert corpus.digest([one], "r") == corpus.digest([one], "r")
    assert len({corpus.digest([one], "r"), corpus.digest([one, one], "r"), corpus.digest([one], "s")}) == 3


@pytest.mark.parametrize(("now", "falls"), [(0.90, False), (0.881, False), (0.87, True)])
def test_a_class_may_fall_by_two_points_and_no_more(now: float, falls: bool) -> None:
    assert bool(fallen({"category price": 0.90}, {"category price": now})) is falls


def test_a_class_that_is_gone_has_fallen() -> None:
    assert fallen({"kind praise": 0.5}, {})


def test_the_last_three_models_are_kept_and_the_newest_is_in_use(tmp_path: Path) -> None:
    models = tmp_path / "models"
    models.mkdir()
    for name in "abcd":
        (tmp_path / name).mkdir()
        (tmp_path / name / "model.json").write_text(name)
        promote(tmp_path / name, models)

    assert (models / "current").read_text() == "d\n"
    assert sorted(path.name for path in models.iterdir() if path.is_dir()) == ["b", "c", "d"]


def test_promoting_the_same_model_again_changes_nothing(tmp_path: Path) -> None:
    (tmp_path / "models").mkdir()
    (tmp_path / "a").mkdir()

    assert promote(tmp_path / "a", tmp_path / "models") == ["a"]
    assert promote(tmp_path / "a", tmp_path / "models") == ["a"]
