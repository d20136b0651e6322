"""One IMAP connection to one folder. Every method blocks; call them from one thread.

Sources: RFC 3501 and 9051, RFC 2177 (IDLE), RFC 4315 (UIDPLUS), RFC 6851 (MOVE), RFC 2971 (ID). NetEase refuses SELECT
with "Unsafe Login" from clients that did not send ID after LOGIN.
"""

import socket
import ssl
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from imapclient import IMAPClient, SocketTimeout
from imapclient.exceptions import IMAPClientAbortError, IMAPClientError, LoginError

from schemas.errors import ChannelUnavailable, IntakeError
from schemas.settings import MailboxSettings

_CLIENT_ID = {"name": "complaint-intake", "version": "1.0", "vendor": "complaint-intake", "support-email": "postmaster"}
_UID_RANGE = 50_000
_METADATA = ["UID", "FLAGS", "INTERNALDATE", "RFC822.SIZE"]
_SINCE_MARGIN = timedelta(days=2)


class LoginRefused(ChannelUnavailable):
    """The server does not let us in: a person must look at user and password; tried again slowly.

    `cause` is what to look at: wrong-password or folder-refused.
    """

    def __init__(self, message: str, cause: str = "wrong-password") -> None:
        super().__init__(message)
        self.cause = cause


class CommandRefused(IntakeError):
    """The server refused one command or answered it in a way nobody can read; the connection stands."""


@dataclass(frozen=True, slots=True)
class Listed:
    """What a mailbox says about one mail before it is fetched. `received_at` is its INTERNALDATE."""

    uid: int
    size_bytes: int
    received_at: datetime | None
    flags: frozenset[bytes]


