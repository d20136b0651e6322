"""How one person tells of one incident in one form: the words only."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from random import Random

from deploy.training.stream import words
from deploy.training.stream.model import Incident, Person
from deploy.training.stream.settings import StreamSettings

_OPENINGS: Mapping[str, tuple[str, ...]] = {
    "wechat": ("", "", "在吗", "我要投诉", "有人管吗", "气死了", "人工", "你们这东西"),
    "call": (
        "喂你好我要反映个事情",
        "你好我是想投诉一下",
        "那个我问一下啊",
        "喂是客服吗",
        "哎你好是这样的",
        "我跟你们说个事",
        "你那边是管投诉的吧",
        "不好意思打扰一下",
    ),
    "sms": ("投诉：", "", "我要投诉，", "客服你好，"),
    "email": ("你好：\n", "尊敬的客服：\n", "您好，\n", "客服部：\n"),
    "web": ("", "", "", "反映一个问题，"),
}
_CLOSINGS = (
    "你们看怎么处理吧{want}",
    "{want}就这个要求",
    "我现在就要{want}行不行",
    "你帮我登记一下{want}",
    "你们给个话{want}",
    "{want}不然我就去投诉你们",
    "那我等你们电话啊",
    "{want}可以吧麻烦你了",
)
_NEWS = (
    "我{d}反映的{p}的事，怎么还没人联系我",
    "{p}那个投诉有进展了吗",
    "请问上次说的{p}处理到哪一步了",
    "你们说会回电话，我等了好几天了，就是{p}那件事",
    "催一下，{p}的投诉",
    "有结果了吗",
    "到现在没人理我，{p}的问题到底管不管",
    "怎么还没有消息",
)
_MORE = (
    "补充一下，{p}的照片我发给你们了",
    "照片发了，请查收",
    "补一下刚才没说的：{fact}",
    "还有一点忘了说，{fact}",
    "这是{p}的小票，之前你们要的",
    "之前投诉{p}的就是我，{fact}，补充说明",
)
_NEWS_ENGLISH = (
    "any news about my complaint on the {p}?",
    "I wrote about the {p} {d} and nobody has called me",
    "here are the photos of the {p} you asked for",
    "still waiting for an answer about the {p}",
)
_AGAIN = ("上次的事刚完，这次又来", "又是这个毛病", "第二次了", "之前投诉过一回，这次又遇到", "同样的事情又发生了")
_AGAIN_ENGLISH = ("it happened again", "this is the second time")
_SMS_CHARS = 70
_NOT_BOUGHT = frozenset({"rude", "hygiene", "slow", "hotline", "payment", "promo", "refund"})


@dataclass(frozen=True, slots=True)
class Mention:
    """What the words name besides the story; None is left out."""

    day: date | None = None
    store: str | None = None
    order_no: str | None = None
    batch_no: str | None = None
    phone: str | None = None


class Teller:
    """Puts stories into words with the dice of the stream."""

    def __init__(self, settings: StreamSettings, dice: Random) -> None:
        self._settings, self._dice = settings, dice
        self._forms: Mapping[str, Callable[[Incident, Person, Mention, date], str]] = {
            "wechat": self._wechat,
            "call": self._call,
            "sms": self._sms,
            "email": self._email,
            "web": self._web,
            "referral": self._referral,
        }

    def tell(self, form: str, incident: Incident, writer: Person, mention: Mention, today: date) -> str:
        """The incident as told in this form; in the writer's own script or language."""
        if writer.script == "en" and form != "referral":
            return self._english(form, incident, mention, today)
        text = self._forms[form](incident, writer, mention, today)
        return words.traditional(text) if writer.script == "hant" and form != "referral" else text

    def ask(self, form: str, incident: Incident, writer: Person, mention: Mention, today: date) -> str:
        """A question after the incident, or something more about it."""
        dice = self._dice
        if writer.script == "en":
            line = dice.choice(_NEWS_ENGLISH)
            return line.format(p=incident.kernel.english_goods, d=words.english_day(dice, incident.day, today))
        line = dice.choice(_NEWS if dice.random() < 0.6 else _MORE)
        day = words.day_words(dice, incident.day, today)
        text = line.format(p=incident.goods, d=day, fact=self._facts(incident, 1)[0])
        if mention.order_no and dice.random() < 0.5:
            text += f"，订单号{mention.order_no}"
        if form == "call":
            text = words.misheard(dice, text, self._settings.misheard)
        return words.traditional(text) if writer.script == "hant" else text

    def _wechat(self, incident: Incident, _writer: Person, mention: Mention, today: date) -> str:
        lines = [self._dice.choice(_OPENINGS["wechat"]), self._bought(incident, mention, today)]
        lines += self._facts(incident, self._dice.choice((1, 2, 2, 3)))
        lines += [self._want(incident)] if self._dice.random() < 0.4 else []
        lines += [f"订单{mention.order_no}"] if mention.order_no else []
        lines += [f"我电话{mention.phone}"] if mention.phone else []
        return self._dice.choice(("\n", " ", "，")).join(line for line in lines if line)

    def _call(self, incident: Incident, writer: Person, mention: Mention, today: date) -> str:
        dice = self._dice
        parts = [dice.choice(_OPENINGS["call"]), self._bought(incident, mention, today), *self._facts(incident, 3)]
        parts.append(dice.choice(_CLOSINGS).format(want=self._want(incident)))
        text = words.misheard(dice, "，".join(parts), self._settings.misheard)
        if mention.order_no:
            text += f"订单号是{words.spoken(mention.order_no)}"
        if mention.phone:
            text += f"我姓{writer.surname}电话{words.spoken(mention.phone)}"
        return text

    def _sms(self, incident: Incident, _writer: Person, mention: Mention, today: date) -> str:
        parts = [self._bought(incident, mention, today), *self._facts(incident, 2), self._want(incident)]
        order = f"单号{mention.order_no}，" if mention.order_no else ""
        return (self._dice.choice(_OPENINGS["sms"]) + order + "，".join(parts))[:_SMS_CHARS]

    def _email(self, incident: Incident, writer: Person, mention: Mention, today: date) -> str:
        dice = self._dice
        body = self._bought(incident, mention, today) + "。" + "。".join(self._facts(incident, 4)) + "。"
        order = f"订单编号：{mention.order_no}。" if mention.order_no else ""
        batch = f"包装上批号{mention.batch_no}。" if mention.batch_no else ""
        close = dice.choice(("我的要求很简单：", "请", "希望")) + self._want(incident) + "。"
        name = dice.choice((writer.surname + writer.given, writer.surname + writer.honorific, "一位老顾客"))
        phone = f"\n电话：{mention.phone}" if mention.phone else ""
        end = dice.choice(("\n此致\n敬礼\n", "\n谢谢\n", "\n祝好\n"))
        return dice.choice(_OPENINGS["email"]) + body + order + batch + close + end + name + phone

    def _web(self, incident: Incident, _writer: Person, mention: Mention, today: date) -> str:
        dice = self._dice
        facts = self._facts(incident, dice.choice((2, 3)))
        body = dice.choice(_OPENINGS["web"]) + self._bought(incident, mention, today) + "，" + "，".join(facts)
        batch = f"，批号{mention.batch_no}" if mention.batch_no else ""
        if dice.random() < 0.3:
            return f"问题描述：{body}{batch}\n诉求：{self._want(incident)}"
        return f"{body}{batch}。{self._want(incident)}"

    def _referral(self, incident: Incident, writer: Person, mention: Mention, today: date) -> str:
        dice, day = self._dice, mention.day or incident.day
        when = f"{day.year}年{day.month}月{day.day}日" if dice.random() < 0.6 else "近日"
        where = f"在{mention.store}" if mention.store else "在被投诉商家"
        third = dice.choice(incident.kernel.third).format(p=incident.goods)
        facts = "，".join(self._facts(incident, dice.choice((1, 2))))
        facts = facts.replace("我", "其").replace("你们", "商家")
        order = f"订单号{mention.order_no}。" if mention.order_no else ""
        batch = f"批号{mention.batch_no}。" if mention.batch_no else ""
        wants = self._want(incident).replace("我", "其").replace("你们", "商家")
        return (
            f"消费者{writer.surname}{writer.honorific}反映，其{when}{where}购买{incident.goods}，{third}。"
            f"{facts}。{order}{batch}诉求：{wants}。"
        )

    def _english(self, form: str, incident: Incident, mention: Mention, today: date) -> str:
        dice = self._dice
        goods = incident.kernel.english_goods
        where = f" at {mention.store}" if mention.store else ""
        when = f" {words.english_day(dice, mention.day, today)}" if mention.day else ""
        start = dice.choice((f"this is about the {goods}{where}{when}", f"I have a complaint: {goods}{where}{when}"))
        facts = [self._preferred(incident, number, one) for number, one in enumerate(incident.kernel.english)]
        again = [dice.choice(_AGAIN_ENGLISH)] if incident.again else []
        order = [f"order number {mention.order_no}"] if mention.order_no else []
        text = ", ".join([start, *again, *facts, *order])
        return f"Dear sir or madam,\n{text}.\nKind regards" if form == "email" else text

    def _bought(self, incident: Incident, mention: Mention, today: date) -> str:
        dice = self._dice
        when = words.day_words(dice, mention.day, today) if mention.day else dice.choice(("", "", "刚刚", "前些日子"))
        where = f"在{mention.store}" if mention.store else ""
        again = dice.choice(_AGAIN) + "，" if incident.again else ""
        verb = "说的是" if incident.kernel.family in _NOT_BOUGHT else "买的"
        return f"{again}{when}{where}{verb}{incident.goods}"

    def _facts(self, incident: Incident, count: int) -> list[str]:
        numbers = sorted(self._dice.sample(range(len(incident.kernel.facts)), min(count, len(incident.kernel.facts))))
        return [self._preferred(incident, one, incident.kernel.facts[one]).format(p=incident.goods) for one in numbers]

    def _preferred(self, incident: Incident, number: int, choices: tuple[str, ...]) -> str:
        if self._dice.random() < 0.6:
            return choices[incident.favourites[number % len(incident.favourites)] % len(choices)]
        return self._dice.choice(choices)

    def _want(self, incident: Incident) -> str:
        return self._dice.choice(incident.kernel.wants)
