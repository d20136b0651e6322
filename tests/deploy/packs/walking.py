"""One message walked through a pack, as `intake policy explain` does it."""

import json
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from deploy.explaining import asked_complaint, walk
from schemas.policy import PolicyPack, load_pack
from schemas.policy.organisation import Resolver, load_organisation
from schemas.policy_lines import PolicyWalk
from schemas.records import Clock
from workers.classify import TextUnderstander
from workers.classify.model import load_current

MONDAY = datetime(2026, 11, 16, 2, 30, tzinfo=UTC)
"""10:30 in China."""
PLACES = Resolver(load_organisation(Path("deploy/demo/organisation.yaml")))


@cache
def pack(name: str) -> PolicyPack:
    """A pack that ships."""
    return load_pack(Path(name))


@cache
def _understander(name: str) -> TextUnderstander:
    return TextUnderstander(pack(name), load_current())


def walked(name: str, text: str, **fields: Any) -> PolicyWalk:
    """What a pack does with a message received on a Monday morning."""
    asked = {"text": text, "received_at": MONDAY.isoformat()} | fields
    return walk(asked_complaint(json.dumps(asked), MONDAY), pack(name), _understander(name), PLACES, "zh")


def clocks(found: PolicyWalk) -> dict[str, Clock]:
    """The clocks by name."""
    return {one.clock: one for one in found.clocks}


def rules(found: PolicyWalk) -> set[str | None]:
    """The ids of the rules that fired."""
    return {step.rule_id for step in found.steps}
