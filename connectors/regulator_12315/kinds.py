"""What kind of referral it is, and how one that is a complaint and a report at once is taken apart.

Source: SAMR Order 121 (in force 2026-04-15), articles 3 (complaint, report) and 9 (mixed letters are split),
second-hand (facts 4.3). A kind nobody can read counts as a report: what is sealed by mistake harms nobody.
"""

import re
from collections.abc import Mapping
from dataclasses import replace

from connectors.regulator_12315.fields import Referred
from schemas.normalise import fold

COMPLAINT, REPORT, WORK_ORDER = "complaint", "report", "work_order"
CONSULTATION, MEDIATION_NOTICE = "consultation", "mediation_notice"
_WORDS: Mapping[str, tuple[str, ...]] = {
    MEDIATION_NOTICE: ("调解", "mediation"),
    REPORT: ("举报", "report"),
    COMPLAINT: ("投诉", "complain"),
    WORK_ORDER: ("工单", "交办", "转办", "求助", "work_order", "work order"),
    CONSULTATION: ("咨询", "consult"),
}
_ABOUT_A_REPORT = re.compile("举报|查处|立案|处罚|查办|奖励|违法|report", re.IGNORECASE)
_SENTENCE = re.compile(r"[^。！？!?；;\n]*[。！？!?；;\n]?")
_ENDS_OF_A_REPORT = ("status", "subject", "category", "result", "request", "kind")


def kinds_of(words: str) -> tuple[str, ...]:
    """The kinds that words name: one, or complaint and report together; none when they name no kind."""
    folded = fold(words).text
    found = tuple(kind for kind, signs in _WORDS.items() if any(sign in folded for sign in signs))
    if REPORT in found and COMPLAINT in found:
        return COMPLAINT, REPORT
    return found[:1]


def kinds_in(of: Referred) -> tuple[str, ...]:
    """The kinds of a referral: as its own field says, else its heading and labels, else report."""
    if of.fields.get("complaint_text") and of.fields.get("report_text"):
        return COMPLAINT, REPORT
    hinted = kinds_of(of.hint)
    return kinds_of(of.fields.get("kind", "")) or (hinted if len(hinted) == 1 else (REPORT,))


def complaint_part(of: Referred) -> Referred | None:
    """The complaint of a referral that also reports, without a word of the report; None when nothing is left."""
    fields = {name: value for name, value in of.fields.items() if name != "report_text"}
    for name in _ENDS_OF_A_REPORT:
        if _ABOUT_A_REPORT.search(fields.get(name, "")):
            del fields[name]
    text = fields.pop("text", "")
    fields["text"] = "\n".join(filter(None, (fields.pop("complaint_text", ""), without_report(text)))).strip()
    if not fields["text"] and "request" not in fields:
        return None
    others = tuple(pair for pair in of.others if not _ABOUT_A_REPORT.search("".join(pair)))
    return replace(of, fields=fields, others=others, files=())


def without_report(text: str) -> str:
    """A text without the sentences that speak of a report."""
    return "".join(one for one in _SENTENCE.findall(text) if not _ABOUT_A_REPORT.search(one)).strip()
