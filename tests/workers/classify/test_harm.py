"""Whoever had to be taken to a doctor was harmed, however it is told; goods brought to a hospital harm nobody."""

import pytest

from schemas.policy import load_pack
from schemas.records import Understanding
from workers.classify import Message, RuleUnderstander, TextUnderstander
from workers.classify.model import load_current

PACK = load_pack()
BY_RULES = RuleUnderstander(PACK)
BY_BOTH = TextUnderstander(PACK, load_current())

TAKEN_TO_CARE = [
    "老人在你们店里滑了一下，送到急诊了",
    "我妈直接被拉去医院了",
    "他喝完就送医了",
    "吃完当晚挂急诊",
    "人是120拉走的",
    "最后叫了救护车抬走的",
    "奶奶在扶梯上一晃，被送到了医院",
    "半夜把我爸送到人民医院抢救",
    "孩子送到卫生所打针",
    "手指头送去诊所包扎了",
    "同事把我扶到医务室躺了一下午",
    "連夜送往急診室",
    "they rushed my father to the hospital",
    "吃了你们的外卖被送到医院",
    "she had to be taken to A&E",
]
GOODS_BROUGHT_TO_A_HOSPITAL = [
    "外卖送到医院门口就走了，我下来拿不到",
    "订单写的市医院护士站，送到已经凉了",
    "快递送到医院收发室，没有通知我",
    "这箱水果准备带去医院看望病人，结果迟了两天",
    "收货地址是医院宿舍，送到了隔壁小区",
    "能不能送到医院住院部三楼",
    "点的粥送到急诊已经凉透了",
    "收货写的急诊科，骑手放在一楼",
]


def rules_of(found: Understanding) -> set[str]:
    return {one.rule for one in found.evidence}


@pytest.mark.parametrize("text", TAKEN_TO_CARE)
def test_who_is_taken_to_a_doctor_was_harmed(text: str) -> None:
    found = BY_RULES.understand(Message(text))

    assert (found.safety, found.severity, found.urgency) == (True, 1, "urgent")
    assert rules_of(found) & {"safety.medical_care", "safety.taken_to_care"}


@pytest.mark.parametrize("text", TAKEN_TO_CARE)
def test_taking_a_person_to_a_doctor_is_no_delivery(text: str) -> None:
    found = BY_BOTH.understand(Message(text))

    assert "logistics" not in {found.primary, *found.secondary}


@pytest.mark.parametrize("text", GOODS_BROUGHT_TO_A_HOSPITAL)
def test_goods_brought_to_a_hospital_harm_nobody(text: str) -> None:
    assert not BY_RULES.understand(Message(text)).safety


def test_a_courier_who_hurts_somebody_is_still_a_matter_of_the_delivery() -> None:
    found = BY_BOTH.understand(Message("快递员骑车把我爸撞了，送到医院缝了三针"))

    assert found.safety
    assert found.primary == "logistics"
