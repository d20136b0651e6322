"""What happened to a complaint, in sentences a clerk reads. Pure: records and rows in, Chinese sentences out."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from schemas.correction import Correction
from schemas.masking import mask_text
from schemas.outcomes import Outcome
from schemas.policy import PolicyPack
from schemas.records import Deduplicated, Evidence, Understanding, Verdict
from schemas.review import DRAWN_TITLES, REASON_TITLES, ReviewOutcome
from schemas.task import TASK_TITLES, UNHEARD, TaskKind

LOCAL = ZoneInfo("Asia/Shanghai")
_LANGUAGE = "zh-Hans"

_CHANNELS = {"email": "电子邮件", "web": "网页", "wechat": "微信", "phone": "电话/短信", "regulator_12315": "12315"}
_VERDICTS = {
    Verdict.NEW: "新投诉，单独立案",
    Verdict.DUPLICATE: "与已有投诉重复，归入同一案件",
    Verdict.FOLLOW_UP: "是对已有案件的补充",
    Verdict.REPEAT: "同一顾客再次遇到同类问题，另立新案",
    Verdict.SUSPECTED: "疑似与已有投诉有关，待人工判断，先单独立案",
}
_OUTCOMES = {
    Outcome.SENT: "已向顾客发出受理回执",
    Outcome.COVERED: "同一案件 24 小时内已有回执，不再重复发送",
    Outcome.NOT_WANTED: "无需回执",
    Outcome.UNREACHABLE: "没有可送达的联系方式",
    Outcome.BY_PERSON: "转人工处理回执",
}
_UNDECLARED = {UNHEARD: "尚未听取"}
"""Categories that no pack declares."""
BOUNCED, UNDELIVERED = "bounced", "undelivered"
"""States of a message that nobody got after it had been sent."""
_WAYS = {
    BOUNCED: "被退回，顾客没有收到",
    UNDELIVERED: "发出后未能送达",
    "recipient-refused": "对方拒收",
    "closed": "对方已关闭此渠道",
    "not-set-up": "此渠道未配置",
    "covered": "同一案件已有回执，不再发送",
}
_KINDS = {
    "complaint": "投诉",
    "suggestion": "建议",
    "inquiry": "咨询",
    "praise": "表扬",
    "withdrawal": "撤回投诉",
    "privacy_request": "个人信息请求",
    "legal_notice": "法律函件",
    "staff_report": "内部举报",
    "other": "其他",
}
_LABELS = {
    "kind": "性质",
    "primary": "类别",
    "secondary": "次要类别",
    "safety": "涉及安全",
    "dissatisfaction": "不满程度",
    "severity": "严重程度",
}
_URGENCY = {"urgent": "紧急", "regular": "常规", "systemic": "系统性"}
_ATTEMPTS = {
    "ready": "等待发送",
    "claimed": "正在发送",
    "sending": "正在发送",
    "retry": "发送未成功，稍后重试",
    "sent": "已发出",
    "refused": "对方服务器拒收",
    "unknown": "是否发出不明确，待人工核实",
    "covered": "同一案件已在该渠道回复",
    "given-up": "已放弃发送",
}


def local(moment: datetime) -> str:
    """Render a time for people in China, to the second."""
    return moment.astimezone(LOCAL).strftime("%Y-%m-%d %H:%M:%S")


def received(channel: str, entry: str, language: str | None, attachments: int, warnings: tuple[str, ...]) -> str:
    """What came in."""
    parts = [f"收到投诉：{_CHANNELS.get(channel, channel)}（{entry}）"]
    if language:
        parts.append(f"语言 {language}")
    if attachments:
        parts.append(f"附件 {attachments} 个")
    if warnings:
        parts.append(f"读取时的处理：{'、'.join(warnings)}")
    return "，".join(parts)


def linked(record: Deduplicated) -> str:
    """Which case it belongs to."""
    of = f"（关联投诉 {record.link.of}）" if record.link.of else ""
    place = f"案件 {record.case_id} 第 {record.case_seq} 条"
    return f"{_VERDICTS[record.link.verdict]}{of}；{place}，得分 {record.link.score:g}"


def placed(decision: Mapping[str, Any]) -> str:
    """Which case it belongs to, from the stage's own row."""
    verdict = _VERDICTS.get(Verdict(decision["verdict"]), decision["verdict"])
    of = f"（关联投诉 {decision['of']}）" if decision.get("of") else ""
    return f"{verdict}{of}；案件 {decision['case_id']} 第 {decision['case_seq']} 条"


