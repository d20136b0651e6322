"""What an event looks like: one JSON object with an id of its own and the fields of a complaint."""

import json
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from schemas.base import Instant, Text
from schemas.errors import PayloadRejected, Reason

COMPLAINT = "complaint"
"""The one type whose fields are known; an event without a type is one, too."""

Name = Annotated[Text, Field(max_length=200)]
Line = Annotated[Text, Field(max_length=500)]
Identifier = Annotated[Text, Field(min_length=1, max_length=254)]


class _Part(BaseModel):
    """Unknown fields are accepted and left out; the raw bytes keep them."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class EventSender(_Part):
    """Who complains. What a system says of its customers is no proof, so none can be stated."""

    name: Name | None = None
    phones: Annotated[tuple[Identifier, ...], Field(max_length=5)] = ()
    emails: Annotated[tuple[Identifier, ...], Field(max_length=5)] = ()
    address: Line | None = None


class EventStated(_Part):
    """What the sender stated in fields, as written."""

    store: Line | None = None
    counter: Line | None = None
    product: Line | None = None
    model: Line | None = None
    order_no: Line | None = None
    batch_no: Line | None = None
    quantity: Line | None = None
    amount: Line | None = None
    event_date: Line | None = None
    salesperson: Line | None = None
    desired_resolution: Line | None = None
    category: Line | None = None


class Event(_Part):
    """One event. `id` is the same when the system delivers it again."""

    id: Identifier
    type: Identifier = COMPLAINT
    at: Instant | None = Field(None, description="When the customer wrote, RFC 3339; sets no clock")
    text: Text = ""
    subject: Line | None = None
    language: Annotated[str, Field(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$")] | None = None
    sender: EventSender | None = None
    stated: EventStated | None = None

    def canonical(self) -> str:
        """The fields that were sent as one text, the same whatever their order and spacing."""
        sent = self.model_dump(mode="json", exclude_defaults=True)
        return json.dumps(sent, sort_keys=True, separators=(",", ":"))


def read_event(body: bytes) -> Event:
    """Read a body. Raises `PayloadRejected`, which names fields and never what stood in them."""
    try:
        fields = json.loads(body.decode("utf-8-sig"), parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise PayloadRejected(Reason.UNREADABLE, "the body is not JSON in UTF-8") from error
    try:
        return Event.model_validate(fields)
    except ValidationError as error:
        raise PayloadRejected(Reason.UNREADABLE, _wrong_fields(error)) from error
    except OverflowError as error:  # a time at the very edge of the calendar has no UTC
        raise PayloadRejected(Reason.UNREADABLE, "at: no time there is in UTC") from error


def _wrong_fields(error: ValidationError) -> str:
    found = error.errors(include_url=False, include_context=False, include_input=False)
    return "; ".join(f"{'.'.join(map(str, one['loc'])) or 'body'}: {one['type']}" for one in found[:5])


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is no JSON")
