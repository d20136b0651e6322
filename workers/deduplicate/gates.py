"""The exact gates, in order: the first that finds an earlier complaint decides. Pure; every finding says why.

Where no gate decides, the points do (`verdicts.py`).
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

from schemas.order_number import OrderNumber
from schemas.records import Evidence, Verdict
from workers.deduplicate.findings import Finding, Member, Question
from workers.deduplicate.naming import asked_about_numbers, own_number_quoted
from workers.deduplicate.points import differences
from workers.deduplicate.sameness import differing_senders, doubted, proven_same
from workers.deduplicate.shingles import shared
from workers.deduplicate.verdicts import ASKS_FOR_NEWS, by_points

SAME_REFERRAL = "same-referral-number"
Gate = Callable[[Question], Finding | None]


def judge(question: Question) -> Finding:
    """Return what the first gate finds, else what the points say.

    A referral is never merged, in either direction, except into its own earlier version: what would join becomes
    *suspected*. Automatic mail may join a case and is otherwise new; it is never a question for a person.
    """
    automatic = question.complaint.automatic.is_automatic
    gates = _MACHINE_GATES if automatic else _GATES
    finding = next((found for gate in gates if (found := gate(question))), None)
    if finding is None:
        finding = Finding(Verdict.NEW) if automatic or question.complaint.sealed else by_points(question)
    if finding.verdict is Verdict.DUPLICATE and question.prints.facts.asks:
        finding = replace(finding, verdict=Verdict.FOLLOW_UP, evidence=(*finding.evidence, ASKS_FOR_NEWS))
    finding = asked_about_numbers(question, finding)
    same_referral = any(one.rule == SAME_REFERRAL for one in finding.evidence)
    referral = question.complaint.referral or (finding.of and finding.of.is_referral)
    if finding.joins and referral and not same_referral:
        note = Evidence(
            rule="referral-never-merged", detail="A regulator's referral stays a case of its own / 监管转办件单独立案"
        )
        return replace(finding, verdict=Verdict.SUSPECTED, evidence=(*finding.evidence, note))
    return finding


def same_referral_number(question: Question) -> Finding | None:
    """The authority's number identifies the matter: the same number again is the same referral."""
    detail = "The same referral number / 同一转办编号"
    earlier = [one for one in question.found(question.prints.referral) if one.is_referral]
    return _finding(Verdict.DUPLICATE, earlier, SAME_REFERRAL, detail)


def same_mail_other_mailbox(question: Question) -> Finding | None:
    """The same Message-ID with the same words and files from the same sender, in another of our mailboxes."""
    complaint = question.complaint
    copies = [
        member
        for member in question.found(question.prints.copy)
        if member.account != complaint.account and member.is_automatic == complaint.automatic.is_automatic
    ]
    detail = "The same mail reached another of our mailboxes / 同一邮件发到了我们的另一个邮箱"
    return _finding(Verdict.DUPLICATE, copies, "same-mail-other-mailbox", detail)


def reply_to_our_message(question: Question) -> Finding | None:
    """It answers a message of ours, or carries the genuine case token that only such a message holds."""
    answered = question.found(*question.prints.ours)
    if answered:
        return _finding(
            Verdict.FOLLOW_UP, answered, "reply-to-our-message", "Answers a message of ours / 回复了我们的邮件"
        )
    number = question.prints.token_number
    member = question.known.by_number(number) if number else None
    if member is None or member.complaint_id == question.complaint.complaint_id or member.is_automatic:
        return None
    return _finding(Verdict.FOLLOW_UP, [member], "case-token", "Carries the token of the case / 带有案件标识")


def same_thread_same_sender(question: Question) -> Finding | None:
    """It refers to an earlier mail of the same sender."""
    earlier = question.found(*question.prints.threads)
    detail = "Same mail thread, same sender / 同一邮件往来，同一发件人"
    return _finding(Verdict.FOLLOW_UP, earlier, "same-thread-same-sender", detail)


def same_source_id_other_content(question: Question) -> Finding | None:
    """The source used an id twice for different content: never an answer with somebody else's number."""
    detail = "Same id at the source, other content / 来源编号相同，内容不同"
    earlier = question.found(question.prints.source)
    return _finding(Verdict.SUSPECTED, earlier, "same-source-id-other-content", detail)


