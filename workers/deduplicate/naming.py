"""Complaints that name an earlier one by its tracking number: no credential, so that it never joins a stranger."""

from collections.abc import Iterator
from dataclasses import replace

from schemas.records import Evidence, Verdict
from workers.deduplicate.findings import Finding, Member, Question
from workers.deduplicate.quoting import Quoted
from workers.deduplicate.verdicts import Compared, compare

_OWN = (
    "quotes-own-number",
    "写有本人此前投诉的查询编号 / Quotes the number of an earlier complaint of the same person",
)
_NOT_FOLLOWED = (
    "quotes-own-number",
    "写有本人此前投诉的查询编号，但说的可能是另一件事，未归入该案，请人工核对 / "
    "Quotes the number of an earlier complaint of the same person, but may tell of something else: a person decides",
)
_OTHERS = (
    "quotes-number-of-other",
    "写有一条投诉的查询编号，但无法确认是同一人，请人工核对；核实前勿透露该投诉的情况 / "
    "Quotes the number of a complaint, not known to be the same person: tell nothing of it until that is checked",
)


def own_number_quoted(question: Question) -> Finding | None:
    """It names an earlier complaint of the same person and contradicts nothing of it."""
    for quoted, compared in _quoted(question):
        if _same_sender(compared) and not _other_incident(question, compared):
            return Finding(Verdict.FOLLOW_UP, compared.member, (_why(_OWN, quoted),))
    return None


def asked_about_numbers(question: Question, finding: Finding) -> Finding:
    """The finding with the numbers it does not follow. A complaint that fits nothing else becomes a question.

    What fits the sender's own case stays there: from where his message goes nobody sees whether a number exists.
    """
    case = finding.of.case_id if finding.of and finding.joins else None
    open_ones = [(quoted, one) for quoted, one in _quoted(question) if one.member.case_id != case]
    if not open_ones:
        return finding
    notes = (_why(_NOT_FOLLOWED if _same_sender(one) else _OTHERS, quoted) for quoted, one in open_ones)
    evidence = (*finding.evidence, *notes)
    if finding.verdict is Verdict.NEW:
        return Finding(Verdict.SUSPECTED, open_ones[0][1].member, evidence)
    return replace(finding, evidence=evidence)


def _quoted(question: Question) -> Iterator[tuple[Quoted, Compared]]:
    """The complaints that the numbers lead to; not a sealed report, a machine's mail or itself."""
    for quoted in question.prints.quoted:
        member = question.known.by_number(quoted.number)
        if member is not None and _is_open(question, member):
            yield quoted, compare(question, member)


def _is_open(question: Question, member: Member) -> bool:
    itself = member.complaint_id == question.complaint.complaint_id
    return not (itself or member.sealed or member.is_automatic)


def _same_sender(compared: Compared) -> bool:
    return compared.score.same.person and not compared.doubts


def _other_incident(question: Question, compared: Compared) -> bool:
    """Whether it tells of another incident than the one whose number it names, or of another time."""
    facts = question.prints.facts
    tells = facts.length > question.linking.long_text
    return compared.score.contradicts or (tells and facts.again)


def _why(rule: tuple[str, str], quoted: Quoted) -> Evidence:
    return Evidence(rule=rule[0], detail=rule[1], start=quoted.start, end=quoted.end)
