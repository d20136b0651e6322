"""What breaks at the customer's home is no matter of the store's facilities; a claim of repetition is no count."""

import pytest

from schemas.policy import load_pack
from workers.classify import Message, RuleUnderstander, TextUnderstander
from workers.classify.model import load_current

PACK = load_pack()
BY_RULES = RuleUnderstander(PACK)
BY_BOTH = TextUnderstander(PACK, load_current())

AT_HOME = [
    "空调修了三次还是不制冷",
    "家里空调漏水，报修了没人来",
    "新买的空调不制冷",
    "空调不制冷，报修三回了",
    "在你们店里买的空调，装好就坏了",
    "超市买的风扇修了两次还是不转",
    "冰箱修了三次还漏水",
    "洗衣机修三次了还是响",
    "热水器师傅上门修了四次",
]
IN_THE_STORE = [
    "店里空调坏了，闷热得要命",
    "超市里空调不制冷，热死了",
    "试衣间的空调坏了半个月没人修",
    "你们商场三楼冷气坏了，报修了也没人管",
    "空调不开，热死人了",
    "餐厅空调漏水滴到菜里",
]
THIRD_TIME = [
    "洗衣机第三次坏了",
    "空调修了三次还是不制冷",
    "电饭锅送修三次都说正常",
    "这是第三次少发了",
    "柜门把手坏了，修过两回又掉，太差了",
]


@pytest.mark.parametrize("text", AT_HOME)
def test_the_customers_own_appliance_is_goods_or_repair(text: str) -> None:
    assert BY_RULES.understand(Message(text)).primary in {"quality", "after_sales"}

    found = BY_BOTH.understand(Message(text))

    assert found.primary in {"quality", "after_sales"}
    assert "hygiene" not in found.secondary


@pytest.mark.parametrize("text", IN_THE_STORE)
def test_what_breaks_in_the_store_is_a_matter_of_its_facilities(text: str) -> None:
    assert BY_BOTH.understand(Message(text)).primary == "hygiene"


@pytest.mark.parametrize("text", THIRD_TIME)
def test_a_repetition_that_only_the_customer_claims_is_serious_but_not_the_worst(text: str) -> None:
    for understander in (BY_RULES, BY_BOTH):
        found = understander.understand(Message(text))

        assert (found.severity, found.urgency) == (2, "regular")


def test_a_third_time_that_is_on_record_is_the_worst_level() -> None:
    assert BY_BOTH.understand(Message("洗衣机第三次坏了", repeat_count=3)).severity == 1


def test_who_claims_a_third_time_in_fury_is_the_worst_level() -> None:
    text = "第三次了！一群骗子，再不退钱我天天坐你们店里，找电视台曝光你们"

    assert BY_BOTH.understand(Message(text)).severity == 1


def test_who_buys_a_third_time_complains_of_nothing() -> None:
    found = BY_BOTH.understand(Message("第三次回购了，品质一直稳定，好用，推荐"))

    assert (found.kind, found.severity) == ("praise", 3)
