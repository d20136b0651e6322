"""The sense of danger: whoever names harm is heard, and ordinary messages alarm nobody."""

from itertools import islice, product

import pytest

from tests.workers.alarm.pieces import PACK, SENSE
from tests.workers.classify.sentences import SENTENCES

SAFE = [text for text, _, _, safety in SENTENCES if not safety]
OPENINGS = ("", "你好，", "上周在你们万达店", "订单号A1234567，", "麻烦看一下：", "我是老顾客了，")
ENDINGS = ("", "。请尽快回复", "，等了三天没人管", "！太失望了", "。要求退款", "，谢谢")


def test_a_thousand_ordinary_texts_alarm_nobody() -> None:
    texts = list(islice(("".join(parts) for parts in product(OPENINGS, SAFE, ENDINGS)), 1_000))

    alarming = [text for text in texts if SENSE(None, text)]

    assert (len(texts), alarming) == (1_000, [])


@pytest.mark.parametrize("text", [text for text, _, _, safety in SENTENCES if safety])
def test_every_danger_is_heard_with_its_rule_and_reason(text: str) -> None:
    signs = SENSE(None, text)

    rules = {rule.rule_id: rule.reason for rule in PACK.safety}
    assert signs
    assert {one.rule: one.reason for one in signs}.items() <= rules.items()


def test_a_sign_points_at_its_words_in_the_text_as_it_was_sent() -> None:
    text = "貴店的麵包\u200b發霉，㎏小孩吃完肚子疼送院"

    spans = {text[one.start : one.end] for one in SENSE(None, text) if one.start is not None and one.end is not None}

    assert "肚子疼" in spans


def test_the_subject_alone_is_enough_and_points_nowhere_in_the_text() -> None:
    [sign] = SENSE("食物中毒", "请联系我")

    assert (sign.rule, sign.start, sign.end) == ("safety.illness", None, None)


def test_whoever_says_it_at_the_end_of_a_long_letter_is_heard() -> None:
    assert SENSE(None, "我在排队。" * 2_000 + "后来我食物中毒住院了")


def test_what_is_denied_alarms_nobody() -> None:
    assert not SENSE(None, "幸好没受伤，牛奶没有过期")
