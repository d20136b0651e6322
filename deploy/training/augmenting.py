"""Copies of the training texts as other channels would have brought them: transcripts, letters in covers.

A cover says nothing about what a message is: the subject of a mail, a greeting, a clerk's first words, a name below.
"""

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from deploy.training.corpus import Example
from schemas.normalise import fold

_BETWEEN_HAN = re.compile(r"(?<![a-z])[^\w?]+(?![a-z])")

_SUBJECTS = (
    *("反馈", "客户反馈", "问题反馈", "情况反映", "反映问题", "留言", "顾客留言", "来信", "关于订单", "订单问题"),
    *("关于贵店", "关于我的订单", "关于服务", "关于商品", "消费问题", "求助", "急", "请回复", "无主题", "(无主题)"),
    *("re:", "回复:", "转发:", "您好", "你好", "咨询", "询问", "请教", "意见", "意见反馈", "建议", "投诉建议"),
    *("投诉与建议", "客服", "feedback", "enquiry", "question", "my order", "customer message", "hello"),
    *("fwd: feedback", "about your store", "message", "建议", "建议", "几点建议", "意见和建议", "一点建议", "咨询"),
    *("咨询问题", "咨询一下", "请问", "suggestion", "inquiry"),
)
"""What stands above messages of every kind."""

_ABOUT = ("订单", "商品", "快递", "退款", "门店", "服务", "价格", "发票", "质量", "售后", "配送", "会员卡")

_GRIEVANCES = (
    *("投诉", "我要投诉", "投诉信", "投诉!", "消费者投诉", "顾客投诉", "强烈投诉", "紧急投诉", "投诉举报"),
    *("再次投诉", "举报", "维权", "complaint", "formal complaint", "customer complaint", "complaint about my order"),
    *("re: complaint",),
    *(f"关于{what}的投诉" for what in _ABOUT),
    *(f"投诉{what}" for what in _ABOUT),
    *(f"{what}问题" for what in _ABOUT),
)
"""What people write above who have a grievance, whatever it is about; the others seldom do."""

_OPENINGS = (
    *("你好,", "您好,", "你好 ", "在吗,", "客服你好,", "客服您好:", "您好客服,", "早上好,", "晚上好,", "【转】"),
    *("【转发】", "转:", "消费者反映:", "来电反映:", "市民反映:", "顾客反映:", "来电人称:", "内容:", "留言内容:"),
    *("诉求内容:", "事由:", "经理你好,", "尊敬的领导:\n", "尊敬的客服:\n", "致客服部:\n", "订单号20261108003921,"),
    *("订单 88120043 ", "会员号10293, ", "工单0045:", "hi, ", "hello, ", "dear sir or madam,\n", "dear team,\n"),
    *("to whom it may concern,\n", "order 20261101: "),
)
_ENDINGS = (
    *("\n谢谢", ",谢谢!", "\n此致\n敬礼", "\n王女士", "\n李先生", "\n陈", "\n一位顾客", "\n发自我的手机"),
    *("\n联系电话见系统", "🙏", "😊", "\n\n祝好", "\n顺祝商祺", "\n以上", "\n期待回复", "\n-- \n张", "\nregards"),
    *("\nthank you", "\nsent from my phone", "\nbest,\nc. lee"),
)
_WITH_GRIEVANCE = {"complaint": 2, "staff_report": 3, "legal_notice": 3, "withdrawal": 2}
"""Of the copies with a subject one in so many has a grieving one; for all other kinds one in `_SELDOM`."""

_SELDOM = 5
_COVERED = 3
"""One text in so many is also there in a cover."""

_SHORTEST = 8
"""Of a shorter text too little would be left beside its cover."""


def copies(examples: Sequence[Example]) -> list[Example]:
    """All copies of these examples, the same for the same examples."""
    return [*as_transcripts(examples), *in_covers(examples)]


def as_transcripts(examples: Sequence[Example]) -> list[Example]:
    """The texts that have marks or blanks between Chinese characters, without them."""
    bare = [replace(example, folded=_BETWEEN_HAN.sub("", example.folded)) for example in examples]
    return [copy for copy, example in zip(bare, examples, strict=True) if copy.folded != example.folded]


def in_covers(examples: Sequence[Example]) -> list[Example]:
    """A share of the texts with a subject, an opening or an ending, drawn by the text, whatever their class."""
    return [replace(example, folded=_covered(example, draws)) for example in examples if (draws := _draws(example))]


def _draws(example: Example) -> Sequence[int]:
    """Numbers that look drawn but follow from the text; none for a text that gets no cover."""
    drawn = hashlib.sha256(example.folded.encode()).digest()
    uncovered = drawn[0] % _COVERED or len(example.folded) < _SHORTEST
    return () if uncovered else [int.from_bytes(drawn[at : at + 4], "big") for at in range(4, 32, 4)]


def _covered(example: Example, draws: Sequence[int]) -> str:
    """Two in three have a subject, one in two an opening, one in three an ending."""
    return "".join(_parts(example, draws))


def _parts(example: Example, draws: Sequence[int]) -> Iterator[str]:
    has_subject = draws[0] % 3 < 2
    if has_subject:
        grieving = draws[1] % _WITH_GRIEVANCE.get(example.kind, _SELDOM) == 0
        subjects = _GRIEVANCES if grieving else _SUBJECTS
        yield fold(subjects[draws[2] % len(subjects)]).text + "\n"
    if draws[3] % 2 or not has_subject:
        yield fold(_OPENINGS[draws[4] % len(_OPENINGS)]).text
    yield example.folded
    if draws[5] % 3 == 0:
        yield fold(_ENDINGS[draws[6] % len(_ENDINGS)]).text
