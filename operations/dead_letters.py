"""Records a stage could not process: which wait, sending them again, putting them away. For command line and pages."""

from collections.abc import Sequence

from aiokafka import AIOKafkaConsumer

from operations.folding import Fold, last_states
from operations.reading import reader
from operations.replaying import Gone, fetch_original, note, replay_letter, resolve_letter
from schemas.commands import Resolution
from schemas.records import DeadLetter
from schemas.settings import Settings
from schemas.topics import DEAD_LETTER


async def letters(settings: Settings) -> list[DeadLetter]:
    """Return the newest state of every dead letter, ended ones too. Reads the whole topic."""
    return await last_states(settings, DEAD_LETTER, DeadLetter, lambda letter: letter.dead_letter_id)


def letters_fold(settings: Settings) -> Fold[DeadLetter]:
    """The open dead letters, kept up to date."""
    return Fold(
        settings.kafka,
        DEAD_LETTER,
        DeadLetter,
        lambda letter: letter.dead_letter_id,
        lambda letter: letter.state == "open",
    )


def place_of(letter: DeadLetter) -> str:
    """Where the record lies that failed."""
    return f"{letter.source_topic}/{letter.source_partition}@{letter.source_offset}"


async def replay_all(
    settings: Settings, chosen: Sequence[DeadLetter], reason: str, by: str, *, dry_run: bool
) -> list[Resolution]:
    """Send records again to the stage that failed, and to no other; what became of each."""
    async with reader(settings.kafka) as consumer:
        return [await _replay(settings, consumer, letter, reason, by, dry_run) for letter in chosen]


async def discard_all(
    settings: Settings, chosen: Sequence[DeadLetter], reason: str, by: str, *, dry_run: bool
) -> list[Resolution]:
    """Put dead letters away for good; what became of each."""
    return [await _discard(settings, letter, reason, by, dry_run) for letter in chosen]


async def _replay(
    settings: Settings, consumer: AIOKafkaConsumer, letter: DeadLetter, reason: str, by: str, dry_run: bool
) -> Resolution:
    if letter.state != "open":
        return _ended(letter, "replay")
    try:
        record = await fetch_original(consumer, letter)
        if dry_run:
            return _result(letter, "replay", False, f"would send {place_of(letter)} again to {letter.stage}")
        await replay_letter(settings.kafka, letter, record, by, reason)
    except Gone as gone:
        return _result(letter, "replay", False, str(gone))
    return _result(letter, "replay", True, f"{place_of(letter)} sent again to {letter.stage}")


async def _discard(settings: Settings, letter: DeadLetter, reason: str, by: str, dry_run: bool) -> Resolution:
    if letter.state != "open":
        return _ended(letter, "discard")
    if dry_run:
        return _result(letter, "discard", False, f"would discard: {letter.error}")
    await note(settings.kafka, DEAD_LETTER, letter.dead_letter_id, resolve_letter(letter, "discarded", by, reason))
    return _result(letter, "discard", True, reason)


def _ended(letter: DeadLetter, action: str) -> Resolution:
    return _result(letter, action, False, f"already {letter.state} by {letter.resolved_by}")


def _result(letter: DeadLetter, action: str, done: bool, detail: str) -> Resolution:
    return Resolution.model_validate({"id": letter.dead_letter_id, "action": action, "done": done, "detail": detail})
