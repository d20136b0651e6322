"""A small IMAP server on loopback for what a real one cannot be told to do: renumber, forget, stall, talk nonsense."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

HANG_UP, SILENCE = "hang up", "silence"


@dataclass
class StoredMail:
    """One mail in the folder."""

    body: bytes
    flags: set[str] = field(default_factory=set)
    date: str = "20-Nov-2026 02:21:40 +0000"


@dataclass
class FakeImap:
    """One folder and how the server behaves. `trouble` may answer a command in its own way (None: as usual)."""

    mails: dict[int, StoredMail] = field(default_factory=dict)
    uidvalidity: int = 1
    permanent: str = "\\*"
    capabilities: str = "IMAP4rev1 IDLE UIDPLUS MOVE ID"
    password: str = "secret"
    trouble: Callable[[str], str | None] = lambda _: None
    moved: dict[str, list[int]] = field(default_factory=dict)
    commands: list[str] = field(default_factory=list)
    connections: int = 0
    port: int = 0
    _changed: asyncio.Event = field(default_factory=asyncio.Event)

    def add(self, *bodies: bytes) -> None:
        """Deliver mails."""
        for body in bodies:
            self.mails[max(self.mails, default=0) + 1] = StoredMail(body)
        self._changed.set()

    def renumber(self) -> None:
        """Give the folder a new UIDVALIDITY and new UIDs, as after a restore."""
        self.uidvalidity += 1
        self.mails = {100 + number: mail for number, mail in enumerate(self.mails.values())}

    def count(self, verb: str) -> int:
        """How many commands of this kind were heard."""
        return sum(verb in command for command in self.commands)

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        self.connections += 1
        try:
            writer.write(f"* OK [CAPABILITY {self.capabilities}] ready\r\n".encode())
            while line := await reader.readline():
                tag, _, command = line.decode().strip().partition(" ")
                self.commands.append(command)
                if not await self._answer(tag, command, reader, writer):
                    return
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            return
        finally:
            writer.close()

    async def _answer(self, tag: str, command: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        told = self.trouble(command)
        if told == HANG_UP:
            return False
        if told == SILENCE:
            await asyncio.Event().wait()
        if told is not None:
            writer.write(told.replace("TAG", tag).encode())
            return True
        if command.upper().startswith("IDLE"):
            await self._idle(tag, reader, writer)
            return True
        body, result = self._do(command)
        writer.write(body + f"{tag} {result}\r\n".encode())
        return not command.upper().startswith("LOGOUT")

    async def _idle(self, tag: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"+ idling\r\n")
        await writer.drain()
        done = asyncio.create_task(reader.readline())
        while not done.done():
            self._changed.clear()
            changed = asyncio.create_task(self._changed.wait())
            await asyncio.wait({done, changed}, return_when=asyncio.FIRST_COMPLETED)
            if changed.done() and not done.done():
                writer.write(f"* {len(self.mails)} EXISTS\r\n".encode())
                await writer.drain()
            changed.cancel()
        writer.write(f"{tag} OK idle\r\n".encode())

    def _do(self, command: str) -> tuple[bytes, str]:
        words = command.split(" ")
        verb = " ".join(words[:2]).upper() if words[0].upper() == "UID" else words[0].upper()
        known = {
            "CAPABILITY": self._capability, "LOGIN": self._login, "SELECT": self._select, "UID SEARCH": self._search,
            "UID FETCH": self._fetch, "UID STORE": self._store, "UID MOVE": self._move, "UID COPY": self._move,
        }  # fmt: skip
        return known[verb](command) if verb in known else (b"", "OK done")

    def _capability(self, _: str) -> tuple[bytes, str]:
        return f"* CAPABILITY {self.capabilities}\r\n".encode(), "OK done"

    def _login(self, command: str) -> tuple[bytes, str]:
        return b"", "OK in" if f'"{self.password}"' in command else "NO [AUTHENTICATIONFAILED] wrong"

    def _select(self, _: str) -> tuple[bytes, str]:
        following = max(self.mails, default=0) + 1
        return (
            f"* FLAGS (\\Seen \\Deleted)\r\n* OK [PERMANENTFLAGS ({self.permanent})] ok\r\n"
            f"* {len(self.mails)} EXISTS\r\n"
            f"* OK [UIDVALIDITY {self.uidvalidity}] ok\r\n* OK [UIDNEXT {following}] ok\r\n"
        ).encode(), "OK [READ-WRITE] selected"

    def _chosen(self, text: str) -> list[int]:
        chosen: set[int] = set()
        last = max(self.mails, default=0)
        for piece in text.split(","):
            low, _, high = piece.partition(":")
            start, end = int(low), (last if high == "*" else int(high or low))
            chosen |= {uid for uid in self.mails if min(start, end) <= uid <= max(start, end)}
        return sorted(chosen)

    def _search(self, command: str) -> tuple[bytes, str]:
        found = self._chosen(re.findall(r"UID ([\d,:*]+)", command[4:])[0])
        return ("* SEARCH " + " ".join(map(str, found)) + "\r\n").encode(), "OK done"

    def _fetch(self, command: str) -> tuple[bytes, str]:
        answer = bytearray()
        numbers = {uid: number for number, uid in enumerate(self.mails, start=1)}
        for uid in self._chosen(command.split(" ")[2]):
            mail = self.mails[uid]
            answer += f"* {numbers[uid]} FETCH (UID {uid} ".encode()
            if "BODY" in command:
                part = re.search(r"<0\.(\d+)>", command)
                body = mail.body[: int(part[1])] if part else mail.body
                name = "BODY[]<0>" if part else "BODY[]"
                answer += f"{name} {{{len(body)}}}\r\n".encode() + body + b")\r\n"
            else:
                flags = " ".join(sorted(mail.flags))
                answer += f'FLAGS ({flags}) INTERNALDATE "{mail.date}" RFC822.SIZE {len(mail.body)})\r\n'.encode()
        return bytes(answer), "OK done"

    def _store(self, command: str) -> tuple[bytes, str]:
        keyword = re.findall(r"\(([^)]*)\)", command)[0]
        for uid in self._chosen(command.split(" ")[2]):
            self.mails[uid].flags.add(keyword)
        return b"", "OK done"

    def _move(self, command: str) -> tuple[bytes, str]:
        folder = command.split(" ")[3].strip('"')
        for uid in self._chosen(command.split(" ")[2]):
            self.moved.setdefault(folder, []).append(uid)
            if "MOVE" in command.upper():
                del self.mails[uid]
        return b"", "OK done"


@asynccontextmanager
async def fake_imap(imap: FakeImap) -> AsyncIterator[FakeImap]:
    """Run the server for the time of a test."""
    talks: set[asyncio.Task[None]] = set()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(imap.talk(reader, writer))
        talks.add(task)
        await asyncio.wait({task})

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    imap.port = server.sockets[0].getsockname()[1]
    try:
        yield imap
    finally:
        server.close()
        for task in talks:
            task.cancel()
        await asyncio.gather(*talks, return_exceptions=True)
