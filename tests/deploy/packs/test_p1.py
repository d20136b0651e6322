"""P1, supermarket chain: several departments on one case, answers on several channels in step."""

from datetime import timedelta

import pytest

from schemas.policy import Facts
from tests.deploy.packs.walking import MONDAY, clocks, pack, walked

PACK = pack("p1")


@pytest.mark.parametrize(
    ("text", "case_class"),
    [
        ("买的苹果烂了好几个", "quality"),
        ("收银员态度恶劣，爱答不理", "service"),
        ("货架价格和结账价格不一致，多收了钱", "price"),
        ("卫生间太脏了，地面湿滑", "hygiene"),
    ],
)
def test_complaint_is_counted_in_the_classes_of_the_procedure(text: str, case_class: str) -> None:
    assert walked("p1", text).case_class == case_class


def test_batch_fault_reaches_procurement_and_cold_chain_logistics() -> None:
    batch = walked("p1", "同一批次的酸奶都胀包了，质量有问题")
    cold = walked("p1", "冷冻水饺送到已经解冻化冻了，质量有问题")

    assert {batch.department, *batch.copies} >= {"quality", "procurement", "store-operations"}
    assert {cold.department, *cold.copies} >= {"quality", "logistics"}


def test_wording_of_a_promotion_reaches_marketing() -> None:
    found = walked("p1", "海报写着买一送一，结账时不给打折，虚假宣传，误导消费者")

    assert (found.department, "store-operations" in found.copies) == ("pricing-marketing", True)


def test_first_reply_within_24_hours_and_complex_cases_within_72() -> None:
    found = clocks(walked("p1", "已经是第二次买到烂苹果了，损失1200元"))

    assert found["first-reply"].due_at == MONDAY + timedelta(hours=24)
    assert found["complex"].due_at == MONDAY + timedelta(hours=72)


def test_simple_case_has_no_72_hours() -> None:
    assert "complex" not in clocks(walked("p1", "买的毛巾洗了一次就掉色"))


def test_answers_go_out_in_step_and_remedies_know_refund_and_voucher() -> None:
    assert PACK.replying.in_step == ("phone", "sms", "wechat", "email")
    assert {"refund", "voucher"} <= {one.code for one in PACK.remedies}


def test_follow_up_falls_between_the_third_and_seventh_day_after_the_solution() -> None:
    [asked] = PACK.follow_up
    [rule] = [one for one in PACK.clocks if one.clock == asked.clock]
    [started] = PACK.clocks_for(Facts(), MONDAY, "solved")

    assert rule.not_before is not None
    assert (rule.not_before.delta, started.due_at) == (timedelta(days=3), MONDAY + timedelta(days=7))


def test_month_is_counted_by_class_with_trend_and_procurement_is_told() -> None:
    [report] = PACK.reports

    assert (report.every, report.by[0], "trend" in report.holds) == ("month", "class", True)
    assert "procurement-manager" in report.copies
