"""Classified complaints and the route stage of the tests."""

from typing import Any

from schemas.policy import load_pack
from schemas.records import Classified
from tests.schemas.making import deduplicated
from workers.classify import RuleUnderstander, message_of
from workers.route import Route

PACK = load_pack()
STAGE = Route(PACK, b"c" * 32)
UNDERSTANDER = RuleUnderstander(PACK)


def classified(source_id: str = "1", **fields: Any) -> Classified:
    """A complaint as the classify stage hands it on."""
    record = deduplicated(source_id, **fields)
    return Classified(**record.model_dump(), understanding=UNDERSTANDER.understand(message_of(record)))
