"""The stage wraps what came in and adds the understanding, one record for one."""

from datetime import UTC, datetime

from schemas.complaint import Automatic
from schemas.policy import load_pack
from schemas.records import Classified, Deduplicated
from schemas.topics import CLASSIFIED, DEDUPLICATED
from tests.schemas.making import deduplicated
from workers.classify import ClassifyStage, RuleUnderstander
from workers.runtime.stage import Incoming, Origin

STAGE = ClassifyStage(RuleUnderstander(load_pack()))


def incoming(record: Deduplicated) -> Incoming[Deduplicated]:
    return Incoming(record, Origin("t", 0, 0), datetime(2026, 11, 22, tzinfo=UTC), {})


def test_nothing_that_came_in_is_rewritten() -> None:
    record = deduplicated(text="牛奶过期了", new_field_of_a_newer_gateway="kept")

    [emit] = STAGE.decide(incoming(record))

    assert isinstance(emit.record, Classified)
    assert emit.record.model_dump(exclude={"understanding"}) == record.model_dump()
    assert emit.record.understanding.primary == "quality"
    assert (emit.topic, emit.key) == (CLASSIFIED, str(record.case_id))
    assert STAGE.reads == (DEDUPLICATED,)


def test_the_same_record_gives_the_same_event() -> None:
    record = deduplicated()

    assert STAGE.decide(incoming(record)) == STAGE.decide(incoming(record))


def test_automatic_mail_gives_a_record_too() -> None:
    [emit] = STAGE.decide(incoming(deduplicated(automatic=Automatic(is_automatic=True, reasons=("auto-submitted",)))))

    assert isinstance(emit.record, Classified)
    assert emit.record.understanding.review_reasons == ("automatic",)
