"""The verdict over all channels: each thing handed over is one complaint, answered at most once on any screen."""

import hashlib
import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deploy.vendors.server import Vendor
from schemas.outcomes import Outcome
from schemas.reply import NOT_KNOWN, SHOWN_ON_PAGE
from schemas.topics import ESCALATED, REVIEW
from tests.faults.callers import Expected
from tests.faults.offering import Offered
from tests.faults.seen import Seen
from tests.faults.verdict import twice

RECEIVED, ACKNOWLEDGED = "complaints.received.v1", "complaints.acknowledged.v1"
VERSIONED = ("complaints.deduplicated.v1", "complaints.classified.v1")
AUTHORITY_DESK = "departments.regulator-affairs.v1"
_TOKEN = re.compile(r"小票编号 (\w+)。")
_NUMBER = re.compile(r"\b(?:[0-9A-Z]{4}-){3}[0-9A-Z]\b")
_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
Record = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Screens:
    """What people see of us: tracking number → how many messages with it, by the way they came."""

    by_way: Mapping[str, Counter[str]]

    @classmethod
    def of(cls, vendors: Iterable[Vendor], mails: Iterable[str]) -> "Screens":
        """Count what vendors delivered and which mails came."""
        found: dict[str, Counter[str]] = {"email": _numbers(mails)}
        for vendor in vendors:
            for way in {one.way for one in vendor.delivered}:
                found[way] = _numbers(one.text for one in vendor.delivered if one.way == way)
        return cls(found)

    def showing(self, number: str) -> int:
        """How many messages hold this tracking number, whatever the way."""
        return sum(count[number] for count in self.by_way.values())


