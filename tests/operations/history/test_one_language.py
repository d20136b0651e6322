"""What `intake show` prints is in one language: sentences, names, states, reasons; a clerk reads no code for a word."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest

from operations.evidence import line
from operations.history import acting, telling
from operations.history.lines import lines_of
from operations.history.traces import Traces
from operations.wording import Wording
from schemas.casework import STATE_WORDS, WHY_WORDS
from schemas.complaint import Stated
from schemas.correction import Correction, Reclassified, Relinked, Rerouted
from schemas.messages import MessageKind
from schemas.policy import load_pack
from schemas.policy.notices import OCCASIONS
from schemas.records import Cluster, Evidence, Verdict
from schemas.reply import ACKNOWLEDGEMENT
from schemas.task import TaskKind
from tests.schemas.making import RECEIVED_AT, complaint
from tests.workers.acknowledge.pieces import classified
from workers.alarm.deciding import raise_alarm
from workers.classify import Message, RuleUnderstander
from workers.text.safety import Sign

PACK = load_pack()
ZH, EN = Wording(PACK, "zh"), Wording(PACK, "en")
both = pytest.mark.parametrize("say", [ZH, EN], ids=["zh", "en"])
HAN = re.compile(r"[\u3000-\u9fff\uff00-\uffef]")
WORD = re.compile(r"[a-zA-Z][a-zA-Z-]{2,}")
TEXTS = (
    "牛奶过期了，孩子喝了拉肚子，要找媒体曝光，赔1200元",
    "服务员特别热情，特意表扬一下",
    "快递晚到了五天，第三次了",
)
ID = UUID(int=0x1111)
AT = datetime(2026, 11, 22, 4, tzinfo=UTC)
CLUSTER = Cluster(cluster_id=ID, by="batch", size=3, systemic=True)
ROUTED = {
    "department": "quality", "copies": ["procurement", "store-operations"], "rule_id": "route.quality",
    "policy": "default@1",
    "clocks": [{"clock": name, "due_at": "2026-11-23T04:00:00Z"} for name in ("first-reply", "handle", "complex")],
    "accused": {"reason": "被投诉的是店长", "judge": {"role": "regional-manager"}},
}  # fmt: skip


def foreign(say: Wording, said: str) -> list[str]:
    """What is not of the language; ids, rules, packs and the customer's own words are of none."""
    plain = re.sub(r"[「“].*?[」”]|[a-z_0-9]+(?:\.[a-z_0-9]+)+|\w+@\w+|[0-9a-f]{8}-[0-9a-f-]{27}", "", said)
    return (WORD if say is ZH else HAN).findall(plain)


def sentences(say: Wording) -> Iterator[str]:
    yield telling.received(say, "phone", "sms", "zh-Hant", 2, ("charset_guessed", "no_sender"))
    for verdict in Verdict:
        yield telling.placed(say, {"verdict": verdict, "of": str(ID), "case_id": str(ID), "case_seq": 2})
    for cluster in (CLUSTER, CLUSTER.model_copy(update={"by": "product-store", "systemic": False, "capped": True})):
        yield telling.clustered(say, cluster, 4, None)
    for change in (
        {"relink": Relinked()},
        {"relink": Relinked(of=ID)},
        {"reroute": Rerouted(department="logistics")},
        {"reopened": True},
        {"reclassify": Reclassified(kind="praise", primary="logistics", secondary=("price",), safety=False)},
    ):
        yield telling.corrected(say, Correction(correction_id=ID, by="7", at=AT, reason="8", **change))
    yield telling.routed(say, ROUTED)
    for rule in PACK.escalation:
        yield telling.raised(say, rule.model_dump(mode="json"))
    one = complaint()
    alarm = raise_alarm(PACK, one, [Sign("safety.illness", "身体不适", "quality")], one.received_at, None)
    yield telling.alarmed(say, alarm.model_dump(mode="json"))


