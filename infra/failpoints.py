"""Named fail points: places at which a test lets this process die, freeze or fail. Off unless a variable names them.

`INTAKE_FAILPOINTS` is a comma list of `place=action@n`: the action is taken at the n-th pass (1 when left out), once.
Places of a stage may name it: `stage.decided/route=kill@3`. `INTAKE_FAILPOINTS_LOG` is a file that gets a line with
the name of each fail point, flushed to the disk, before its action is taken.
"""

import os
import re
import signal
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from infra.logs import log
from schemas.errors import SettingsInvalid

VARIABLE = "INTAKE_FAILPOINTS"
LOG_VARIABLE = "INTAKE_FAILPOINTS_LOG"

PLACES: Mapping[str, str] = {
    "stage.decided": "a batch is decided, in SQL committed; nothing of it is on Kafka",
    "stage.produced": "all records of a batch are in the open Kafka transaction",
    "stage.offsets-sent": "the offset after a batch is in the open Kafka transaction",
    "stage.before-end-txn": "records and offset are in the open Kafka transaction, its commit is not asked for",
    "stage.after-end-txn": "the commit of the Kafka transaction is answered",
    "gateway.raw-stored": "raw bytes and attachments are in the object store, no record is anywhere",
    "gateway.kafka-acked": "Kafka has acknowledged a round, the sender of the delivery has no answer",
    "gateway.spooled": "a round is flushed to the spool, the sender of the delivery has no answer",
    "gateway.draining": "Kafka has acknowledged entries of the spool that are still in it",
    "gateway.before-switch-back": "the spool is empty, rounds still join it",
    "gateway.after-switch-back": "rounds go to Kafka again",
    "sender.sending-noted": "`sending` is committed, no byte of the message has left",
    "sender.server-answered": "the server has taken a message, its outcome is not written",
    "mail.before-mark": "mails are durable, their mailbox does not say so",
    "mail.after-mark": "the mailbox says which mails are done, the cursor file does not",
    "auditor.inserted": "rows of the ledger and the position after them are written, not committed",
    "fetcher.stored": "a fetched file is in the object store, nobody has noted that",
    "fetcher.published": "Kafka has acknowledged an addition of the fetcher, its job does not say so",
    "republisher.published": "Kafka has acknowledged records that were missing, nobody has noted that",
}
"""Every place and what has happened there. Those of a stage are passed by batches with records only."""

_OF_A_STAGE = "stage."
_SPELLING = re.compile(r"(?P<place>[^/=@]+)(/(?P<stage>[^/=@]+))?=(?P<action>[a-z]+)(@(?P<at>[1-9][0-9]*))?")

_log = log(__name__)


class FailPointReached(Exception):
    """What `fail` raises. Of no family of ours, so that only guards that catch everything catch it."""


def _send_self(sign: signal.Signals) -> Callable[[str], None]:
    return lambda name: os.kill(os.getpid(), sign)


def _fail(name: str) -> None:
    raise FailPointReached(name)


ACTIONS: Mapping[str, Callable[[str], None]] = {
    "kill": _send_self(signal.SIGKILL),
    "stop": _send_self(signal.SIGSTOP),
    "fail": _fail,
}


@dataclass(slots=True)
class _Point:
    """One entry of the list: what happens at which pass of the place."""

    place: str
    stage: str | None
    action: str
    at: int
    passes: int = 0

    @property
    def name(self) -> str:
        """The place as it was written."""
        return self.place if self.stage is None else f"{self.place}/{self.stage}"

    def is_due(self, place: str, stage: str | None) -> bool:
        """Count a pass that concerns this point and tell whether it is the one."""
        if place != self.place or self.stage not in (None, stage):
            return False
        self.passes += 1
        return self.passes == self.at


@dataclass(frozen=True, slots=True)
class FailPoints:
    """The fail points of a process, in the order they were written."""

    points: list[_Point] = field(default_factory=list)
    log_file: Path | None = None

    def passed(self, place: str, stage: str | None) -> None:
        """Act at whatever is due here. KeyError for a place nobody declared."""
        PLACES[place]
        due = [point for point in self.points if point.is_due(place, stage)]
        for point in due:
            _log.warning("fail point reached", detail=f"{point.name}={point.action}@{point.at}")
            self._note(point.name)
            ACTIONS[point.action](point.name)

    def _note(self, name: str) -> None:
        if self.log_file is not None:
            with self.log_file.open("a") as handle:
                handle.write(f"{name}\n")
                handle.flush()
                os.fsync(handle.fileno())


_on: FailPoints | None = None


def reached(place: str, stage: str | None = None) -> None:
    """Pass a declared place, for `stage` if it belongs to one. Off, it costs one look at a variable of this module."""
    if _on is not None:
        _on.passed(place, stage)


def parse(text: str, stages: Collection[str], log_file: Path | None = None) -> FailPoints:
    """Read a list of fail points. Raises `SettingsInvalid` for a place, stage or action there is not."""
    return FailPoints([_parsed(entry.strip(), stages) for entry in text.split(",") if entry.strip()], log_file)


def switch_on(environment: Mapping[str, str], stages: Collection[str]) -> None:
    """Arm the fail points the environment names, once, at the start of a process; say so loudly if there are any.

    Raises `SettingsInvalid`, see `parse`. `stages` are the names a place of a stage may be followed by.
    """
    global _on
    found = parse(environment.get(VARIABLE, ""), stages, _path(environment.get(LOG_VARIABLE)))
    if found.points:
        _on = found
        _log.warning(f"{VARIABLE} is set: this process will break at these places", detail=environment[VARIABLE])


@contextmanager
def armed(text: str, stages: Collection[str] = ()) -> Iterator[FailPoints]:
    """Arm fail points of this process for a while, in place of those there were."""
    global _on
    before, _on = _on, parse(text, stages)
    try:
        yield _on
    finally:
        _on = before


def _path(text: str | None) -> Path | None:
    return Path(text) if text else None


def _parsed(entry: str, stages: Collection[str]) -> _Point:
    found = _SPELLING.fullmatch(entry)
    if found is None:
        raise SettingsInvalid(f"{VARIABLE}: {entry!r} is not place=action@n, such as stage.decided/route=kill@3")
    place, stage, action = found["place"], found["stage"], found["action"]
    if place not in PLACES:
        raise SettingsInvalid(f"{VARIABLE}: there is no place {place}; places are {', '.join(PLACES)}")
    if action not in ACTIONS:
        raise SettingsInvalid(f"{VARIABLE}: there is no action {action}; actions are {', '.join(ACTIONS)}")
    if stage is not None and not (place.startswith(_OF_A_STAGE) and stage in stages):
        raise SettingsInvalid(f"{VARIABLE}: {place} has no stage {stage}; stages are {', '.join(stages)}")
    return _Point(place, stage, action, int(found["at"] or 1))
