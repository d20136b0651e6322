"""What a pack does, in sentences: one for each rule, in the order the rules are asked."""

from collections.abc import Iterator
from difflib import get_close_matches

from operations.vocabulary import Lang
from operations.wording import Wording
from schemas.errors import InvalidRequest
from schemas.policy import ClockRule, PolicyPack
from schemas.policy.aftercare import FollowUp
from schemas.policy.reporting import Report
from schemas.policy_lines import PolicyExplanation, PolicyLine


def explanation(pack: PolicyPack, lang: Lang, rule_id: str | None = None) -> PolicyExplanation:
    """Explain a pack, or one rule of it. Raises `InvalidRequest` for a rule it does not have."""
    lines = tuple(_lines(Wording(pack, lang)))
    if rule_id is not None:
        known = [line.rule_id for line in lines if line.rule_id is not None]
        lines = tuple(line for line in lines if line.rule_id == rule_id)
        if not lines:
            near = get_close_matches(rule_id, known, n=3)
            hint = f"; nearest: {', '.join(near)}" if near else ""
            raise InvalidRequest(f"--rule: {pack.reference} has no rule {rule_id}{hint}")
    return PolicyExplanation(pack=pack.reference, lang=lang, lines=lines)


def _lines(say: Wording) -> Iterator[PolicyLine]:
    yield from _vocabulary(say)
    yield from _raising(say)
    yield from _routing(say)
    yield from _accused(say)
    for clock in say.pack.clocks:
        yield PolicyLine(section=say.pick("时限", "clocks"), rule_id=clock.rule_id, says=clock_sentence(say, clock))
    yield from _later(say)


def _vocabulary(say: Wording) -> Iterator[PolicyLine]:
    pack = say.pack
    section = say.pick("性质", "kinds")
    yield PolicyLine(section=section, says=say.listed(kind.code for kind in pack.kinds))
    colon = say.pick("：", ": ")
    section = say.pick("类别", "categories")
    for category in pack.categories:
        own = pack.class_of(category.code)
        count = sum(map(len, (category.terms.defects, category.terms.topics, category.terms.hints)))
        words = say.pick(f"{count} 个词", f"{count} words")
        counted = f"{say.pick('，计入', ', counted as ')}{say.title(own.title)}" if own else ""
        yield PolicyLine(section=section, says=f"{say.coded(category.title, category.code)}{colon}{words}{counted}")
    section = say.pick("部门", "departments")
    yield PolicyLine(section=section, says=say.together(say.coded(one.title, one.code) for one in pack.departments))


def _raising(say: Wording) -> Iterator[PolicyLine]:
    pack = say.pack
    for safety in pack.safety:
        terms = say.terms(safety.terms)
        says = say.pick(f"出现{terms}等词：涉及安全（{safety.reason}）", f"words like {terms}: safety is at stake")
        yield PolicyLine(section=say.pick("安全", "safety"), rule_id=safety.rule_id, says=says)
    for severe in pack.severity:
        holds = say.condition(severe.when)
        says = say.pick(
            f"如果{holds}：严重程度提高到 {severe.level} 级（{severe.reason}）",
            f"if {holds}: severity rises to {severe.level}",
        )
        yield PolicyLine(section=say.pick("严重程度", "severity"), rule_id=severe.rule_id, says=says)
    for urgent in pack.urgency:
        holds, level = say.condition(urgent.when), say.called(urgent.urgency)
        says = say.pick(
            f"如果{holds}：紧急程度提高到{level}（{urgent.reason}）", f"if {holds}: urgency rises to {level}"
        )
        yield PolicyLine(section=say.pick("紧急程度", "urgency"), rule_id=urgent.rule_id, says=says)


def _routing(say: Wording) -> Iterator[PolicyLine]:
    for rule in say.pack.routing:
        copies = say.pick("，抄送", ", copies to ") + say.departments(rule.copies) if rule.copies else ""
        says = f"{say.condition(rule.when)} → {say.departments([rule.responsible])}{copies}"
        section = say.pick("分派（第一条符合的规则有效）", "routing (the first rule that holds)")
        yield PolicyLine(section=section, rule_id=rule.rule_id, says=says)
    for raising in say.pack.escalation:
        told, holds = say.roles(raising.informed), say.condition(raising.when)
        says = say.pick(f"{holds} → 通知{told}（{raising.reason}）", f"{holds} → told: {told}")
        yield PolicyLine(section=say.pick("升级", "escalation"), rule_id=raising.rule_id, says=says)