def corrected(one: Correction) -> str:
    """What a person decided instead of the machine, and why."""
    parts = []
    if one.relink is not None:
        parts.append(f"改为与投诉 {one.relink.of} 同案" if one.relink.of else "改为单独的案件")
    if one.reroute is not None:
        parts.append(f"改由 {one.reroute.department} 负责")
    if one.reclassify is not None:
        named = one.reclassify.model_dump(exclude_none=True)
        parts.append("改判：" + "，".join(f"{_LABELS.get(name, name)} {value}" for name, value in named.items()))
    return f"人工更正（{mask_text(one.by)}）：{'；'.join(parts)}；原因：{mask_text(one.reason)}"


def understood(found: Understanding, pack: PolicyPack) -> str:
    """What it is about."""
    category = pack.category(found.primary)
    title = category.title.of(_LANGUAGE) if category else _UNDECLARED.get(found.primary, found.primary)
    parts = [
        f"类别：{title}（{found.primary}）",
        f"性质：{_KINDS.get(found.kind, found.kind)}",
        f"严重程度 {found.severity} 级",
    ]
    parts.append(f"紧急程度：{_URGENCY.get(found.urgency, found.urgency)}")
    if found.safety:
        parts.append("涉及安全")
    if found.needs_review:
        parts.append(f"需人工复核：{'、'.join(REASON_TITLES.get(one, one) for one in found.review_reasons)}")
    return "，".join([*parts, f"规则包 {found.policy}"])


def routed(decision: Mapping[str, Any], pack: PolicyPack) -> str:
    """Which department is responsible, who gets a copy, by when."""
    titles = {one.code: one.title.of(_LANGUAGE) for one in pack.departments}

    def named(code: str) -> str:
        return f"{titles.get(code, code)}（{code}）"

    parts = [f"分派给 {named(decision['department'])}"]
    if decision.get("copies"):
        parts.append(f"抄送 {'、'.join(named(code) for code in decision['copies'])}")
    if decision.get("located"):
        parts.append(decision["located"]["detail"])
    if decision.get("accused"):
        parts.append(f"{decision['accused']['reason']}（{decision['accused']['judge']['role']}）")
    clocks = [f"{one['clock']} {local(datetime.fromisoformat(one['due_at']))}" for one in decision.get("clocks", ())]
    if clocks:
        parts.append(f"时限：{'，'.join(clocks)}")
    return "；".join([*parts, f"规则 {decision.get('rule_id')}，规则包 {decision.get('policy')}"])


def raised(one: Mapping[str, Any]) -> str:
    """Who must look now, and why."""
    return f"升级 {one['level']}：{one['reason']}；通知 {'、'.join(one.get('informed', ()))}（规则 {one['rule_id']}）"


def alarmed(one: Mapping[str, Any]) -> str:
    """The safety alarm: who was told by when, and what it asks to be preserved."""
    by = local(datetime.fromisoformat(one["alarm_by"]))
    late = "，已迟到" if one.get("late") else ""
    parts = [f"安全警报{late}：通知 {'、'.join(one.get('informed', ()))}，须在 {by} 前有人查看"]
    things = [
        f"{thing['zh']}（{local(datetime.fromisoformat(thing['secure_by']))} 前）" for thing in one.get("preserve", ())
    ]
    if things:
        parts.append(f"须保全：{'、'.join(things)}")
    if one.get("batch"):
        parts.append(f"与 {one['batch']['tracking_numbers'][0]} 同批次，须决定是否冻结库存")
    return "；".join([*parts, f"规则包 {one.get('policy')}"])


