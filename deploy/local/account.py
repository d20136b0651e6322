"""PostgreSQL refuses to run as root: choose an unprivileged account and let it reach its files."""

import os
import pwd
import stat
from dataclasses import dataclass
from pathlib import Path

from deploy.local.progress import Report
from schemas.errors import Unreachable

_NAMES = ("postgres", "nobody")


@dataclass(frozen=True, slots=True)
class Account:
    """User and group id of the account a service runs under."""

    user: int
    group: int

    def own(self, path: Path) -> None:
        """Give one file or folder (not its content) to the account."""
        os.chown(path, self.user, self.group)


def unprivileged() -> Account | None:
    """Return an existing account to run under if we are root, ``None`` if we are not (then we run as ourselves)."""
    if os.geteuid() != 0:
        return None
    for name in _NAMES:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(entry.pw_uid, entry.pw_gid)
    raise Unreachable(f"running as root needs an unprivileged account for PostgreSQL: create one of {_NAMES}")


def make_reachable(path: Path, report: Report) -> None:
    """Let other accounts pass through the folders above `path` (search only, not list), and say so."""
    for folder in path.absolute().parents:
        mode = folder.stat().st_mode
        if not mode & stat.S_IXOTH:
            report(f"database: root lets PostgreSQL's account pass through {folder} (mode o+x)")
            folder.chmod(stat.S_IMODE(mode) | stat.S_IXOTH)
