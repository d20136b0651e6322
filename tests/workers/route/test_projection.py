"""What leaves for departments, escalation and review holds no personal data, and what they need."""

import json
from uuid import UUID

import pytest

from schemas.complaint import Attachment, Sender, Stated, SubmittedBy
from schemas.masking import find_personal
from schemas.records import Assignment, AssignmentKind, Classified, Escalation, ReviewRequest
from tests.workers.route.pieces import PACK, STAGE, classified
from workers.route.decision import Routed, as_raised
from workers.route.projection import Projection
from workers.runtime.driver import incoming
from workers.runtime.stage import Emit

PHONE, SPOKEN, ID_NUMBER, CARD = "13800138000", "幺三八零零幺三八零零零", "110101199003074477", "6222021234567890128"
EMAIL, ADDRESS, NAME = "zhang.san@example.com", "上海市浦东新区祖冲之路123弄4号501室", "张三丰"
SECRETS = (
    PHONE,
    "80013800",
    SPOKEN,
    ID_NUMBER,
    CARD,
    EMAIL,
    "zhang.san",
    "祖冲之路",
    "501室",
    NAME,
    "三丰",
    "收银照片",
)

FULL = classified(
    text=f"我是{NAME}，電話{PHONE}，也可以打{SPOKEN}。身份证{ID_NUMBER}，退到卡{CARD}，寄到{ADDRESS}，邮箱{EMAIL}。牛奶过期了，订单号202611220001234。",
    subject=f"{NAME} {PHONE} 牛奶过期",
    sender=Sender(
        name=NAME, phones=("+8613800138000",), emails=(EMAIL,), address=ADDRESS, openid="o6_bmjrPTlm6_2sgVt7hMZOPfL2M"
    ),
    submitted_by=SubmittedBy(role="self", name=NAME, identifier=PHONE),
    reply_to=EMAIL,
    stated=Stated(
        store=f"中山路店（{PHONE}）",
        counter=f"找{NAME}",
        product=f"牛奶 {EMAIL}",
        order_no="4111111111111111",
        desired_resolution=f"退到{CARD}",
        amount="1,299.50元",
    ),
    attachments=(
        Attachment(
            attachment_id=UUID(int=7),
            name=f"{NAME}收银照片.jpg",
            media_type="image/jpeg",
            size_bytes=9,
            sha256="0" * 64,
        ),
    ),
)
DECISION = Routed(
    kind=AssignmentKind.OPENED,
    department="quality",
    rule_id="route.quality",
    copies=("procurement",),
    raised=tuple(as_raised(rule) for rule in PACK.escalation[:2]),
    review=True,
    policy="default@1",
)


def emits(record: Classified = FULL) -> list[Emit]:
    return list(STAGE.emit(incoming(record), DECISION))


def test_no_secret_is_in_any_record_key_header_or_event_id() -> None:
    for emit in emits():
        whole = (
            emit.record.to_json().decode()
            + emit.key
            + emit.event_id
            + emit.topic.name
            + json.dumps(dict(emit.headers), ensure_ascii=False)
        )
        assert [secret for secret in SECRETS if secret in whole] == []


def test_checker_finds_nothing_in_what_departments_read() -> None:
    for emit in emits():
        if isinstance(emit.record, Assignment):
            goods, unit = emit.record.goods, emit.record.unit
            for value in (
                emit.record.text,
                emit.record.subject,
                unit.store,
                unit.counter,
                goods.product,
                goods.desired_resolution,
            ):
                assert find_personal(value or "", [NAME, EMAIL, PHONE]) == []


def test_department_gets_what_it_needs() -> None:
    [first, copy] = [emit.record for emit in emits() if isinstance(emit.record, Assignment)]

    assert "牛奶过期了，订单号202611220001234" in first.text
    assert (first.goods.order_no, str(first.goods.amount), first.goods.currency) == (
        "4111111111111111",
        "1299.50",
        "CNY",
    )
    assert first.contact.masked == ("张**", "138****8000", "z***@example.com")
    assert first.contact.ref
    assert first.attachments[0].attachment_id == UUID(int=7)
    assert (first.responsible, copy.responsible, copy.department) == (True, False, "procurement")
    assert first.unit.store == "中山路店（138****8000）"


def test_evidence_points_at_the_same_words_in_the_masked_text() -> None:
    record = Projection(FULL, b"k").assignment(DECISION, "quality")

    spans = [(one.start, one.end, one.detail or "") for one in record.evidence if one.start is not None]
    assert spans
    for start, end, detail in spans:
        assert f"“{record.text[start:end]}”" in detail


def test_escalation_says_who_and_why_in_the_packs_words() -> None:
    [escalation] = [emit.record for emit in emits() if isinstance(emit.record, Escalation)]

    assert [one.rule for one in escalation.reasons] == ["escalate.safety", "escalate.severity_1"]
    assert escalation.informed[0] == "food-safety-officer"
    assert len(set(escalation.informed)) == len(escalation.informed)


def test_review_carries_no_word_of_the_complaint() -> None:
    [review] = [emit.record for emit in emits() if isinstance(emit.record, ReviewRequest)]

    assert all(one.detail is None and one.start is None for one in review.evidence)


def test_headers_name_department_store_and_counter() -> None:
    [emit, *_] = emits(classified(stated=Stated(store="中山路店", counter="3号柜台")))

    assert emit.headers == {"x-department": "quality", "x-store": "中山路店", "x-counter": "3号柜台"}
    assert emit.key == str(FULL.case_id)
    assert emit.event_id == f"{FULL.complaint_id}/1/quality"


@pytest.mark.parametrize("sender", [None, Sender()])
def test_anonymous_complaint_has_no_contact(sender: Sender | None) -> None:
    record = Projection(classified(sender=sender), b"k").assignment(DECISION, "quality")

    assert record.contact.masked == ()


@pytest.mark.parametrize("amount", [PHONE, f"致电{PHONE}", "021-64321234", "8613800138000", "02164321234元"])
def test_phone_in_the_amount_field_is_no_amount(amount: str) -> None:
    record = Projection(classified(stated=Stated(amount=amount)), b"k").assignment(DECISION, "quality")

    assert find_personal(record.to_json().decode()) == []
    assert record.goods.amount is None


@pytest.mark.parametrize("subtype", [f"x-{PHONE}", "zhang.san"])
def test_who_somebody_is_in_the_media_type_of_a_file_is_not_told(subtype: str) -> None:
    file = FULL.attachments[0].model_copy(update={"media_type": f"image/{subtype}"})
    sender = Sender(emails=(EMAIL,))
    record = Projection(classified(attachments=(file,), sender=sender), b"k").assignment(DECISION, "quality")

    assert [one.media_type for one in record.attachments] == ["application/octet-stream"]


@pytest.mark.parametrize("amount", ["很多", "９９元", "1e999", "9" * 40, ""])
def test_amount_that_is_none_never_stops_a_record(amount: str) -> None:
    Projection(classified(stated=Stated(amount=amount)), b"k").assignment(DECISION, "quality").to_json()
