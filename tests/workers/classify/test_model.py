"""A model is read from plain files, is refused when anything is wrong with them, and says what moved it."""

import hashlib
import json
import pickle
from pathlib import Path

import numpy as np
import pytest

from schemas.errors import ModelUnusable
from schemas.normalise import fold
from schemas.policy import load_pack
from schemas.records import Understanding
from tests.workers.classify.models import COLUMN, written
from workers.classify import Message, TextUnderstander
from workers.classify.model import load_current, load_model
from workers.classify.model.files import FILES, MANIFEST
from workers.classify.snippets import snippets

PACK = load_pack()


def signed_anew(folder: Path) -> Path:
    sums = {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in FILES}
    (folder / MANIFEST).write_text(json.dumps({"sha256": sums}))
    return folder


def understand(tmp_path: Path, text: str, subject: str | None = None) -> Understanding:
    return TextUnderstander(PACK, load_model(written(tmp_path))).understand(Message(text, subject=subject))


def test_the_words_of_one_concept_are_one_feature(tmp_path: Path) -> None:
    model = load_model(written(tmp_path))

    one, other = model.read("我的包裹呢"), model.read("我的快递呢")

    assert one.scores == other.scores
    assert one.scores[COLUMN["logistics"]] == pytest.approx(4.0)


def test_harm_told_without_a_word_of_the_lexicon_raises_the_alarm(tmp_path: Path) -> None:
    found = understand(tmp_path, "喝完以后我抱着马桶到天亮")

    assert found.safety
    assert found.urgency == "urgent"
    assert "提到“抱着马桶”：可能有人受到伤害" in {one.detail for one in found.evidence}


def test_the_model_never_takes_back_what_a_rule_says_of_danger(tmp_path: Path) -> None:
    found = understand(tmp_path, "牛奶过期了")

    assert found.safety
    assert found.safety_p >= 0.8
    assert "safety_disagreement" in found.review_reasons


def test_who_was_hurt_is_never_thanked_for_praise(tmp_path: Path) -> None:
    folder = written(tmp_path)
    weights = np.load(folder / "bias.npy")
    weights[COLUMN["praise"]] = 9.0
    np.save(folder / "bias.npy", weights)
    understander = TextUnderstander(PACK, load_model(signed_anew(folder)))

    assert understander.understand(Message("你们家东西我天天买")).kind == "praise"
    assert understander.understand(Message("你们家东西我天天买，娃吃了拉肚子")).kind != "praise"


@pytest.mark.parametrize("subject", ["投诉", "Complaint", "我要投诉", "投诉建议", "反馈"])
@pytest.mark.parametrize(
    "text", ["昨天买的牛奶已经过期了，喝了肚子疼", "快递晚到了五天", "退款一直没到账", "优惠券用不了"]
)
def test_a_subject_that_only_says_what_it_is_takes_no_complaint_back(subject: str, text: str) -> None:
    found = TextUnderstander(PACK, load_current()).understand(Message(text, subject=subject))

    assert found.kind == "complaint"


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("昨天买的牛奶已经过期三天，请打13812340001联系我", "quality"),
        ("火腿肠过期了，要求退款", "quality"),
        ("优惠券过期了用不了", "price"),
    ],
)
def test_food_that_has_expired_is_a_matter_of_quality_and_a_voucher_of_price(text: str, category: str) -> None:
    assert TextUnderstander(PACK, load_current()).understand(Message(text)).primary == category


def test_evidence_of_the_model_points_into_the_text_as_it_was_sent(tmp_path: Path) -> None:
    text = "㎏ 退\u200b款 呢？"
    found = understand(tmp_path, text)

    [piece] = [one for one in found.evidence if one.rule == "model.category.payment"]
    assert text[piece.start : piece.end] == "退\u200b款"


def test_a_piece_in_the_subject_has_no_span(tmp_path: Path) -> None:
    found = understand(tmp_path, "麻烦看一下", subject="退款")

    [piece] = [one for one in found.evidence if one.rule == "model.category.payment"]
    assert (piece.detail, piece.start) == ("标题提到“退款”：像是付款与退款到账", None)


def test_overlapping_patterns_become_one_readable_piece(tmp_path: Path) -> None:
    model = load_model(written(tmp_path))
    text = fold("一夜抱着马桶！").text

    [piece] = snippets(model, model.read(text), text, COLUMN["safety"], 3)

    assert text[piece.start : piece.end] == "抱着马桶"


def test_a_decision_names_the_model_with_its_sum(tmp_path: Path) -> None:
    folder = written(tmp_path)
    digest = hashlib.sha256((folder / MANIFEST).read_bytes()).hexdigest()

    assert understand(tmp_path, "退款呢").model == f"tiny+{digest[:8]}"


def test_without_a_file_that_names_one_there_is_no_model(tmp_path: Path) -> None:
    assert load_current(tmp_path) is None


