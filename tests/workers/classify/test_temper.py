"""Furious is who says so: a vivid tale of harm alone is not, nor is a lawyer's letter."""

from pathlib import Path

import pytest

from schemas.policy import PolicyPack, load_pack
from schemas.policy.checking import check
from schemas.policy.temper import Temper
from tests.workers.classify.models import written
from workers.classify import Message, TextUnderstander
from workers.classify.model import load_current, load_model

PACK = load_pack()


def level(text: str, pack: PolicyPack = PACK) -> int | None:
    return TextUnderstander(pack, load_current()).understand(Message(text)).dissatisfaction


@pytest.mark.parametrize(
    "text",
    [
        "老人在你们店里滑了一下，送到急诊了",
        "鱼丸！里头一根鱼钩！钩住腮帮子了！上医院剪的！",
        "奶奶在扶梯上被送到了医院",
        "充电宝冒烟了",
        "老年机！按键报数！按五它报八！你们给我换！",
    ],
)
def test_who_tells_of_harm_without_a_word_of_fury_is_not_called_furious(text: str) -> None:
    assert level(text) != 3


@pytest.mark.parametrize(
    "text",
    [
        "一群骗子！再不退钱我明天带人去你们店里坐着，我找电视台曝光你们",
        "修了九次，我天天打到你们关门，这辈子不会再踏进你们店",
        "你们店长骂我老东西是吧，不道歉我天天来，拉横幅我也奉陪到底",
    ],
)
def test_who_threatens_or_leaves_for_good_is_furious(text: str) -> None:
    assert level(text) == 3


def test_the_words_of_fury_are_the_packs(tmp_path: Path) -> None:
    model = load_model(written(tmp_path))
    calm = PACK.model_copy(update={"temper": Temper()})

    def rated(pack: PolicyPack, text: str) -> int | None:
        return TextUnderstander(pack, model).understand(Message(text)).dissatisfaction

    assert rated(PACK, "衣服掉色，再也不买了") == 3
    assert rated(PACK, "衣服掉色") != 3
    assert rated(calm, "衣服掉色，再也不买了") != 3


def test_a_term_set_nobody_declared_is_named() -> None:
    pack = PACK.model_copy(update={"temper": Temper(furious_terms=("rage",))})

    assert [location for location, _ in check(pack)] == [("temper", "furious_terms")]
