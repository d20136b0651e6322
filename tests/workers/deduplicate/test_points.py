"""Points: what agrees speaks for one incident, what differs against it, and every point says why."""

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from schemas.complaint import Stated
from schemas.normalise import fold
from schemas.policy import load_pack
from schemas.policy.linking import Linking
from tests.workers.pieces import PSEUDONYM_KEY, complaint
from workers.deduplicate.facts import FactReader, Facts, no_family
from workers.deduplicate.points import Same, Score, Side, weigh
from workers.deduplicate.shingles import MOST_KEPT, TextPrint, TextPrinter, shared

LINKING = load_pack().linking
READER = FactReader(PSEUDONYM_KEY, LINKING, ZoneInfo("Asia/Shanghai"), no_family)
PRINTER = TextPrinter(PSEUDONYM_KEY, LINKING)


def side(text: str = "", **stated: Any) -> Side:
    """A complaint with this text and these stated facts."""
    read = READER.read(complaint(text=text, stated=Stated(**stated)))
    return Side(read.facts, read.text, None)


def scored(one: Side, other: Side, same: Same = Same.PROVEN, days: float = 1, linking: Linking = LINKING) -> Score:
    """The score of two complaints."""
    return weigh(linking, one, other, same, timedelta(days=days), new_is_later=True)


def alike(one: str, other: str) -> float:
    """How much two texts share."""
    return shared(PRINTER.take(fold(one)), PRINTER.take(fold(other))) or 0.0


@pytest.mark.parametrize(
    ("one", "other", "relation"),
    [
        ({"store": "万达店"}, {"store": "万达"}, "agree"),
        ({"store": "万达店"}, {"store": "城西店"}, "differ"),
        ({"store": "杭州万象城店"}, {"store": "上海万象天地店"}, None),
        ({"product": "蒙牛 纯牛奶"}, {"product": "蒙牛纯牛奶"}, "agree"),
        ({"product": "电饭煲"}, {"product": "羽绒服"}, "differ"),
        ({"product": "milk"}, {"product": "牛奶"}, None),
        ({"batch_no": "B 2026-11"}, {"batch_no": "b202611"}, "agree"),
        ({"event_date": "2026-10-30"}, {"event_date": "10月30日"}, "agree"),
        ({"event_date": "2026-10-30"}, {"event_date": "2026-10-31"}, None),
        ({"event_date": "2026-10-25"}, {"event_date": "2026-10-31"}, "differ"),
        ({"order_no": "JD 2026-0001"}, {"order_no": "jd20260001"}, "agree"),
        ({"order_no": "202611020001"}, {"order_no": "202611030001"}, None),
        ({"order_no": "202611020001"}, {"order_no": "202711030001"}, "differ"),
    ],
)
def test_facts_agree_differ_or_say_nothing(one: dict[str, str], other: dict[str, str], relation: str | None) -> None:
    score = scored(side(**one), side(**other))

    assert (bool(score.agree), bool(score.differ)) == (relation == "agree", relation == "differ")


def test_facts_of_the_text_count_like_stated_ones() -> None:
    score = scored(side("订单号：JD20260001，到现在没有发货"), side("没收到货", order_no="jd20260001"))

    assert "order" in score.agree


def test_the_same_words_in_another_frame_or_transcribed_are_alike_and_other_words_are_not() -> None:
    told = "周六在你们店里买的电饭煲第二天就冒烟了，要求退货"

    assert alike(told, f"您好：\n姓名：李娜\n联系电话：13800138000\n投诉内容：{told}\n谢谢") > 0.9
    assert alike(told, "周六在你们店里买得电饭堡第二天就冒烟了要求退货") > 0.8
    assert alike(told, "快递员把包裹扔在楼下不上门，电话也不接") < 0.1
    assert alike("the rice cooker I bought started to smoke", "My rice cooker I bought started to smoke!") > 0.6


def test_a_short_message_is_held_by_the_long_one() -> None:
    long = "".join(f"第{number}件事情是关于{chr(0x4E00 + number * 7)}的。" for number in range(90))

    assert alike(long, long[300:340]) > 0.5
    assert len(PRINTER.take(fold(long)).hashes) == MOST_KEPT


def test_a_print_is_read_back_as_it_was_and_shows_no_words() -> None:
    taken = PRINTER.take(fold("周六在你们店里买的电饭煲第二天就冒烟了"))

    assert TextPrint.from_bytes(taken.to_bytes()) == taken
    assert TextPrinter(b"other key", LINKING).take(fold("周六在你们店里买的电饭煲")) != taken


def test_facts_are_read_back_as_they_were_and_hold_no_values() -> None:
    read = READER.read(complaint(stated=Stated(order_no="A12345678", store="万达店", event_date="2026-10-30")))

    stored = read.facts.as_json()

    assert Facts.from_json(stored) == read.facts
    assert not any(word in str(stored) for word in ("A1234", "a1234", "万达", "2026-10"))


def test_a_contradiction_subtracts_and_another_order_alone_tells_two_incidents_apart() -> None:
    same = scored(side("坏了", order_no="A1234567"), side("坏了", order_no="A1234567"))
    other = scored(side("坏了", order_no="A1234567"), side("坏了", order_no="B1234567"))

    assert same.points - other.points > 7
    assert (same.contradicts, other.contradicts) == (False, True)


def test_the_less_is_known_of_the_person_the_less_it_counts() -> None:
    points = [scored(side("坏了"), side("坏了"), same).points for same in reversed(Same) if same.person]

    assert points == sorted(points, reverse=True)


def test_every_point_says_why_and_they_add_up_to_the_score() -> None:
    score = scored(side("坏了，2026年10月30日买的", store="万达店"), side("坏了", store="城西店"), days=20)

    assert sum(one.points or 0 for one in score.evidence) == pytest.approx(score.points)
    assert all(one.detail and " / " in one.detail for one in score.evidence)
    assert {"identity", "store_different", "time"} <= {one.rule for one in score.evidence}


def test_points_are_those_of_the_pack() -> None:
    points = LINKING.points.model_copy(update={"identity": 9.0})

    score = scored(side("坏了"), side("漏了"), linking=LINKING.model_copy(update={"points": points}))

    assert next(one.points for one in score.evidence if one.rule == "identity") == 9.0


@pytest.mark.parametrize(
    ("text", "stated", "days", "after"),
    [
        ("今天下午买的酸奶打开冒泡", {}, 4, True),
        ("酸奶打开冒泡", {"event_date": "2026-11-02"}, 4, True),
        ("昨天买的酸奶打开冒泡", {}, 1, False),
        ("酸奶打开冒泡", {}, 4, False),
        ("今天还没有人联系我，进展如何", {}, 4, False),
    ],
)
def test_what_happened_after_an_earlier_complaint_is_not_what_it_told_of(
    text: str, stated: dict[str, str], days: float, after: bool
) -> None:
    score = scored(side(text, **stated), side("酸奶打开冒泡"), days=days)

    assert ("happened_after" in {one.rule for one in score.evidence}) is after
