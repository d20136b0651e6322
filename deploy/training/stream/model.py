"""People, incidents, and what is true of each message."""

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from deploy.training.stream.kernels import Kernel
from schemas.commands import LinkLine


class Relation(StrEnum):
    """How a message truly relates to the earlier ones."""

    NEW = "new"
    DUPLICATE = "duplicate"
    FOLLOW_UP = "follow_up"
    REPEAT = "repeat"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who complains, with everything that may identify them."""

    number: int
    surname: str
    given: str
    honorific: str
    phone: str
    second_phone: str | None
    email: str
    openid: str
    customer_no: str | None
    script: str = "hans"


@dataclass(frozen=True, slots=True)
class Incident:
    """What happened to one person. `favourites` are the words the person prefers, one number for each fact."""

    number: int
    person: Person
    kernel: Kernel
    goods: str
    store: str
    day: date
    order_no: str | None
    batch_no: str | None
    favourites: tuple[int, ...]
    again: bool = False
    cluster: int | None = None


@dataclass(frozen=True, slots=True)
class Truth:
    """What is true of a message: its incident and person, how it relates to the earlier, the scenario it is from.

    `earlier` is the incident a repeat repeats. `cluster` is common to people with the same trouble.
    """

    incident: int
    person: int
    relation: Relation
    scenario: str
    earlier: int | None = None
    cluster: int | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """One message of the stream with its truth."""

    line: LinkLine
    truth: Truth


@dataclass(slots=True)
class Draft:
    """A message before the stream is in order of time. `asks` says it asks for news or adds something."""

    at: datetime
    incident: Incident
    form: str
    scenario: str
    asks: bool = False
    writer: Person | None = None
    sender_phones: tuple[str, ...] | None = None
    order_no: str | None = None
    text: str | None = None
    without: frozenset[str] = field(default_factory=frozenset)
