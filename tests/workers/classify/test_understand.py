"""What customers write is understood: kind, category, danger, severity, with reasons that can be checked."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.complaint import Stated
from schemas.policy import load_pack
from schemas.records import Understanding
from tests.schemas.making import RECEIVED_AT
from tests.workers.classify.sentences import SENTENCES
from workers.classify import Message, RuleUnderstander, understand_line

UNDERSTANDER = RuleUnderstander(load_pack())


def understand(text: str, **more: Any) -> Understanding:
    return UNDERSTANDER.understand(Message(text, **more))


@pytest.mark.parametrize(("text", "kind", "category", "safety"), SENTENCES, ids=[text for text, *_ in SENTENCES])
def test_sentence_is_understood_as_a_clerk_would(text: str, kind: str, category: str, safety: bool) -> None:
    found = understand(text)

    assert (found.kind, found.primary, found.safety) == (kind, category, safety)


@pytest.mark.parametrize(
    ("text", "not_primary"),
    [
        ("没有过期，是包装压坏了", "quality"),
        ("物流很快，就是衣服掉色", "logistics"),
        ("服务态度不错，但是多收了我五块钱", "service"),
        ("并不是质量问题，纯粹是快递丢件", "quality"),
    ],
)
def test_what_is_denied_or_praised_is_no_complaint(text: str, not_primary: str) -> None:
    found = understand(text)

    assert found.kind == "complaint"
    assert found.primary not in {not_primary, "other"}


@pytest.mark.parametrize(
    "text",
    ["这不是过期了吗", "不是过期就是变质", "没想到牛奶过期了", "不少面包发霉了", "牛奶过期三天，订单号 A1234567"],
)
def test_what_only_looks_denied_stands(text: str) -> None:
    assert understand(text).safety


@pytest.mark.parametrize("text", ["牛奶没有过期", "幸好没受伤", "优惠券过期了用不了", "衣服穿着不舒服"])
def test_no_alarm_without_danger(text: str) -> None:
    assert not understand(text).safety


@pytest.mark.parametrize(
    ("text", "stated", "severity"),
    [
        ("货坏了，涉及9999元", {}, 2),
        ("货坏了，涉及1万元", {}, 1),
        ("货坏了，涉及10000元", {}, 1),
        ("货坏了，涉及999.99元", {}, 3),
        ("货坏了，涉及一千元", {}, 2),
        ("坏了9箱", {}, 3),
        ("坏了10箱", {}, 2),
        ("坏了一百箱", {}, 1),
        ("坏了99箱", {}, 2),
        ("货坏了", {"amount": "12,000元"}, 1),
        ("货坏了", {"quantity": "12箱"}, 2),
    ],
)
def test_the_number_itself_belongs_to_the_higher_level(text: str, stated: dict[str, str], severity: int) -> None:
    assert understand(text, stated=Stated(**stated)).severity == severity


def test_repeat_raises_severity_and_referral_urgency() -> None:
    assert understand("衣服又掉色", verdict="repeat").severity == 2
    assert understand("衣服掉色", referral=True).urgency == "urgent"
    assert understand("衣服掉色").urgency == "regular"


@given(st.sampled_from(SENTENCES), st.sampled_from(["我要找媒体曝光", "孩子吃了住院", "涉及20000元", "第三次了"]))
def test_more_bad_news_never_lowers_severity_or_urgency(sentence: tuple[str, str, str, bool], more: str) -> None:
    before, after = understand(sentence[0]), understand(f"{sentence[0]}。{more}")

    assert after.severity <= before.severity
    assert (before.urgency, after.urgency) != ("urgent", "regular")


@pytest.mark.parametrize("text", ["　　貴店的麵包\u200b發\u200b霉了㎏ ，過期！", "ＡＢＣ 牛奶过期了", "牛奶⑤瓶过期"])
def test_evidence_points_into_the_text_as_it_was_sent(text: str) -> None:
    spans = [(one.start, one.end, one.detail) for one in understand(text).evidence if one.start is not None]

    assert spans
    for start, end, detail in spans:
        assert detail is not None
        assert f"“{text[start:end]}”" in detail


def test_subject_counts_and_its_evidence_has_no_span() -> None:
    found = understand("请尽快处理", subject="牛奶过期")

    assert found.primary == "quality"
    assert any(one.start is None and "标题提到“过期”" in (one.detail or "") for one in found.evidence)


def test_every_hit_names_its_rule_and_the_policy() -> None:
    found = understand("牛奶过期了，孩子喝了拉肚子")

    assert {"safety.spoiled", "safety.illness", "severity.harm", "urgency.safety"} <= {
        one.rule for one in found.evidence
    }
    assert found.policy == "default@1"


def test_category_chosen_in_a_form_counts() -> None:
    assert understand("请联系我说明情况", stated=Stated(category="售后服务")).primary == "after_sales"


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (Message("", attachments=2), "only_attachments"),
        (Message(""), "empty"),
        (Message("那个东西你们看着办"), "no_hit"),
        (Message("差评"), "very_short"),
        (Message("牛奶过期，快递丢件"), "narrow_margin"),
        (Message("衣服掉色了怎么办呀", verdict="suspected"), "suspected_link"),
    ],
)
def test_doubt_asks_for_a_person_and_says_why(message: Message, reason: str) -> None:
    found = UNDERSTANDER.understand(message)

    assert found.needs_review
    assert reason in found.review_reasons


def test_automatic_mail_alarms_nobody() -> None:
    found = understand("食物中毒 律师函 曝光", automatic=True)

    assert (found.kind, found.primary, found.urgency, found.severity) == ("other", "other", "regular", 3)
    assert (found.safety, found.needs_review, found.review_reasons) == (False, False, ("automatic",))


def test_probabilities_sum_to_one() -> None:
    found = understand("牛奶过期，客服态度差，退款没到账")

    assert sum(one.p for one in found.categories) == pytest.approx(1, abs=0.001)
    assert found.primary not in found.secondary
    assert found.secondary


@pytest.mark.parametrize(
    ("text", "field", "value"),
    [
        ("订单号：202611220001，未收到货", "order_no", "202611220001"),
        ("order no. AB-123456 is late", "order_no", "AB-123456"),
        ("批号L20261101A 有异味", "batch_no", "L20261101A"),
        ("电话138 0013 8000", "phone", "13800138000"),
        ("多收了１２．５０元", "amount", "12.5"),
        ("花了三百五十块钱", "amount", "350"),
        ("一共2万5元", "amount", "25000"),
        ("坏了三箱", "quantity", "3箱"),
        ("昨天买的", "date", "2026-11-21"),
        ("三天前买的", "date", "2026-11-19"),
        ("12月3日买的", "date", "2025-12-03"),
        ("2026年11月20日买的", "date", "2026-11-20"),
    ],
)
def test_fields_are_found_with_their_spans(text: str, field: str, value: str) -> None:
    found = understand(text, received_at=RECEIVED_AT).fields[field]

    assert found[0].value == value
    assert 0 <= found[0].start < found[0].end <= len(text)


@pytest.mark.parametrize("text", ["保质期到2026年11月20日", "会员号1234567890", "赔十倍"])
def test_what_is_no_event_order_or_amount_is_not_taken_for_one(text: str) -> None:
    assert understand(text, received_at=RECEIVED_AT).fields == {}


def test_a_day_counts_in_the_customers_time_zone() -> None:
    late = RECEIVED_AT.replace(hour=17)  # already the 23rd in Shanghai

    assert understand("今天买的", received_at=late).fields["date"][0].value == "2026-11-23"


@given(st.text(max_size=200), st.text(max_size=30))
def test_no_text_crashes_it_and_spans_stay_inside(text: str, subject: str) -> None:
    found = understand(text, subject=subject, received_at=RECEIVED_AT)

    spans = [(one.start, one.end) for one in found.evidence if one.start is not None and one.end is not None]
    spans += [(one.start, one.end) for values in found.fields.values() for one in values]
    assert all(0 <= start <= end <= len(text) for start, end in spans)


@pytest.mark.parametrize("unit", ["的", "1", "不是", "过期", "虫吃", "1元", "订单", "a", ",", "\u200b", "㎏", "{", "("])
def test_a_text_of_a_megabyte_is_read_to_its_first_thousands_only(unit: str) -> None:
    text = (unit * 1_000_000)[:1_000_000]

    assert understand(text) == understand(text[:4_000])


def test_answer_to_a_line_keeps_its_id() -> None:
    answer = understand_line(UNDERSTANDER, json.dumps({"id": 7, "text": "牛奶过期了", "unknown": True}))

    assert answer["id"] == 7
    assert answer["primary"] == "quality"
    assert answer["evidence"][0]["start"] == 2
