"""The deduplicate stage of the tests."""

from datetime import timedelta

from schemas.policy import load_pack
from schemas.records import Deduplicated
from tests.workers.pieces import PSEUDONYM_KEY, TOKEN_KEYS, incoming
from workers.deduplicate import Deduplicate, Windows
from workers.deduplicate.prints import Printer
from workers.families import family_by_rules

STAGE = Deduplicate(Printer(PSEUDONYM_KEY, TOKEN_KEYS), Windows(timedelta(days=45), timedelta(minutes=30)))


def emitted(record: object, decision: object) -> Deduplicated:
    """What the stage writes for a record under a decision, as a reader gets it."""
    [emit] = STAGE.emit(incoming(record), decision)  # type: ignore[arg-type]
    return Deduplicated.model_validate_json(emit.record.to_json())


def linking_stage() -> Deduplicate:
    """The stage with the words and points of the default pack and its kinds of problems."""
    pack = load_pack()
    printer = Printer(PSEUDONYM_KEY, TOKEN_KEYS, pack.linking, pack.zone, frozenset(), family_by_rules(pack))
    return Deduplicate(printer, Windows(timedelta(days=45), timedelta(minutes=30)))
