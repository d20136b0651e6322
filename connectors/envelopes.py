"""Envelopes in the object store: one that is written again keeps every reply address it held."""

from uuid import UUID

from infra.objects import ObjectStore
from schemas.envelope import Envelope, SuspendedNote, envelope_key
from schemas.errors import NotDurable, Unreachable


async def keep_envelope(objects: ObjectStore, envelope: Envelope) -> None:
    """Store an envelope durably. Raises `NotDurable`; may be repeated.

    A delivery comes again when it is replayed or redelivered: until its complaints are known to the clock, the
    sweeper answers its suspended items at the addresses noted here.
    """
    key = envelope_key(envelope.received_at, envelope.delivery_id, envelope.channel)
    notes = await _notes(objects, key) | {note.suspended_id: note for note in envelope.suspended}
    await objects.put(key, envelope.model_copy(update={"suspended": tuple(notes.values())}).to_json())


async def _notes(objects: ObjectStore, key: str) -> dict[UUID, SuspendedNote]:
    try:
        stored = await objects.get(key)
    except FileNotFoundError:
        return {}
    except Unreachable as error:
        raise NotDurable("the object store does not answer") from error
    return {note.suspended_id: note for note in Envelope.model_validate_json(stored).suspended}