def _accused(say: Wording) -> Iterator[PolicyLine]:
    section = say.pick("被投诉人不参与判断", "who is accused does not judge")
    for rule in say.pack.accused:
        level = {"above": say.pick("上一级", "the level above"), "manager": say.pick("其负责人", "the unit's manager")}
        role = say.role(rule.role)
        judge = say.pick(f"由{level[rule.judge]}（{role}）处理", f"judged by {level[rule.judge]} ({role})")
        known = (
            say.pick("；被投诉单位只得到事实，不得知投诉人", "; the unit learns the facts, not who complains")
            if rule.identity_for_unit is None
            else say.pick(f"；被投诉单位可知投诉人：{rule.identity_for_unit}", "; the unit learns who complains")
        )
        yield PolicyLine(section=section, rule_id=rule.rule_id, says=f"{say.condition(rule.when)} → {judge}{known}")


def clock_sentence(say: Wording, clock: ClockRule) -> str:
    """One clock: to whom it applies, from when until when."""
    opens = (
        say.pick(f"，不早于 {say.length(clock.not_before)}", f", not before {say.length(clock.not_before)}")
        if clock.not_before
        else ""
    )
    from_to = say.pick(
        f"自{say.called(clock.starts_on)}起 {say.due(clock)}{opens}，到{say.called(clock.stops_on)}为止",
        f"from {say.called(clock.starts_on)} {say.due(clock)}{opens}, until {say.called(clock.stops_on)}",
    )
    paused = "".join(
        say.pick(f"；{say.called(one.during)}期间暂停", f"; stands still while {say.called(one.during)}")
        for one in clock.paused
    )
    extended = "".join(
        say.pick(
            f"；经{say.role(one.approved_by)}同意可延长 {say.length(one.by)}（{one.reason}）",
            f"; {say.role(one.approved_by)} may extend it by {say.length(one.by)}",
        )
        for one in clock.extended
    )
    info = say.pick("；约束监管部门，仅供参考", "; binds the authority, for us to know only") if clock.info else ""
    colon = say.pick("：", ": ")
    return f"{say.clock(clock.clock)}{colon}{say.condition(clock.applies_if)}{colon}{from_to}{paused}{extended}{info}"


def _later(say: Wording) -> Iterator[PolicyLine]:
    pack = say.pack
    hours = pack.not_accepted_after.working_hours
    yield PolicyLine(
        section=say.pick("时限", "clocks"),
        says=say.pick(
            f"已分派但 {hours} 个工作小时内无人接手：升级", f"routed, not accepted in {hours} working hours: escalated"
        ),
    )
    if pack.remedies:
        titles = say.together(say.title(one.title) for one in pack.remedies)
        yield PolicyLine(section=say.pick("处理方式", "remedies"), says=titles)
    for cause in pack.causes:
        bears = say.pick("费用由", "cost borne by ") + say.departments([cause.bears]) + say.pick("承担", "")
        yield PolicyLine(section=say.pick("原因与费用", "causes"), says=f"{say.title(cause.title)} → {bears}")
    for approval in pack.approvals:
        by, holds, title = say.roles(approval.by), say.condition(approval.when), say.title(approval.title)
        says = say.pick(f"{title}：{holds} → 须由{by}批准", f"{title}: {holds} → signed by {by}")
        yield PolicyLine(section=say.pick("审批", "approvals"), rule_id=approval.rule_id, says=says)
    for follow_up in pack.follow_up:
        yield _follow_up(say, follow_up)
    for report in pack.reports:
        yield _report(say, report)


def _follow_up(say: Wording, rule: FollowUp) -> PolicyLine:
    asks = say.pick("；", "; ").join(say.title(question.ask) for question in rule.questions)
    ways, clock, holds = say.listed(rule.ways), say.clock(rule.clock), say.condition(rule.when)
    says = say.pick(f"{holds} → 按时限“{clock}”（{ways}）：{asks}", f"{holds} → within {clock} ({ways}): {asks}")
    return PolicyLine(section=say.pick("回访", "follow-up"), rule_id=rule.rule_id, says=says)


def _report(say: Wording, report: Report) -> PolicyLine:
    by = say.role(report.approved_by) if report.approved_by else ""
    approved = say.pick(f"，由{by}批准", f", approved by {by}") if by else ""
    title, every, of, holds = (
        say.title(report.title), say.called(report.every), say.listed(report.by), say.listed(report.holds),
    )  # fmt: skip
    says = say.pick(f"{title}：{every}，按{of}：{holds}{approved}", f"{title}: {every}, by {of}: {holds}{approved}")
    return PolicyLine(section=say.pick("报表", "reports"), says=says)