def promised(due_at: datetime, kind: str) -> str:
    """By when it must be acknowledged."""
    what = "投诉" if kind == "complaint" else "未能读取的来件"
    return f"受理时限开始计时（{what}）：须在 {local(due_at)} 前回执"


def outcome(code: str, reason: str) -> str:
    """How the duty to acknowledge ended."""
    known = {one.value: words for one, words in _OUTCOMES.items()}
    return f"{known.get(code, code)}（{reason}）"


def confirmed(code: str, in_time: bool) -> str:
    """The end of the duty to acknowledge."""
    known = {one.value: words for one, words in _OUTCOMES.items()}
    return f"受理时限已了结：{known.get(code, code)}，{'按时' if in_time else '超时'}"


def attempted(state: str, tries: int, error_class: str | None) -> str:
    """How sending fares."""
    error = f"，{error_class}" if error_class else ""
    return f"回执发送：{_ATTEMPTS.get(state, state)}，第 {tries} 次尝试{error}"


def said(channel: str, revision: int) -> str:
    """What a customer said, or what was added to it later."""
    where = _CHANNELS.get(channel, channel)
    return f"顾客来讯（{where}）" if revision == 1 else f"来讯内容更新，第 {revision} 版（{where}）"


def answered(channel: str, state: str, tries: int, error_class: str | None) -> str:
    """What we said, and whether it arrived."""
    failed = f"，{error_class}" if error_class else ""
    how = (_ATTEMPTS | _WAYS).get(state, state)
    tried = f"，尝试 {tries} 次" if tries else ""
    return f"我方消息（{_CHANNELS.get(channel, channel)}）：{how}{tried}{failed}"


def to_do(kind: str, due_at: datetime, owner: str | None) -> str:
    """What a person must do."""
    whose = f"，已由 {owner} 领取" if owner else ""
    what = "有人接手" if kind == TaskKind.SAFETY_ALARM else "完成"
    return f"人工任务：{_task(kind)}，须在 {local(due_at)} 前{what}{whose}"


def done(kind: str, by: str | None, how: str, note: str | None) -> str:
    """Who did it, and how."""
    whom = f"经办 {by}，方式 {how}" if by else "投诉内容更新后不再需要"
    return f"人工任务完成：{_task(kind)}，{whom}" + (f"（{note}）" if note and by else "")


def to_look_at(drawn_by: str, reasons: Sequence[str], owner: str | None) -> str:
    """Why people look at it."""
    doubts = f"：{'、'.join(REASON_TITLES.get(one, one) for one in reasons)}" if reasons else ""
    whose = f"，已由 {owner} 领取" if owner else ""
    return f"进入人工复核（{DRAWN_TITLES.get(drawn_by, drawn_by)}）{doubts}{whose}"


def looked_at(outcome: str, by: str, label: Mapping[str, Any]) -> str:
    """What a person said of it."""
    how = "更正为" if outcome == ReviewOutcome.CORRECTED else "确认系统判断"
    return f"人工复核完成（{by}）：{how} {label.get('primary', '')}，性质 {label.get('kind', '')}"


def _task(kind: str) -> str:
    return TASK_TITLES.get(kind, {}).get(_LANGUAGE, kind)


def evidence_line(one: Evidence, text: str) -> str:
    """One reason for a decision, with the words of the message it rests on."""
    parts = [f"依据 {one.rule}"]
    if one.detail:
        parts.append(one.detail)
    if one.start is not None and one.end is not None and text[one.start : one.end]:
        parts.append(f"原文「{text[one.start : one.end]}」")
    if one.points is not None:
        parts.append(f"{one.points:g} 分")
    return "：".join(parts[:2]) + "".join(f"，{part}" for part in parts[2:])
