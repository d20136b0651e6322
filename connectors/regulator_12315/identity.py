"""What a referral is called: by its number alone, or by its words where it has none."""

import hashlib
import json
from dataclasses import dataclass
from uuid import UUID

from connectors.contract import Numbering
from connectors.regulator_12315.fields import Referred
from schemas.identity import pseudonym

REPORT_SUFFIX = "/R"
"""Behind the number of a report: what is sealed never shares an id with a complaint of the same number."""


@dataclass(frozen=True, slots=True)
class Named:
    """Names of one item. `version` tells two states of one referral apart."""

    complaint_id: UUID
    source_id: str
    version: str | None


@dataclass(frozen=True, slots=True)
class Naming:
    """Gives names. No name can be turned back into a person, nor found by trying names: they are made with a key."""

    numbering: Numbering
    pseudonym_key: bytes
    channel: str

    def words_of(self, of: Referred) -> str:
        """A pseudonym of all that a referral says, the same whatever the order of its columns."""
        files = sorted(hashlib.sha256(file.content).hexdigest() for file in of.files)
        said = [sorted(of.fields.items()), sorted(of.others), files, of.nameless]
        return pseudonym(self.pseudonym_key, "referral", json.dumps(said, ensure_ascii=True))

    def of(self, system: str, of: Referred, number: str, suffix: str, occurrence: int) -> Named:
        """The names of a referral; `occurrence` counts those without number that say the same in one file."""
        words = self.words_of(of)
        if number:
            own = self.numbering.complaint_id(self.channel, system, f"referral:{number}{suffix}", "")
            return Named(own, f"referral:{pseudonym(self.pseudonym_key, 'number', number)}{suffix}", words)
        source_id = f"row:{words}:{occurrence}{suffix}"
        return Named(self.numbering.complaint_id(self.channel, system, source_id, ""), source_id, None)