def same_order_same_sender(question: Question) -> Finding | None:
    """The same order number from the same sender within the window.

    Suspected where the stated facts differ, or another name or mail says that the sender may have typed what is
    somebody else's.
    """
    received_at, persons, identity = question.complaint.received_at, question.persons, question.prints.identity
    for key, order in question.prints.orders:
        near = [one for one in question.found(key) if abs(received_at - one.received_at) <= question.windows.order]
        if not near:
            continue
        unlike = {one.complaint_id: differing_senders(persons, identity, one.identity) for one in near}
        first = min(near, key=lambda one: bool(unlike[one.complaint_id]))
        doubts = unlike[first.complaint_id]
        if not proven_same(persons, identity, first.identity):
            own = by_points(question)
            if own.joins and own.of and (doubts or proven_same(persons, identity, own.of.identity)):
                return own  # what fits his own earlier complaint, too, must not be drawn to a case of somebody else
        notes = (*_differently(question, first), *((doubted(doubts),) if doubts else ()))
        verdict = Verdict.SUSPECTED if notes else Verdict.DUPLICATE
        return Finding(verdict, first, (_same_order(question, order), *notes))
    return None


def _same_order(question: Question, order: OrderNumber) -> Evidence:
    days = question.windows.order.days
    return Evidence(
        rule="same-order-same-sender",
        detail=f"Same order number, same sender, within {days} days / {days} 天内同一订单号、同一联系人",
        start=order.start,
        end=order.end,
    )


def _differently(question: Question, member: Member) -> tuple[Evidence, ...]:
    """That the two tell of one order differently, if they do."""
    differing = differences(question.prints.facts, member.facts)
    if not differing and not _another_trouble(question, member):
        return ()
    detail = f"But another {', '.join(differing or ['problem'])} / 但所述情况不同"
    return (Evidence(rule="stated-differently", detail=detail),)


def _another_trouble(question: Question, member: Member) -> bool:
    """One order may give trouble twice: another kind of problem, told without a common word."""
    own, other = question.prints, member
    families = {own.facts.family, other.facts.family}
    if len(families) == 1 or None in families or own.facts.asks or other.facts.asks:
        return False
    similarity = shared(own.text, other.text)
    return similarity is not None and similarity < question.linking.differing_text


def same_conversation(question: Question) -> Finding | None:
    """People tell one thing in several messages: the next of one person soon after belongs to the case of the last."""
    window, at = question.windows.conversation, question.complaint.received_at
    near = [
        one
        for one in question.found(question.prints.conversation)
        if abs(at - one.received_at) <= window
        and not differing_senders(question.persons, question.prints.identity, one.identity)
    ]
    nearest = sorted(near, key=lambda one: abs(at - one.received_at))
    minutes = int(window.total_seconds() // 60)
    detail = f"Within {minutes} minutes of another message of the same chat / 同一会话中 {minutes} 分钟内的消息"
    return _finding(Verdict.FOLLOW_UP, nearest, "same-conversation", detail)


def same_thread_other_sender(question: Question) -> Finding | None:
    """It refers to a mail of somebody else: a person decides whether they belong together."""
    earlier = question.found(*question.prints.references)
    detail = "Same mail thread, another sender / 同一邮件往来，但发件人不同"
    return _finding(Verdict.SUSPECTED, earlier, "same-thread-other-sender", detail)


_GATES: tuple[Gate, ...] = (
    same_referral_number,
    same_mail_other_mailbox,
    reply_to_our_message,
    same_thread_same_sender,
    same_source_id_other_content,
    own_number_quoted,
    same_order_same_sender,
    same_conversation,
    same_thread_other_sender,
)
_MACHINE_GATES: tuple[Gate, ...] = (same_mail_other_mailbox, reply_to_our_message, same_thread_same_sender)


def _finding(verdict: Verdict, members: Sequence[Member], rule: str, detail: str) -> Finding | None:
    if not members:
        return None
    return Finding(verdict, members[0], (Evidence(rule=rule, detail=detail),))
