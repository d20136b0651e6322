"""How a connector describes itself to the kit."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
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


def _to_other_account(of: Inbound) -> Inbound:
    return replace(of, account=OTHER_ACCOUNT)


@dataclass(frozen=True)
class Case:
    """One connector.

    `body` is a delivery with one complaint that says `WORDS` and gives `PHONE`; `make` delivers any body at a time,
    signed as the channel signs, to `ACCOUNT`; `OTHER_ACCOUNT` has the same secrets. `breaks` has a way to spoil a
    delivery for each of `BREAKS`, and is empty where the channel signs nothing. `unknown_type` is a genuine body of a
    kind nobody has told us of, None where there are no kinds; `oversize` is one with far more text than a record
    holds; `secrets` are what must never be said.

    `label` tells several cases of one channel apart. `moved` delivers the same to `OTHER_ACCOUNT`, where the proof of
    one account is none for another. `absent` names breaks that cannot exist, with the reason: only `STALE`, for
    vendors that sign nothing and so no time either. `vendor_time` is set where the vendor says when it happened, and
    `numbered` where its number alone identifies, so that other content is an update.
    """

    connector: Connector
    body: bytes
    make: Callable[[bytes, datetime], Inbound]
    oversize: bytes
    unknown_type: bytes | None = None
    breaks: Mapping[str, Break] = field(default_factory=dict)
    secrets: tuple[str, ...] = (NUMBER_KEY, PSEUDONYM_KEY)
    label: str = ""
    moved: Break = _to_other_account
    absent: Mapping[str, str] = field(default_factory=dict)
    vendor_time: bool = False
    numbered: bool = False

    @property
    def name(self) -> str:
        """The channel, or the one of its vendors."""
        return self.label or self.connector.channel

    @property
    def delivery(self) -> Inbound:
        """The body as it is delivered."""
        return self.make(self.body, MOMENT)
