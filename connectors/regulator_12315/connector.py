"""Reads referrals of 12315 and other authorities: signed pushes, files, forms typed from a phone notice.

Settings: `INTAKE_REGULATOR__ACCOUNTS__<account>__…`. There is no call to answer a referral by (facts 4.1, unsure): what
goes back is a draft that a person enters in the authority's platform (`drafts`).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from connectors.contract import Answer, Hook, Numbering
from connectors.regulator_12315.fields import Referred
from connectors.regulator_12315.identity import Naming
from connectors.regulator_12315.reading import Found, referrals_of
from connectors.regulator_12315.referral import Place, Reader
from connectors.regulator_12315.signature import IDEMPOTENCY_KEY, KEY_ID, NONCE, SIGNATURE, TIMESTAMP, verify
from schemas.complaint import Channel
from schemas.errors import PayloadRejected, Reason
from schemas.inbound import Inbound, ParsedComplaint, ParsedItem, SuspendedItem
from schemas.settings import RegulatorSettings

FOLDER, MAIL, MANUAL = "folder", "mail", "manual"
"""How a delivery came that nobody signed: `Inbound.source["kind"]`, which only our own services set."""
_UNSIGNED = frozenset({FOLDER, MAIL, MANUAL})
_TAKEN = Answer(body=b'{"code":0,"message":"ok"}', content_type="application/json")


@dataclass(frozen=True, slots=True)
class Located:
    """One item and where it stood: sheet and row from 1, 0 where there are none."""

    sheet: int
    row: int
    item: ParsedItem


class Regulator:
    """The channel `regulator_12315`."""

    channel = Channel.REGULATOR_12315.value

    def __init__(self, numbering: Numbering, pseudonym_key: bytes, settings: RegulatorSettings) -> None:
        self._naming = Naming(numbering, pseudonym_key, self.channel)
        self.settings = settings

    def hook(self, account: str, event: str | None = None) -> Hook | None:
        """How this account is called; None when there is none, it is switched off or has no secret."""
        settings = self.settings.accounts.get(account)
        if settings is None or not settings.enabled or not settings.secrets or event is not None:
            return None
        headers = (KEY_ID, TIMESTAMP, NONCE, SIGNATURE, IDEMPOTENCY_KEY)
        single_use = (KEY_ID.lower(), NONCE.lower())
        return Hook(("application/json",), headers=headers, single_use=single_use, answer=_TAKEN)

    def parse(self, inbound: Inbound) -> list[ParsedItem]:
        """Read a delivery. Raises `NotGenuine` before a push is looked at, `PayloadRejected`."""
        return [one.item for one in self.located(inbound)]

    def read(self, inbound: Inbound) -> list[ParsedItem]:
        """Read a file whose sender nobody asks for. Raises `PayloadRejected`."""
        return [one.item for one in self._located(inbound)]

    def words_of(self, of: Referred) -> str:
        """A pseudonym of what a row says; see `Naming.words_of`."""
        return self._naming.words_of(of)

    def located(self, inbound: Inbound) -> list[Located]:
        """As `parse`, with the place of each item in its file."""
        if inbound.source.get("kind") not in _UNSIGNED:
            verify(self.settings.accounts.get(inbound.account), inbound)
        return self._located(inbound)

    def _located(self, inbound: Inbound) -> list[Located]:
        if len(inbound.body) > self.settings.max_file_bytes:
            raise PayloadRejected(Reason.TOO_LARGE, f"more than {self.settings.max_file_bytes} bytes")
        reader = Reader.of(inbound, self._naming, self.settings)
        counted: dict[str, int] = {}
        return _numbered(one for found in self._found(inbound) for one in self._one(reader, found, counted))

    def _found(self, inbound: Inbound) -> Iterator[Found]:
        typed = inbound.source.get("nonce", "") if inbound.source.get("kind") == MANUAL else ""
        once = typed or inbound.headers.get(IDEMPOTENCY_KEY.lower(), "")
        for found in referrals_of(inbound, self.settings):
            nameless = once if not found.referred.fields.get("number") else ""
            yield replace(found, referred=replace(found.referred, nameless=nameless)) if nameless else found

    def _one(self, reader: Reader, found: Found, counted: dict[str, int]) -> Iterator[Located]:
        words = self._naming.words_of(found.referred)
        counted[words] = counted.get(words, -1) + 1
        place = Place(found.where, found.occurrence if found.occurrence is not None else counted[words])
        wrong = found.wrong
        items = [reader.suspended(found.referred, place, *wrong)] if wrong else reader.items(found.referred, place)
        for item in items:
            yield Located(found.sheet, found.row, item)


def _numbered(located: Iterable[Located]) -> list[Located]:
    """The items with their numbers within the delivery; of the same complaint and state one is enough."""
    seen: set[tuple[object, object]] = set()
    found: list[Located] = []
    for one in located:
        item = one.item
        if isinstance(item, ParsedComplaint):
            same = (item.complaint.complaint_id, item.complaint.version)
            if same in seen:
                continue
            seen.add(same)
        if isinstance(item, ParsedComplaint | SuspendedItem):
            found.append(replace(one, item=replace(item, item=len(found))))
    return found
