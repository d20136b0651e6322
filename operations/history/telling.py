"""What happened to a complaint, in sentences a clerk reads: what came, what machines and people decided. Pure."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from operations.evidence import condition
from operations.wording import Wording
from schemas.casework import BY
from schemas.correction import Correction
from schemas.masking import mask_text
from schemas.records import Cluster, Understanding
from schemas.task import UNHEARD

_VERDICTS = {
    "new": ("新投诉，单独立案", "new, with a case of its own"),
    "duplicate": ("与已有投诉重复，归入同一案件", "told before: added to the same case"),
    "follow_up": ("是对已有案件的补充", "more about a case there is"),
    "repeat": (
        "同一顾客再次遇到同类问题，另立新案",
        "the same customer with the same problem again: a case of its own",
    ),
    "suspected": (
        "疑似与已有投诉有关，待人工判断，先单独立案",
        "may belong to an earlier one, for a person to decide; a case of its own until then",
    ),
}
_LABELS = {
    "kind": ("性质", "kind"),
    "primary": ("类别", "category"),
    "secondary": ("次要类别", "other categories"),
    "safety": ("涉及安全", "safety"),
    "dissatisfaction": ("不满程度", "dissatisfaction"),
    "severity": ("严重程度", "severity"),
}
_SHARED = {
    "batch": ("同一批次", "the same batch"),
    "product-store": ("同一门店的同一商品", "the same product in the same store"),
    "product-problem": ("同一商品的同一问题", "the same problem with the same product"),
}


def joined(say: Wording, parts: Iterable[str]) -> str:
    """Parts of a sentence one after the other."""
    return say.pick("；", "; ").join(filter(None, parts))


def aside(say: Wording, words: str) -> str:
    """Words in brackets."""
    return say.pick(f"（{words}）", f" ({words})") if words else ""


def since(say: Wording, written: str) -> str:
    """A time of a stored decision, as people read it."""
    return say.moment(datetime.fromisoformat(written))


def received(
    say: Wording, channel: str, entry: str, language: str | None, attachments: int, warnings: tuple[str, ...]
) -> str:
    """What came in."""
    parts = [say.pick("收到投诉：", "received by ") + say.called(channel) + aside(say, say.called(entry))]
    if language:
        parts.append(say.pick("语言：", "in ") + say.called(language))
    if attachments:
        parts.append(say.pick(f"附件 {attachments} 个", f"files: {attachments}"))
    if warnings:
        parts.append(say.pick("读取时的处理：", "noted when it was read: ") + say.listed(warnings))
    return say.pick("，", ", ").join(parts)


def placed(say: Wording, decision: Mapping[str, Any]) -> str:
    """Which case it belongs to, from the stage's own row."""
    verdict = decision["verdict"]
    what = say.pick(*_VERDICTS[verdict]) if verdict in _VERDICTS else verdict
    of = decision.get("of")
    earlier = aside(say, say.pick(f"关联投诉 {of}", f"the earlier one: {of}")) if of else ""
    case, seq = decision["case_id"], decision["case_seq"]
    return joined(say, (what + earlier, say.pick(f"案件 {case} 第 {seq} 条", f"case {case}, number {seq} in it")))


def clustered(say: Wording, found: Cluster, size: int, batch: str | None) -> str:
    """The systemic problem that the case belongs to: its parent case, how many customers, what they share."""
    shared = say.pick(*_SHARED[found.by]) if found.by in _SHARED else say.called(found.by)
    if batch and found.by == "batch":
        shared = f"{shared} {batch}"
    many = say.pick(f"{size} 位顾客", f"{size} customers")
    if found.capped:
        many = say.pick(f"至少 {many}", f"at least {many}")
    named = (
        say.pick("系统性问题", "systemic problem") if found.systemic else say.pick("受关注的问题", "watched problem")
    )
    parts = [
        say.pick(f"{named}：{many}投诉{shared}", f"{named}: {many} complain about {shared}"),
        say.pick(f"总案件 {found.cluster_id}", f"parent case {found.cluster_id}"),
        say.pick("各自单独立案，不合并", "each keeps a case of its own, none is merged"),
    ]
    if found.notice:
        parts.append(say.pick(f"按快速处理通知单 {found.notice} 处理", f"quick-handling notice {found.notice} applies"))
    return joined(say, parts)