@dataclass(frozen=True, slots=True)
class Story:
    """What customers hold, what a foreign reader saw, what stands on their screens, and where files lie."""

    offered: Offered
    expected: Mapping[str, Expected]
    seen: Seen
    screens: Screens
    departments: list[str]
    objects: Path

    def findings(self, unknown_at_most: int) -> list[str]:
        """Everything that is missing or there twice; empty when the promise holds."""
        ids, wrong = self._identified()
        everyone = set(self.offered.posted).union(*ids.values())
        wrong += self._versions(everyone)
        wrong += self._answers(everyone, unknown_at_most)
        wrong += twice(self.seen, self.departments)
        wrong += self._assigned(everyone)
        wrong += self._files(ids)
        return wrong + list(self._sealed(ids))

    def unknown(self) -> list[Record]:
        """Acknowledgements of messages that were cut off and nobody could ask about."""
        return [one for one in self.seen.all(ACKNOWLEDGED) if one["reason"] in (NOT_KNOWN, SHOWN_ON_PAGE)]

    def _identified(self) -> tuple[dict[str, set[str]], list[str]]:
        """Mark → complaint ids found by it; each must be one."""
        wanted = {mark: one.channel for mark, one in self.expected.items()}
        wanted |= dict.fromkeys(self.offered.mailed, "email")
        ids: dict[str, set[str]] = {mark: set() for mark in wanted}
        for record in self.seen.all(RECEIVED):
            for mark in marks(record):
                if wanted.get(mark) == record["channel"]:
                    ids[mark].add(record["complaint_id"])
        return ids, [f"{wanted[mark]} {mark} became {len(found)} complaints" for mark, found in ids.items()
                     if len(found) != 1]  # fmt: skip

    def _versions(self, everyone: set[str]) -> Iterator[str]:
        """Every complaint is there from its first version on without a gap, each version once."""
        for topic in VERSIONED:
            revisions: dict[str, list[int]] = defaultdict(list)
            for record in self.seen.all(topic):
                revisions[record["complaint_id"]].append(record["revision"])
            for one in everyone | revisions.keys():
                found = sorted(revisions.get(one, []))
                if not found or found != list(range(1, len(found) + 1)) or one not in everyone:
                    yield f"{topic}: {one} {'' if one in everyone else 'that nobody offered '}has versions {found}"

    def _answers(self, everyone: set[str], unknown_at_most: int) -> Iterator[str]:
        """Exactly one acknowledgement a complaint; what it calls sent is on one screen, nothing is on two."""
        acknowledged: dict[str, list[Record]] = defaultdict(list)
        for record in self.seen.all(ACKNOWLEDGED):
            acknowledged[record["complaint_id"]].append(record)
        for one in everyone | acknowledged.keys():
            if len(acknowledged[one]) != 1 or one not in everyone:
                yield f"{one} has {len(acknowledged[one])} acknowledgements"
            for said in acknowledged[one]:
                shown = self.screens.showing(said["tracking_number"])
                if shown not in _allowed(said):
                    yield f"{said['channel']} {one}: {said['outcome']} ({said['reason']}), on {shown} screens"
        if len(self.unknown()) > unknown_at_most:
            yield f"{len(self.unknown())} acknowledgements of unknown outcome, at most {unknown_at_most} were cut off"

    def _assigned(self, everyone: set[str]) -> list[str]:
        """Some department has to act on everything."""
        asked = {
            one["complaint_id"] for topic in self.departments for one in self.seen.all(topic) if one["responsible"]
        }
        return [f"nobody has to act on {one}" for one in everyone - asked]

    def _files(self, ids: Mapping[str, set[str]]) -> Iterator[str]:
        """Every announced file is fetched: the latest version names it, and its bytes lie in the object store."""
        latest: dict[str, Record] = {}
        for record in self.seen.all("complaints.deduplicated.v1"):
            held = latest.get(record["complaint_id"])
            if held is None or record["revision"] > held["revision"]:
                latest[record["complaint_id"]] = record
        for mark, expected in self.expected.items():
            for one in ids[mark] if expected.files else ():
                found = [self._stored(file, expected) for file in latest.get(one, {}).get("attachments", ())]
                if found != [True] * expected.files:
                    yield f"{expected.channel} {mark}: files {found}"

    def _stored(self, file: Record, expected: Expected) -> bool:
        place = self.objects / str(file.get("object_key"))
        if file["state"] != "stored" or not place.is_file():
            return False
        digest = hashlib.sha256(place.read_bytes()).hexdigest()
        return digest == file["sha256"] and expected.content_sha256 in (None, digest)

    def _sealed(self, ids: Mapping[str, set[str]]) -> Iterator[str]:
        """A report to an authority is nobody's business but of those who answer authorities."""
        sealed = {mark: one for mark, expected in self.expected.items() if expected.sealed for one in ids[mark]}
        told = {one["complaint_id"] for one in self.seen.all(AUTHORITY_DESK)}
        yield from (f"{mark}: not at {AUTHORITY_DESK}" for mark, one in sealed.items() if one not in told)
        for topic in {*self.departments, ESCALATED.name, REVIEW.name} - {AUTHORITY_DESK}:
            written = set(_ID.findall(json.dumps(self.seen.all(topic))))
            yield from (f"{mark} shows on {topic}" for mark, one in sealed.items() if one in written)


def marks(record: Record) -> set[str]:
    """By what a stranger knows whose complaint this is."""
    found = set(_TOKEN.findall(record.get("text", ""))) | {record.get("reply_to", "")}
    if referral := record.get("referral"):
        found.add(f"{referral['number']}/{referral['kind']}")
    if record.get("entry") != "sms":
        found |= set((record.get("sender") or {}).get("phones", ()))
    return found


def _allowed(record: Record) -> tuple[int, ...]:
    """On how many screens an answer with this outcome may be. An SMS that arrived was found by asking the vendor."""
    if record["outcome"] == Outcome.SENT and record["reason"] != SHOWN_ON_PAGE:
        return (1,)
    if record["reason"] in (NOT_KNOWN, SHOWN_ON_PAGE):
        return (0,) if record["channel"] == "phone" else (0, 1)
    return (0,)


def _numbers(texts: Iterable[str]) -> Counter[str]:
    return Counter(number for text in texts for number in set(_NUMBER.findall(text)))
