"""Whoever is pushed, hit or dragged was in danger, by whomever; pushing goods or dialling a number is none of it."""

import pytest

from schemas.policy import load_pack
from schemas.records import Understanding
from workers.classify import Message, RuleUnderstander, TextUnderstander
from workers.classify.model import load_current

PACK = load_pack()
BY_RULES = RuleUnderstander(PACK)
BY_BOTH = TextUnderstander(PACK, load_current())

ATTACKED = [
    "客户经理推了我一把",
    "店长把我推出门外",
    "问了一句价格，收银员就动手打人",
    "我被保安推倒在地",
    "导购扇了我一巴掌",
    "那个保安给了我一耳光",
    "保安拽我胳膊往外拖",
    "骑手揪住我衣领不放",
    "你们店长打了我一下",
    "理货员拿箱子砸我",
    "保安踹了我一脚",
    "掐着我脖子不让走",
    "他们几个店员把我爸打了",
    "工作人员对我推推搡搡",
    "我老婆被你们员工打伤",
    "保安拉扯我的衣服不让出门",
    "保安推我妈，老太太差点跌倒",
    "店員出手打人",
    "收银员骂人还动手",
    "the guard shoved me against the wall",
    "your manager slapped me",
]
NOT_ATTACKED = [
    "给客服打电话没人接",
    "你们打我电话打了八个",
    "打人工客服打了一下午打不通",
    "说好打折又不打折",
    "一直推销会员卡",
    "店员推荐的面霜不好用",
    "推车轮子坏了，推了半天推不动",
    "让你们打包没给打包",
    "退款推了半个月",
    "给我推了十几条广告短信",
    "你们群主把我踢了",
    "服务员太拽了",
    "骑手打了我弟的电话",
    "骑手踹我家门一脚就走了",
    "这个价格真是打我的脸",
    "购物节抢购动手要快",
    "豆芽掐头去尾很干净",
    "一直推来推去没人负责",
    "打我会员卡里的积分少了",
    "他推了我三天还没退",
    "店员推了我一张优惠券",
    "没有动手打人，就是说话难听",
]


def level_and_rules(found: Understanding) -> tuple[bool, int, set[str]]:
    return found.safety, found.severity, {one.rule for one in found.evidence}


@pytest.mark.parametrize("text", ATTACKED)
def test_an_attack_is_danger_and_serious(text: str) -> None:
    for understander in (BY_RULES, BY_BOTH):
        safety, severity, rules = level_and_rules(understander.understand(Message(text)))

        assert (safety, severity) == (True, 1)
        assert "severity.assault" in rules


@pytest.mark.parametrize("text", NOT_ATTACKED)
def test_pushing_goods_or_dialling_a_number_is_no_attack(text: str) -> None:
    safety, severity, _ = level_and_rules(BY_RULES.understand(Message(text)))

    assert (safety, severity) == (False, 3)
