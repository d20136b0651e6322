"""How far a mailbox has been read, kept in a file that survives the process and the power."""

import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path
from urllib.parse import quote


@dataclass
class Cursor:
    """The place in one folder, valid for one UIDVALIDITY.

    Every mail up to `last_uid` is durable, vanished or listed in `attempts` (uid → failed tries). `in_hand` are the
    mails that were being fetched: found again after a crash, one of them may have caused it. `unmarked` are durable
    and still have to be marked in the mailbox.
    """

    uidvalidity: int = 0
    last_uid: int = 0
    attempts: dict[int, int] = field(default_factory=dict)
    in_hand: list[int] = field(default_factory=list)
    unmarked: list[int] = field(default_factory=list)

    def of(self, uidvalidity: int) -> "Cursor":
        """This cursor if it belongs to that UIDVALIDITY, else a new one: UIDs of another say nothing."""
        return self if self.uidvalidity == uidvalidity else Cursor(uidvalidity)

    def forget(self, uid: int) -> None:
        """Drop the tries of a mail that is done or gone."""
        self.attempts.pop(uid, None)


class CursorFile:
    """One file a mailbox account; one process owns it."""

    def __init__(self, folder: Path, account: str) -> None:
        self._path = folder / f"{quote(account, safe='')}.json"

    def load(self) -> Cursor:
        """Read the cursor; a missing or broken file gives a new one, redelivery is absorbed further on."""
        try:
            stored = json.loads(self._path.read_bytes())
            return Cursor(
                int(stored["uidvalidity"]),
                int(stored["last_uid"]),
                {int(uid): int(tries) for uid, tries in stored["attempts"].items()},
                [int(uid) for uid in stored["in_hand"]],
                [int(uid) for uid in stored["unmarked"]],
            )
        except (FileNotFoundError, ValueError, KeyError, TypeError, AttributeError):
            return Cursor()

    def save(self, cursor: Cursor) -> None:
        """Write it so that either the old or the new one is there after a crash. Raises `OSError`."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        new = self._path.with_suffix(".new")
        with new.open("wb") as file:
            file.write(json.dumps(asdict(cursor), separators=(",", ":")).encode())
            file.flush()
            os.fsync(file.fileno())
        new.replace(self._path)
        folder = os.open(self._path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