def acts(say: Wording) -> Iterator[str]:
    for kind in ("complaint", "suspended"):
        yield acting.promised(say, AT, kind)
    for code in ("sent", "covered", "not-wanted", "unreachable", "by-person"):
        yield acting.confirmed(say, code, True)
    yield acting.outcome(say, "covered", "the case was acknowledged on this channel within the window", by_sweeper=True)
    messages = [acting.message(say, ACKNOWLEDGEMENT, None), *(acting.message(say, one, None) for one in MessageKind)]
    messages += [acting.message(say, MessageKind.NOTICE, one) for one in OCCASIONS]
    for what in messages:
        yield acting.written(say, "email", "zh-Hans", what=what)
        yield acting.came_back(say, ID, what=what)
        yield acting.came_back(say, None, what=what)
    for state in ("ready", "retry", "sent", "refused", "unknown", "given-up", acting.BOUNCED, acting.UNDELIVERED):
        yield acting.attempted(say, state, 2, None, what=messages[0])
        yield acting.answered(say, "wechat", state, 2, None, what=messages[0])
    for kind, why in (*((one, None) for one in STATE_WORDS), *(("accepted", one) for one in WHY_WORDS)):
        row = SimpleNamespace(kind=kind, department="logistics", why=why, text_for_customer="7", internal_note=None)
        yield acting.worked(say, row)
    for task in TaskKind:
        yield acting.to_do(say, task, AT, "7")
        yield acting.done(say, task, "7", "phone", None)
        yield acting.done(say, task, None, "", None)
    yield acting.to_look_at(say, "suspected-link", ("low_confidence", "suspected_link"), "7")
    for outcome in ("confirmed", "corrected"):
        yield acting.looked_at(say, outcome, "7", {"primary": "after_sales", "kind": "inquiry"})
    yield acting.said(say, "web", 1)
    yield acting.said(say, "regulator_12315", 2)


@both
def test_what_is_told_of_a_complaint_is_in_one_language(say: Wording) -> None:
    told = [*sentences(say), *acts(say)]

    assert [one for one in told if foreign(say, one)] == []


@both
@pytest.mark.parametrize("text", TEXTS)
def test_what_was_understood_and_why_is_in_one_language(text: str, say: Wording) -> None:
    understood = RuleUnderstander(PACK).understand(Message(text, received_at=RECEIVED_AT))

    told = [telling.understood(say, understood), *(line(say, one, text) for one in understood.evidence)]
    assert [one for one in told if foreign(say, one)] == []


@pytest.mark.parametrize("detail", ["手机号相同 / The same phone", "The same phone / 手机号相同"])
def test_evidence_of_a_link_is_told_in_the_language_asked_for(detail: str) -> None:
    one = Evidence(rule="identity", detail=detail, points=4.4)

    assert line(ZH, one, "") == "依据 identity：手机号相同，4.4 分"
    assert line(EN, one, "") == "by identity: The same phone, 4.4 points"


def test_a_systemic_problem_is_told_with_its_parent_case_how_many_and_the_batch() -> None:
    noticed = CLUSTER.model_copy(update={"notice": "N-7", "capped": True})

    assert telling.clustered(ZH, noticed, 5, "B20261101") == (
        f"系统性问题：至少 5 位顾客投诉同一批次 B20261101；总案件 {ID}；各自单独立案，不合并；按快速处理通知单 N-7 处理"
    )
    assert telling.clustered(EN, CLUSTER, 3, "B20261101").startswith(
        f"systemic problem: 3 customers complain about the same batch B20261101; parent case {ID}; "
    )


def test_the_systemic_problem_of_a_case_is_a_line_of_its_history_with_todays_number() -> None:
    record = classified(complaint(stated=Stated(batch_no="B20261101")))
    grown = record.link.model_copy(update={"cluster": CLUSTER.model_copy(update={"systemic": False, "size": 2})})
    place: Any = SimpleNamespace(timestamp=0, topic="complaints.classified.v1", partition=0, offset=7)
    row: Any = SimpleNamespace(cluster_id=ID, size=9, systemic=True)
    traces = Traces(records=[(place, record.model_copy(update={"link": grown}))], clusters={ID: row})

    [told] = [one for one in lines_of(traces, ZH, full=False) if one.what == "clustered"]

    assert told.summary.startswith(f"系统性问题：9 位顾客投诉同一批次 B20261101；总案件 {ID}")
