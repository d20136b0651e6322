"""What the figures of linking count: joins, strangers, repeats and what could be known at all."""

from datetime import UTC, datetime, timedelta

from deploy.training.linking import Judged, figures, judge
from deploy.training.linking.baselines import identity_only, text_only
from deploy.training.linking.judged import Said
from deploy.training.linking.reach import Reach, reaches
from deploy.training.stream import Relation, Told, Truth
from schemas.commands import LinkLine
from schemas.records import Verdict

BEGIN = datetime(2026, 3, 2, tzinfo=UTC)


def told(name: str, incident: int, person: int, relation: Relation = Relation.NEW, **fields: object) -> Told:
    """A message a day after the one before, by its name's number."""
    at = BEGIN + timedelta(days=int(name))
    line = LinkLine.model_validate({"complaint_id": name, "received_at": at, **fields})
    return Told(line, Truth(incident, person, relation, "test", cluster=7))


def phone(number: str) -> dict[str, list[str]]:
    return {"phones": [number]}


STREAM = [
    told("0", 1, 1, sender=phone("13800138000"), text="锅底起皮，黑渣混在鸡蛋里，要求退货"),
    told("1", 1, 1, Relation.DUPLICATE, sender=phone("138****8000"), text="锅底起皮，黑渣都混在鸡蛋里了，退货"),
    told("2", 2, 2, sender=phone("15900159000"), text="锅底起皮，黑渣混在鸡蛋里，要求退货"),
    told("3", 1, 1, Relation.FOLLOW_UP, sender={"openid": "o1"}, text="有消息吗 我电话一三八零零一三八零零零"),
]


def value(judged: list[Judged], name: str) -> float | None:
    [found] = [one for one in figures(judged, [(1, one.truth.person) for one in judged]) if one.measure.name == name]
    return found.value


def test_masked_and_spoken_telephones_count_as_an_identifier_in_common() -> None:
    assert reaches(STREAM) == [Reach.NOTHING, Reach.IDENTIFIER, Reach.NOTHING, Reach.IDENTIFIER]


def test_what_earlier_complaints_told_of_a_person_is_known_later() -> None:
    both = told("0", 1, 1, sender={"openid": "o1", "phones": ["13800138000"]})
    first, later = told("1", 2, 1, sender={"openid": "o1"}), told("2", 2, 1, sender=phone("13800138000"))

    assert reaches([both, first, later])[-1] is Reach.EARLIER_COMPLAINTS


def test_a_perfect_answer_has_perfect_figures() -> None:
    said = [
        Said(Verdict.NEW, None, "a"),
        Said(Verdict.DUPLICATE, "0", "a"),
        Said(Verdict.NEW, None, "b"),
        Said(Verdict.FOLLOW_UP, "1", "a"),
    ]

    judged = judge(STREAM, said)

    assert value(judged, "links: precision") == value(judged, "links: recall, identifier in common") == 1.0
    assert value(judged, "co-victims merged") == value(judged, "suspected of all") == 0.0
    assert value(judged, "cases: purity of pairs") == value(judged, "cases: completeness of pairs") == 1.0


def test_a_co_victim_in_somebody_elses_case_is_counted() -> None:
    said = [
        Said(Verdict.NEW, None, "a"),
        Said(Verdict.SUSPECTED, "0", "b"),
        Said(Verdict.DUPLICATE, "0", "a"),
        Said(Verdict.NEW, None, "c"),
    ]

    judged = judge(STREAM, said)

    assert value(judged, "co-victims merged") == 0.25
    assert value(judged, "links: precision") == 0.0
    assert value(judged, "links: found or asked, identifier in common") == 0.5
    assert value(judged, "suspected of all") == 0.25


def test_words_alone_merge_the_stranger_and_identifiers_alone_do_not() -> None:
    by_words, by_identifiers = judge(STREAM, text_only(STREAM)), judge(STREAM, identity_only(STREAM))

    assert value(by_words, "co-victims merged") == 0.25
    assert value(by_identifiers, "co-victims merged") == 0.0
    assert [one.said.of for one in by_identifiers] == [None, "0", None, "1"]