def corrected(say: Wording, one: Correction) -> str:
    """What a person decided instead of the machine, and why."""
    parts = []
    if one.relink is not None:
        of = one.relink.of
        parts.append(
            say.pick(f"改为与投诉 {of} 同案", f"moved to the case of {of}")
            if of
            else say.pick("改为单独的案件", "moved to a case of its own")
        )
    if one.reroute is not None:
        department = say.department(one.reroute.department)
        parts.append(say.pick(f"改由{department}负责", f"{department} is responsible now"))
    if one.reopened:
        parts.append(say.pick("重新处理", "reopened"))
    if one.reclassify is not None:
        named = one.reclassify.model_dump(exclude_none=True)
        changes = (_changed(say, name, value) for name, value in named.items())
        parts.append(say.pick("改判：", "is now ") + say.pick("，", ", ").join(changes))
    who, why = mask_text(one.by), mask_text(one.reason)
    what = joined(say, parts)
    if one.by == BY:
        return say.pick(f"按规则更正：{what}；原因：{why}", f"corrected by rule: {what}; why: {why}")
    return say.pick(f"人工更正（{who}）：{what}；原因：{why}", f"corrected by {who}: {what}; why: {why}")


def _changed(say: Wording, name: str, value: object) -> str:
    label = say.pick(*_LABELS[name]) if name in _LABELS else name
    if isinstance(value, bool):
        return f"{label} {say.pick('是', 'yes') if value else say.pick('否', 'no')}"
    values = value if isinstance(value, list | tuple) else [value]
    called = say.category if name in {"primary", "secondary"} else say.called
    return f"{label} {say.together(called(str(one)) for one in values)}"


def understood(say: Wording, found: Understanding) -> str:
    """What it is about."""
    title = say.called(UNHEARD) if found.primary == UNHEARD else say.category(found.primary)
    parts = [
        say.pick("类别：", "category: ") + title,
        say.pick("性质：", "kind: ") + say.called(found.kind),
        say.pick(f"严重程度 {found.severity} 级", f"severity {found.severity}"),
        say.pick("紧急程度：", "urgency: ") + say.called(found.urgency),
    ]
    if found.safety:
        parts.append(say.pick("涉及安全", "safety is at stake"))
    if found.needs_review:
        parts.append(say.pick("需人工复核：", "for a person to look at: ") + say.listed(found.review_reasons))
    return say.pick("，", ", ").join([*parts, say.pick(f"规则包 {found.policy}", f"pack {found.policy}")])


def routed(say: Wording, decision: Mapping[str, Any]) -> str:
    """Which department is responsible, who gets a copy, by when."""
    parts = [say.pick("分派给", "goes to ") + say.department(decision["department"])]
    if decision.get("copies"):
        parts.append(say.pick("抄送", "copies to ") + say.departments(decision["copies"]))
    if place := decision.get("located"):
        code = place.get("code")
        parts.append(say.pick(place["detail"], f"store {code}" if code else "the place is not known"))
    if accused := decision.get("accused"):
        role = say.role(accused["judge"]["role"])
        parts.append(say.pick(f"{accused['reason']}（{role}）", f"judged by {role}"))
    clocks = [f"{say.clock(one['clock'])} {since(say, one['due_at'])}" for one in decision.get("clocks", ())]
    if clocks:
        parts.append(say.pick("时限：", "due: ") + say.pick("，", ", ").join(clocks))
    rule, pack = decision.get("rule_id"), decision.get("policy")
    return joined(say, [*parts, say.pick(f"规则 {rule}，规则包 {pack}", f"rule {rule}, pack {pack}")])


def raised(say: Wording, one: Mapping[str, Any]) -> str:
    """Who must look now, and why."""
    level, told, rule = say.level(one["level"]), say.roles(one.get("informed", ())), one["rule_id"]
    why = condition(say, rule) or level
    return say.pick(
        f"升级（{level}）：{one['reason']}；通知{told}（规则 {rule}）",
        f"raised ({level}): {why}; told: {told} (rule {rule})",
    )


def alarmed(say: Wording, one: Mapping[str, Any]) -> str:
    """The safety alarm: who was told by when, and what it asks to be preserved."""
    by, told = since(say, one["alarm_by"]), say.roles(one.get("informed", ()))
    late = say.pick("，已迟到", ", late") if one.get("late") else ""
    parts = [
        say.pick(
            f"安全警报{late}：通知{told}，须在 {by} 前有人查看",
            f"safety alarm{late}: told {told}, somebody must look by {by}",
        )
    ]
    things = [
        say.pick(thing["zh"], thing["en"]) + aside(say, say.pick(f"{by_then} 前", f"by {by_then}"))
        for thing in one.get("preserve", ())
        for by_then in [since(say, thing["secure_by"])]
    ]
    if things:
        parts.append(say.pick("须保全：", "to be preserved: ") + say.together(things))
    if one.get("batch"):
        number = one["batch"]["tracking_numbers"][0]
        parts.append(
            say.pick(
                f"与 {number} 同批次，须决定是否冻结库存",
                f"the same batch as {number}: decide whether stock is frozen",
            )
        )
    return joined(say, [*parts, say.pick(f"规则包 {one.get('policy')}", f"pack {one.get('policy')}")])