class Session:
    """Open it once; after any `ChannelUnavailable` throw it away."""

    def __init__(self, mailbox: MailboxSettings, readonly: bool = False) -> None:
        """`readonly` opens the folder with EXAMINE: nothing in it can change."""
        self._mailbox = mailbox
        self._readonly = readonly
        self._imap: Any = None
        self._uid_next = 0
        self._marks_by: str | None = None
        self.uidvalidity = 0

    @property
    def can_idle(self) -> bool:
        """Whether the server tells of new mail by itself."""
        return bool(self._imap.has_capability("IDLE"))

    def open(self) -> None:
        """Connect, log in, select. Raises `LoginRefused` or `ChannelUnavailable`."""
        mailbox = self._mailbox
        seconds = mailbox.timeout.total_seconds()
        with _translated():
            self._imap = IMAPClient(
                mailbox.host,
                mailbox.port,
                ssl=mailbox.security == "tls",
                ssl_context=ssl.create_default_context() if mailbox.security == "tls" else None,
                timeout=SocketTimeout(seconds, seconds),
            )
            # imapclient sends the pieces of a command one by one: without this each waits for the answer to the last.
            self._imap.socket().setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._imap.normalise_times = False
            if mailbox.security == "starttls":
                self._imap.starttls(ssl.create_default_context())
        try:
            with _translated():
                self._log_in()
                self._select()
        except CommandRefused as error:
            raise LoginRefused(f"folder {mailbox.folder!r} cannot be opened: {error}", "folder-refused") from error

    def _log_in(self) -> None:
        try:
            self._imap.login(self._mailbox.user, self._mailbox.password.get_secret_value())
        except LoginError as error:
            raise LoginRefused("user or password refused (QQ and NetEase want the authorisation code)") from error
        if self._imap.has_capability("ID"):
            with suppress(IMAPClientError):
                self._imap.id_(_CLIENT_ID)

    def _select(self) -> None:
        selected = self._imap.select_folder(self._mailbox.folder, readonly=self._readonly)
        self.uidvalidity = int(selected.get(b"UIDVALIDITY") or 0)
        self._uid_next = int(selected.get(b"UIDNEXT") or 0)
        self._marks_by = self._way_to_mark(selected)

    def _way_to_mark(self, selected: dict[bytes, Any]) -> str | None:
        keyword = self._mailbox.processed_keyword.encode()
        permanent = selected.get(b"PERMANENTFLAGS", ())
        if b"\\*" in permanent or keyword.lower() in {bytes(flag).lower() for flag in permanent}:
            return "keyword"
        movable = self._imap.has_capability("MOVE") or self._imap.has_capability("UIDPLUS")
        return "folder" if self._mailbox.processed_folder and movable and b"READ-ONLY" not in selected else None

    def is_marked(self, mail: Listed) -> bool:
        """Whether an earlier run has marked this mail as durable."""
        keyword = self._mailbox.processed_keyword.encode().lower()
        return keyword in {flag.lower() for flag in mail.flags}

    def uids_above(self, last: int) -> list[int]:
        """All UIDs above `last`, ascending; asked for in ranges, since an answer line has a limit in imaplib."""
        found: list[int] = []
        low, width = last + 1, _UID_RANGE
        while True:
            high = low + width - 1
            at_end = high >= self._uid_next - 1
            uids = self._search(f"{low}:*" if at_end else f"{low}:{high}")
            # `n:*` always answers with the last mail, even if its UID is below n (RFC 3501 section 6.4.8).
            found += [uid for uid in uids if uid >= low]
            if at_end:
                return sorted(set(found))
            low, width = high + 1, _UID_RANGE if uids else width * 2

    def existing(self, uids: Sequence[int]) -> list[int]:
        """Those of the UIDs that are still in the folder."""
        return [uid for uid in self._search(",".join(map(str, uids)), since=False) if uid in set(uids)] if uids else []

    def _search(self, uids: str, since: bool = True) -> list[int]:
        criteria: list[object] = ["UID", uids]
        if since and self._mailbox.since is not None:
            criteria += ["SINCE", (self._mailbox.since - _SINCE_MARGIN).date()]
        with _translated():
            return [int(uid) for uid in self._imap.search(criteria)]

    def listed(self, uids: Sequence[int]) -> dict[int, Listed]:
        """Size, date and flags. Mails the server leaves out of its answer are asked for once more."""
        answer = self._fetch(uids, _METADATA)
        missing = [uid for uid in uids if b"RFC822.SIZE" not in answer.get(uid, {})]
        if missing:
            answer |= self._fetch(missing, _METADATA)
        return {
            uid: Listed(uid, int(item[b"RFC822.SIZE"]), _aware(item.get(b"INTERNALDATE")), _flags(item))
            for uid, item in answer.items()
            if b"RFC822.SIZE" in item
        }

    def has_folder(self, name: str) -> bool:
        """Whether the account has a folder of this name."""
        with _translated():
            return bool(self._imap.folder_exists(name))

    def message_ids(self, uids: Sequence[int]) -> dict[int, bytes]:
        """The header blocks with nothing but the Message-ID, of the mails the server answers for."""
        item = "BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)]"
        answers = self._fetch(uids, [item]).items()
        found = {uid: [one for name, one in answer.items() if name.startswith(b"BODY[")] for uid, answer in answers}
        return {uid: values[0] for uid, values in found.items() if values and isinstance(values[0], bytes)}

    def bodies(self, uids: Sequence[int]) -> dict[int, bytes]:
        """The mails themselves, without setting \\Seen; one the server leaves out is asked for once more."""
        found = self._bodies(uids, "BODY.PEEK[]")
        missing = [uid for uid in uids if uid not in found]
        return found | (self._bodies(missing, "BODY.PEEK[]") if missing else {})

    def beginning(self, uid: int, size_bytes: int) -> bytes | None:
        """The first bytes of a mail that is too large to be fetched as a whole."""
        return self._bodies([uid], f"BODY.PEEK[]<0.{size_bytes}>").get(uid)

    def _bodies(self, uids: Sequence[int], item: str) -> dict[int, bytes]:
        return {
            uid: value
            for uid, answer in self._fetch(uids, [item]).items()
            for name, value in answer.items()
            if name.startswith(b"BODY[]") and isinstance(value, bytes)
        }

    def _fetch(self, uids: Sequence[int], items: list[str]) -> dict[int, dict[bytes, Any]]:
        with _translated():
            return dict(self._imap.fetch(uids, items))

    def mark(self, uids: Sequence[int]) -> None:
        """Mark mails as durable, in the best way the server allows: keyword, other folder, not at all."""
        if not uids or self._marks_by is None:
            return
        with _translated():
            if self._marks_by == "keyword":
                self._imap.add_flags(uids, [self._mailbox.processed_keyword.encode()], silent=True)
            else:
                self._move(uids, self._mailbox.processed_folder or "")

    def _move(self, uids: Sequence[int], folder: str) -> None:
        if not self._imap.folder_exists(folder):
            self._imap.create_folder(folder)
        if self._imap.has_capability("MOVE"):
            self._imap.move(uids, folder)
        else:
            self._imap.copy(uids, folder)
            self._imap.delete_messages(uids, silent=True)
            self._imap.uid_expunge(uids)

    def idle(self) -> None:
        """Ask the server to tell of new mail. Any failure is a lost connection: nobody knows who talks next."""
        with _translated(refusals=ChannelUnavailable):
            self._imap.idle()

    def idle_news(self, seconds: float) -> bool:
        """Wait so long at most; True when the folder has changed."""
        started = time.monotonic()
        with _translated(refusals=ChannelUnavailable):
            news = self._imap.idle_check(timeout=seconds)
        if not news and time.monotonic() - started < seconds / 2:
            raise ChannelUnavailable("the connection was closed while waiting for mail")
        if any(item[0] == b"BYE" for item in news):
            raise ChannelUnavailable("the server said goodbye")
        return any(len(item) > 1 and item[1] in (b"EXISTS", b"RECENT") for item in news)

    def idle_done(self) -> None:
        """End the waiting."""
        with _translated(refusals=ChannelUnavailable):
            self._imap.idle_done()

    def close(self, polite: bool) -> None:
        """Close the connection, with a LOGOUT before if the server still listens."""
        if self._imap is None:
            return
        if polite:
            with suppress(OSError, IMAPClientError, ValueError):
                self._imap.logout()
                return
        with suppress(OSError, IMAPClientError):
            self._imap.shutdown()

    def abort(self) -> None:
        """Break whatever is under way; may be called from another thread."""
        if self._imap is not None:
            with suppress(OSError):
                self._imap.socket().shutdown(socket.SHUT_RDWR)


@contextmanager
def _translated(refusals: type[IntakeError] = CommandRefused) -> Iterator[None]:
    """Turn what the library raises into whose fault it is. Texts of servers may quote a customer: only classes stay."""
    try:
        yield
    except (IMAPClientAbortError, OSError, EOFError) as error:
        raise ChannelUnavailable(f"connection lost: {type(error).__name__}") from error
    except (IMAPClientError, ValueError, KeyError, TypeError, IndexError, AssertionError) as error:
        raise refusals(f"command refused or answer unreadable: {type(error).__name__}") from error


def _aware(moment: object) -> datetime | None:
    if not isinstance(moment, datetime):
        return None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def _flags(item: dict[bytes, Any]) -> frozenset[bytes]:
    return frozenset(flag for flag in item.get(b"FLAGS") or () if isinstance(flag, bytes))