def test_the_file_current_names_one_folder_beside_it(tmp_path: Path) -> None:
    written(tmp_path / "tiny")
    (tmp_path / "current").write_text("tiny\n")

    model = load_current(tmp_path)

    assert model is not None
    assert model.description.version == "tiny"


def test_current_cannot_lead_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "current").write_text("../tiny")

    with pytest.raises(ModelUnusable, match="name of one folder"):
        load_current(tmp_path)


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_changed_by_one_byte_is_refused(tmp_path: Path, name: str) -> None:
    path = written(tmp_path) / name
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)

    with pytest.raises(ModelUnusable, match=name):
        load_model(tmp_path)


@pytest.mark.parametrize("name", [*FILES, MANIFEST])
def test_a_file_that_is_missing_is_named(tmp_path: Path, name: str) -> None:
    (written(tmp_path) / name).unlink()

    with pytest.raises(ModelUnusable, match=name):
        load_model(tmp_path)


def test_an_array_that_claims_to_be_huge_is_refused_before_any_memory_is_taken(tmp_path: Path) -> None:
    path = written(tmp_path) / "weights.npy"
    path.write_bytes(path.read_bytes().replace(b"'shape': (5, 30), }" + b" " * 8, b"'shape': (5000000, 3000), }"))

    with pytest.raises(ModelUnusable, match="not as long as its header says"):
        load_model(signed_anew(tmp_path))


def test_a_pickle_is_never_opened(tmp_path: Path) -> None:
    path = written(tmp_path) / "bias.npy"
    with path.open("wb") as file:
        np.save(file, np.array([{"a": 1}], dtype=object), allow_pickle=True)

    with pytest.raises(ModelUnusable, match=r"bias\.npy must hold rows"):
        load_model(signed_anew(tmp_path))

    path.write_bytes(pickle.dumps([1.0]))
    with pytest.raises(ModelUnusable, match="no array file"):
        load_model(signed_anew(tmp_path))


def test_numbers_that_are_none_are_refused(tmp_path: Path) -> None:
    np.save(written(tmp_path) / "idf.npy", np.full(5, np.nan, np.float32))

    with pytest.raises(ModelUnusable, match="no numbers"):
        load_model(signed_anew(tmp_path))


def test_a_model_for_another_form_of_texts_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path) / "model.json"
    path.write_text(path.read_text().replace("fold-1", "fold-0"))

    with pytest.raises(ModelUnusable, match="make train"):
        load_model(signed_anew(tmp_path))


def test_a_pattern_of_no_feature_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path) / "patterns.txt"
    path.write_text(path.read_text() + "投诉\t99\n")

    with pytest.raises(ModelUnusable, match=r"patterns\.txt"):
        load_model(signed_anew(tmp_path))


def test_more_bytes_than_a_model_may_have_are_not_read(tmp_path: Path) -> None:
    path = written(tmp_path) / "patterns.txt"
    path.write_bytes(b"x" * (6 * 1024 * 1024))

    with pytest.raises(ModelUnusable, match="bytes in all files together"):
        load_model(signed_anew(tmp_path))


def test_what_the_features_add_makes_the_score(tmp_path: Path) -> None:
    folder = written(tmp_path)
    draw = np.random.default_rng(1)
    np.save(folder / "layer.npy", draw.normal(size=(30, 30)).astype(np.float32))
    np.save(folder / "offset.npy", np.zeros(30, np.float32))
    model = load_model(signed_anew(folder))

    reading = model.read("请问退款了吗，包裹也没有")

    bias = np.load(folder / "bias.npy")
    assert [reading.added(column).sum() for column in range(30)] == pytest.approx(reading.scores - bias, abs=1e-4)


def test_a_hidden_sum_counts_only_above_zero(tmp_path: Path) -> None:
    folder = written(tmp_path)
    np.save(folder / "offset.npy", np.full(30, -500.0, np.float32))

    model = load_model(signed_anew(folder))

    assert model.read("退款").scores == np.load(folder / "bias.npy").tolist()


def test_a_model_of_the_older_form_is_still_read(tmp_path: Path) -> None:
    folder = written(tmp_path)
    np.save(folder / "weights.npy", (np.load(folder / "weights.npy") @ np.load(folder / "layer.npy")).astype("<f2"))
    description = (folder / "model.json").read_text()
    (folder / "model.json").write_text(description.replace('"format": 2', '"format": 1'))
    older = ("model.json", "patterns.txt", "idf.npy", "weights.npy", "bias.npy")
    sums = {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in older}
    (folder / MANIFEST).write_text(json.dumps({"sha256": sums}))

    assert load_model(folder).read("退款").scores[COLUMN["payment"]] == pytest.approx(4.0)


@pytest.mark.parametrize("name", ["weights.npy", "offset.npy", "layer.npy", "bias.npy", "idf.npy"])
def test_arrays_that_do_not_fit_each_other_are_refused(name: str, tmp_path: Path) -> None:
    path = written(tmp_path) / name
    np.save(path, np.load(path)[:-1])

    with pytest.raises(ModelUnusable, match="do not fit each other"):
        load_model(signed_anew(tmp_path))
