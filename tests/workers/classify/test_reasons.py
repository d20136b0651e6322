"""What a rule gives as its reason is true of each of its words."""

import pytest

from schemas.policy import load_pack
from schemas.records import Understanding
from workers.classify import Message, RuleUnderstander

UNDERSTANDER = RuleUnderstander(load_pack())


def understand(text: str) -> Understanding:
    return UNDERSTANDER.understand(Message(text))


def said(text: str) -> str:
    """All reasons of danger, severity and urgency in one line."""
    kinds = ("safety.", "severity.", "urgency.")
    return " ".join(one.detail or "" for one in understand(text).evidence if one.rule.startswith(kinds))


@pytest.mark.parametrize(
    "text",
    ["电饭锅漏电", "充电宝冒烟了", "插座起火了", "高压锅爆炸", "刹车失灵", "灶具漏煤气", "the charger caught fire"],
)
def test_danger_that_hurt_nobody_yet_says_so_and_is_the_worst_level(text: str) -> None:
    found = understand(text)

    assert (found.safety, found.severity) == (True, 1)
    assert "可能伤人" in said(text)
    assert "受伤" not in said(text)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("被开水烫伤了", "有人受伤"),
        ("我在门口滑倒了", "摔倒"),
        ("在店里突然头晕", "身体不适"),
        ("喝完拉肚子", "身体不适"),
        ("面包里有玻璃渣", "异物"),
        ("粥里有一片指甲", "异物"),
        ("牛奶过期了", "过期"),
        ("孩子摔了一下哭了", "儿童、老人或孕妇"),
        ("涂了以后脸上发红", "不适"),
    ],
)
def test_the_reason_says_what_happened(text: str, reason: str) -> None:
    assert reason in said(text)


@pytest.mark.parametrize(
    "text",
    [
        "指甲油颜色不对",
        "箱子的胶带都没粘好",
        "牙齿美白贴没效果",
        "页面显示登录过期",
        "这个价格真是爆炸",
        "爆炸图说明书印反了",
        "防辐射服洗一次就坏了",
        "急得我嗓子冒烟",
        "请问过敏体质能不能用",
        "there is a bug in your app",
        "墙上有一条裂缝了",
    ],
)
def test_words_that_only_sound_like_danger_raise_no_alarm(text: str) -> None:
    assert not understand(text).safety


@pytest.mark.parametrize(
    ("text", "never_said"),
    [
        ("Last time I bought rice here it was fine, now it is not", "流失"),
        ("储物柜押金只退卡不退现金，太差", "流失"),
        ("老客户了，衣服掉色", "企业客户"),
        ("女儿喝的牛奶过期了", "受害"),
    ],
)
def test_no_reason_says_more_than_the_words(text: str, never_said: str) -> None:
    assert never_said not in said(text)
