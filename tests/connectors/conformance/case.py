"""How a connector describes itself to the kit."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from connectors.contract import Connector, Numbering
from schemas.inbound import Inbound

NUMBER_KEY = "number-key-of-the-conformance-kit"
PSEUDONYM_KEY = "pseudonym-key-of-the-conformance-kit"
NUMBERING = Numbering(NUMBER_KEY.encode())
ACCOUNT, OTHER_ACCOUNT = "main", "other"
PHONE = "13800001234"
WORDS = "Milk is off"
MOMENT = datetime(2026, 11, 20, 2, 21, 40, tzinfo=UTC)

UNSIGNED, FIRST_WRONG, LAST_WRONG, STALE = "unsigned", "first digit wrong", "last digit wrong", "stale"
BREAKS = frozenset({UNSIGNED, FIRST_WRONG, LAST_WRONG, STALE})
"""What a channel that signs must show how to do."""

Break = Callable[[Inbound], Inbound]


@dataclass(frozen=True)
class Case:
    """One connector.

    `body` is a delivery with one complaint that says `WORDS` and gives `PHONE`; `make` delivers any body at a time,
    signed as the channel signs, to `ACCOUNT`; `OTHER_ACCOUNT` has the same secrets. `breaks` has a way to spoil a
    delivery for each of `BREAKS`, and is empty where the channel signs nothing. `unknown_type` is a genuine body of a
    kind nobody has told us of, None where there are no kinds; `oversize` is one with far more text than a record
    holds; `secrets` are what must never be said.
    """

    connector: Connector
    body: bytes
    make: Callable[[bytes, datetime], Inbound]
    oversize: bytes
    unknown_type: bytes | None = None
    breaks: Mapping[str, Break] = field(default_factory=dict)
    secrets: tuple[str, ...] = (NUMBER_KEY, PSEUDONYM_KEY)

    @property
    def name(self) -> str:
        """The channel."""
        return self.connector.channel

    @property
    def delivery(self) -> Inbound:
        """The body as it is delivered."""
        return self.make(self.body, MOMENT)
