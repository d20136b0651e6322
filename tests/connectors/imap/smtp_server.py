"""A scripted SMTP server on loopback: answers each verb as told, hangs up or stays silent where told."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

HANG_UP, SILENCE = "hang up", "silence"
DEFAULTS = {
    "connect": "220 test ESMTP",
    "EHLO": "250-test\r\n250-AUTH PLAIN LOGIN\r\n250 SMTPUTF8",
    "HELO": "250 test",
    "AUTH": "235 ok",
    "MAIL": "250 ok",
    "RCPT": "250 ok",
    "DATA": "354 go on",
    "end": "250 queued",
    "QUIT": "221 bye",
}


@dataclass
class ScriptedSmtp:
    """What it was told to answer, and what it heard."""

    answers: dict[str, str]
    port: int = 0
    verbs: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    mails: list[bytes] = field(default_factory=list)

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        try:
            await self._dialogue(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            return
        finally:
            writer.close()

    async def _dialogue(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        going = await self._answer("connect", writer)
        while going and (line := await reader.readline()):
            verb = line.split(b" ", 1)[0].strip().upper().decode()
            self.verbs.append(verb)
            self.lines.append(line.decode("utf-8", "replace").strip())
            going = await self._answer(verb, writer)
            if going and verb == "DATA" and self._told("DATA").startswith("354"):
                self.mails.append(await reader.readuntil(b"\r\n.\r\n"))
                going = await self._answer("end", writer)

    def _told(self, verb: str) -> str:
        return self.answers.get(verb, DEFAULTS.get(verb, "500 what"))

    async def _answer(self, verb: str, writer: asyncio.StreamWriter) -> bool:
        told = self._told(verb)
        if told == SILENCE:
            await asyncio.Event().wait()
        if told == HANG_UP:
            return False
        writer.write(told.encode() + b"\r\n")
        await writer.drain()
        return True


@asynccontextmanager
async def scripted_smtp(**answers: str) -> AsyncIterator[ScriptedSmtp]:
    """Run one for the time of a test."""
    script = ScriptedSmtp(answers)
    talks: set[asyncio.Task[None]] = set()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(script.talk(reader, writer))
        talks.add(task)
        await asyncio.wait({task})

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    script.port = server.sockets[0].getsockname()[1]
    try:
        yield script
    finally:
        server.close()
        for task in talks:
            task.cancel()
        await asyncio.gather(*talks, return_exceptions=True)
