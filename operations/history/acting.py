"""What we and our people did about a complaint, in sentences a clerk reads: answers, tasks, reviews. Pure."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from operations.casework import words_of
from operations.history.telling import aside, joined
from operations.vocabulary import OCCASION_NAMES
from operations.wording import Wording
from schemas.casework import WHY_WORDS
from schemas.masking import mask_text
from schemas.messages import MessageKind
from schemas.reply import ACKNOWLEDGEMENT
from schemas.review import ReviewOutcome
from schemas.task import TASK_TITLES, TaskKind

BOUNCED, UNDELIVERED = "bounced", "undelivered"
"""States of a message that nobody got after it had been sent."""
_MESSAGES = {
    ACKNOWLEDGEMENT: ("受理回执", "the acknowledgement"),
    MessageKind.NOTICE: ("进展通知", "the notice"),
    MessageKind.REPLY: ("人工回复", "the reply"),
    MessageKind.CODE: ("一次性验证码", "the one-time code"),
}
_OUTCOMES = {
    "sent": ("已向顾客发出受理回执", "the acknowledgement went out"),
    "covered": (
        "同一案件 24 小时内已有回执，不再重复发送",
        "covered: the case was acknowledged in the 24 hours before",
    ),
    "not-wanted": ("无需回执", "no acknowledgement is wanted"),
    "unreachable": ("没有可送达的联系方式", "no way to reach anybody"),
    "by-person": ("转人工处理回执", "a person is to acknowledge it"),
}
_UNTOLD = {
    "not-wanted": ("无需发送", "not wanted"),
    "unreachable": ("没有可送达的联系方式", "no way to reach anybody"),
    "by-person": ("转人工告知", "a person is to tell the customer"),
}
_STATES = {
    "ready": ("等待发送", "waits to be sent"),
    "claimed": ("正在发送", "is being sent"),
    "sending": ("正在发送", "is being sent"),
    "retry": ("发送未成功，稍后重试", "did not go out, will be tried again"),
    "sent": ("已发出", "sent"),
    "refused": ("对方服务器拒收", "refused by the other server"),
    "unknown": ("是否发出不明确，待人工核实", "not known whether it went out, a person finds out"),
    "given-up": ("已放弃发送", "given up"),
    BOUNCED: ("被退回，顾客没有收到", "came back, the customer did not get it"),
    UNDELIVERED: ("发出后未能送达", "was not delivered"),
    "recipient-refused": ("对方拒收", "refused by the recipient"),
    "closed": ("对方已关闭此渠道", "the recipient has closed this way"),
    "not-set-up": ("此渠道未配置", "this channel is not set up"),
    "covered": ("同一案件已有回执，不再发送", "covered by an earlier one of the case"),
}


def promised(say: Wording, due_at: datetime, kind: str) -> str:
    """By when it must be acknowledged."""
    by = say.moment(due_at)
    unread = kind != "complaint"
    what = say.pick("未能读取的来件", "what could not be read") if unread else say.pick("投诉", "the complaint")
    return say.pick(f"受理时限开始计时（{what}）：须在 {by} 前回执", f"the clock runs: {what} is acknowledged by {by}")


def outcome(say: Wording, code: str, reason: str, *, by_sweeper: bool) -> str:
    """How the duty to acknowledge ended."""
    by = say.pick("（由兜底任务）", ", by the sweeper") if by_sweeper else ""
    return _ended(say, code) + aside(say, say.said(reason)) + by


def message(say: Wording, kind: str, occasion: str | None) -> str:
    """Which message of ours it is: the acknowledgement, or what another one tells of."""
    what = say.pick(*_MESSAGES[kind]) if kind in _MESSAGES else kind
    if kind != MessageKind.NOTICE or not occasion:
        return what
    return what + aside(say, say.pick(*OCCASION_NAMES[occasion]) if occasion in OCCASION_NAMES else occasion)


def written(say: Wording, channel: str, language: str, *, what: str) -> str:
    """That a message waits to be sent."""
    where, tongue = say.called(channel), say.called(language)
    return say.pick(f"{what}已写入待发队列：{where}，{tongue}", f"{what} is written, to go by {where} in {tongue}")


def untold(say: Wording, code: str, reason: str, *, what: str) -> str:
    """That a message besides the acknowledgement did not go out, and what follows."""
    how = say.pick(*_UNTOLD[code]) if code in _UNTOLD else code
    return say.pick(f"{what}未发送：{how}", f"{what} was not sent: {how}") + aside(say, say.said(reason))


def confirmed(say: Wording, code: str, in_time: bool) -> str:
    """The end of the duty to acknowledge."""
    when = say.pick("按时", "in time") if in_time else say.pick("超时", "late")
    return say.pick(
        f"受理时限已了结：{_ended(say, code)}，{when}", f"the clock is settled: {_ended(say, code)}, {when}"
    )


def attempted(say: Wording, state: str, tries: int, error_class: str | None, *, what: str) -> str:
    """How sending fares."""
    error = aside(say, error_class or "")
    how = _state(say, state)
    return say.pick(f"{what}发送：{how}，第 {tries} 次尝试", f"{what}: {how}, try {tries}") + error


def came_back(say: Wording, bounce: object | None, *, what: str) -> str:
    """That nobody got a message; `bounce` is the id of the mail that says so."""
    if bounce is not None:
        return say.pick(
            f"{what}被退回，顾客没有收到，需人工联系（退信 {bounce}）",
            f"{what} came back, a person is to reach the customer (bounce {bounce})",
        )
    return say.pick(
        f"渠道回报{what}未能送达，需人工联系",
        f"the channel says {what} was not delivered, a person is to reach the customer",
    )


def said(say: Wording, channel: str, revision: int) -> str:
    """What a customer said, or what was added to it later."""
    where = say.called(channel)
    if revision == 1:
        return say.pick(f"顾客来讯（{where}）", f"the customer ({where})")
    return say.pick(f"来讯内容更新，第 {revision} 版（{where}）", f"the message changed, version {revision} ({where})")


def answered(say: Wording, channel: str, state: str, tries: int, error_class: str | None, *, what: str) -> str:
    """What we said, and whether it arrived."""
    tried = say.pick(f"，尝试 {tries} 次", f", tries: {tries}") if tries else ""
    where, how = say.called(channel), _state(say, state)
    said = say.pick(f"{what}（{where}）：{how}{tried}", f"{what} ({where}): {how}{tried}")
    return said + aside(say, error_class or "")


def to_do(say: Wording, kind: str, due_at: datetime, owner: str | None) -> str:
    """What a person must do."""
    what, by = task(say, kind), say.moment(due_at)
    whose = say.pick(f"，已由 {owner} 领取", f", taken by {owner}") if owner else ""
    if kind == TaskKind.SAFETY_ALARM:
        return say.pick(f"人工任务：{what}，须在 {by} 前有人接手{whose}", f"task: {what}, to be taken by {by}{whose}")
    return say.pick(f"人工任务：{what}，须在 {by} 前完成{whose}", f"task: {what}, due {by}{whose}")


def done(say: Wording, kind: str, by: str | None, how: str, note: str | None) -> str:
    """Who did it, and how."""
    what = task(say, kind)
    if not by:
        return say.pick(
            f"人工任务完成：{what}，投诉内容更新后不再需要",
            f"task ended: {what}, the complaint changed, nobody needs it",
        )
    way = say.called(how)
    return say.pick(f"人工任务完成：{what}，经办 {by}，方式 {way}", f"task done: {what}, by {by}, {way}") + aside(
        say, note or ""
    )


def to_look_at(say: Wording, drawn_by: str, reasons: Sequence[str], owner: str | None) -> str:
    """Why people look at it."""
    doubts = say.pick("：", ": ") + say.listed(reasons) if reasons else ""
    whose = say.pick(f"，已由 {owner} 领取", f", taken by {owner}") if owner else ""
    return say.pick("进入人工复核", "to be looked at") + aside(say, say.called(drawn_by)) + doubts + whose


def looked_at(say: Wording, outcome: str, by: str, label: Mapping[str, Any]) -> str:
    """What a person said of it."""
    corrected = outcome == ReviewOutcome.CORRECTED
    how = say.pick("更正为", "it is") if corrected else say.pick("确认系统判断", "the machine is right:")
    category, kind = say.category(label.get("primary", "")), say.called(label.get("kind", ""))
    return say.pick(
        f"人工复核完成（{by}）：{how}{category}，性质 {kind}", f"looked at by {by}: {how} {category}, {kind}"
    )


def worked(say: Wording, row: Any) -> str:
    """What a department did with the case, or what happened to it there; words of people masked."""
    said = words_of(row.kind)
    who = say.department(row.department) if row.department else ""
    told = [say.pick(said.zh, said.en)]
    if row.text_for_customer:
        told.append(say.pick("告知顾客", "told the customer") + quoted(row.text_for_customer))
    if row.internal_note:
        told.append(say.pick("备注", "note") + quoted(row.internal_note))
    why = WHY_WORDS.get(row.why or "")
    if why:
        told.append(say.pick(f"未生效（{why['zh']}）", f"not applied ({why['en']})"))
    return joined(say, [f"{who}{say.pick('：', ': ')}{told[0]}" if who else told[0], *told[1:]])


def quoted(words: str) -> str:
    """Words of people, masked."""
    return f"「{mask_text(words)}」"


def mishap(say: Wording, what: str, state: str, by: str | None, resolution: str | None) -> str:
    """What could not be read or processed, and what became of it."""
    states = {"open": ("待处理", "open"), "replayed": ("已重放", "replayed"), "discarded": ("已作废", "discarded")}
    whose = say.pick(f"，经办 {by}：{resolution}", f", by {by}: {resolution}") if by else ""
    return f"{what}{say.pick('；', '; ')}{say.pick(*states[state])}{whose}"


def task(say: Wording, kind: str) -> str:
    """What a task is."""
    titles = TASK_TITLES.get(kind, {})
    return say.pick(titles.get("zh-Hans", kind), titles.get("en", kind))


def _ended(say: Wording, code: str) -> str:
    return say.pick(*_OUTCOMES[code]) if code in _OUTCOMES else code


def _state(say: Wording, state: str) -> str:
    return say.pick(*_STATES[state]) if state in _STATES else state
