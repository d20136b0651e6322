"""Whose complaint it is: the identifiers of its sender, normalised alike in every form, as pseudonyms."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from schemas.complaint import Complaint, Proof, Sender
from schemas.identity import pseudonym, recipient_key
from schemas.normalise import fold
from schemas.phone_number import MASK, SEPARATORS, canonical_phone
from schemas.reply import ways_back
from workers.text.pinyin import readings

PHONE, LANDLINE = "phone", "landline"
MOST_OF_A_COMPLAINT = 5
MOST_NAMED = 2
_CHINA = "86"
_MOBILE, _BEIJING = re.compile(r"1[3-9]\d{9}$"), re.compile(r"10\d{8}$")
_MASKED = re.compile(r"(\d{3})\D+(\d{4})")
_SHORTEST_NUMBER = 4
_PROVEN = frozenset({Proof.CHANNEL, Proof.OTP, Proof.STAFF, Proof.AUTHORITY})
_HAN = re.compile("[\u3400-\u9fff]")
_FULL_NAME = re.compile("[\u3400-\u9fff]{2,4}")
_TITLE = re.compile("(?:先生|女士|小姐|太太|老师|同志|阿姨|师傅|某+|生|姐|哥|总)$")


@dataclass(frozen=True, slots=True)
class Identifier:
    """One identifier of a sender: its kind, its pseudonym, and whether it is known to be his."""

    kind: str
    key: str
    proven: bool = False


@dataclass(frozen=True, slots=True)
class Identifiers:
    """What tells whose complaint it is. `full_ends` and `masked_ends` are first three and last four digits.

    `named` are telephones of the text, `claimed` those of them that it calls the writer's own; of the others it does
    not say whose they are. `names` holds full name and family name,
    `answered_at` the addresses an answer may go to, in order.
    """

    own: tuple[Identifier, ...] = ()
    named: tuple[str, ...] = ()
    full_ends: tuple[str, ...] = ()
    masked_ends: tuple[str, ...] = ()
    names: tuple[str, str] | None = None
    answered_at: tuple[str, ...] = ()
    claimed: tuple[str, ...] = ()

    def looked_for(self) -> Iterable[str]:
        """The keys under which complaints of the same person may be."""
        yield from (one.key for one in self.own)
        yield from self.named
        yield from (f"masked {ends}" for ends in (*self.full_ends, *self.masked_ends))
        yield from (f"full {ends}" for ends in self.masked_ends)

    def registered(self) -> Iterable[str]:
        """The keys under which later ones find this."""
        yield from (one.key for one in self.own)
        yield from self.named
        yield from (f"full {ends}" for ends in self.full_ends)
        yield from (f"masked {ends}" for ends in self.masked_ends)

    def as_json(self) -> dict[str, Any]:
        """As it is stored."""
        return {
            "own": [[one.kind, one.key, one.proven] for one in self.own],
            "named": self.named,
            "full": self.full_ends,
            "masked": self.masked_ends,
            "names": self.names,
            "answered_at": self.answered_at,
            "claimed": self.claimed,
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "Identifiers":
        """Read what `as_json` gave; what is missing is unknown."""
        names = stored.get("names")
        return cls(
            tuple(Identifier(*one) for one in stored.get("own", ())),
            tuple(stored.get("named", ())),
            tuple(stored.get("full", ())),
            tuple(stored.get("masked", ())),
            (names[0], names[1]) if names else None,
            tuple(stored.get("answered_at", ())),
            tuple(stored.get("claimed", ())),
        )


NOBODY = Identifiers()


def masked_ends(written: str) -> str | None:
    """First three and last four digits of a masked mobile number (138****8000); None for anything else."""
    bare = SEPARATORS.sub("", fold(written).text)
    if fold(written).text.strip().startswith(("+86", "0086")):
        bare = bare.removeprefix("00").removeprefix(_CHINA)
    found = _MASKED.fullmatch(bare) if MASK.search(bare) else None
    return f"{found[1]} {found[2]}" if found else None


def identify(
    key: bytes,
    complaint: Complaint,
    in_text: Iterable[str],
    own: frozenset[str],
    claimed: frozenset[str] = frozenset(),
) -> Identifiers:
    """The identifiers of a complaint's sender; `in_text` are telephones of its text, `own` are ours, canonical.

    Of those of the text, `claimed` are the ones the writer calls his own.

    Who handed a complaint over is nobody here; a sealed report and a machine have no identity.
    """
    sender = complaint.sender or Sender()
    if complaint.sealed or complaint.automatic.is_automatic:
        return NOBODY
    values = {(kind, value): proven for kind, value, proven in _values(sender) if value not in own}
    ends = (one for written in sender.phones if (one := masked_ends(written)))
    phones = {value for kind, value in values if kind in {PHONE, LANDLINE}}
    named = {phone: one in claimed for one in in_text if (phone := canonical_phone(one)) and phone not in phones | own}
    keys = {pseudonym(key, "person", _kind(phone), phone): his for phone, his in islice(named.items(), MOST_NAMED)}
    return Identifiers(
        own=tuple(
            Identifier(kind, pseudonym(key, "person", kind, value), proven)
            for (kind, value), proven in islice(values.items(), MOST_OF_A_COMPLAINT)
        ),
        named=tuple(keys),
        claimed=tuple(one for one, his in keys.items() if his),
        full_ends=tuple(pseudonym(key, "ends", _ends(phone)) for phone in islice(sorted(phones), 3) if _ends(phone)),
        masked_ends=tuple(pseudonym(key, "ends", one) for one in islice(ends, 3)),
        names=_names(key, sender.name),
        answered_at=tuple(recipient_key(key, way.address) for way in ways_back(complaint).ways[:MOST_OF_A_COMPLAINT]),
    )


def canonical(written: str) -> str:
    """The form in which a value of the list of our own is compared."""
    return written.strip().lower() if "@" in written else canonical_phone(written) or written.strip().lower()


def _values(sender: Sender) -> Iterable[tuple[str, str, bool]]:
    """Kind, canonical value and proof, strongest first."""
    numbers = (("customer_no", sender.customer_no), ("openid", sender.openid))
    for kind, written in numbers:
        value = "".join(fold(written).text.split()) if written and kind == "customer_no" else (written or "").strip()
        if len(value) >= _SHORTEST_NUMBER and len(set(value)) > 2:
            yield kind, value, _is_proven(sender.proofs, written)
    for written in sender.phones:
        if phone := canonical_phone(written):
            yield _kind(phone), phone, _is_proven(sender.proofs, written)
    for written in sender.emails:
        mail = fold(written).text.strip()
        if "@" in mail.strip("@"):
            yield "email", mail, _is_proven(sender.proofs, written)


def _kind(phone: str) -> str:
    """A mainland landline may be a family's or a company's; of other numbers nobody can tell."""
    return (
        LANDLINE
        if (len(phone) in {10, 11} and not _MOBILE.match(phone) and phone[0] != "1") or _BEIJING.match(phone)
        else PHONE
    )


def _is_proven(proofs: Mapping[str, Proof], written: str | None) -> bool:
    return proofs.get(written or "") in _PROVEN


def _ends(phone: str) -> str:
    return f"{phone[:3]} {phone[-4:]}" if len(phone) == 11 else ""


def _names(key: bytes, name: str | None) -> tuple[str, str] | None:
    """Pseudonyms of the name as it sounds and of the family name; None where the name says nothing (a mask, a number).

    The first is empty where only the family name is given, with a title or a mask behind it.
    """
    plain = fold(name or "").text.strip()
    if not plain or not plain[0].isalpha():
        return None
    sounds = [readings().get(char, char) for char in plain]
    if not _HAN.match(plain):
        return pseudonym(key, "name", plain), pseudonym(key, "family-name", plain.split()[-1])
    full = len(plain) > 1 and _FULL_NAME.fullmatch(plain) and not _TITLE.search(plain)
    return pseudonym(key, "name", *sounds) if full else "", pseudonym(key, "family-name", sounds[0])
