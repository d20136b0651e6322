"""In front of an IMAP server that takes any password: lets in who knows the one of today, counts who does not."""

import asyncio
import re
import threading

_LOGIN = re.compile(rb'(?P<tag>\S+) LOGIN \S+ "?(?P<password>[^"\r]*)"?\r\n', re.IGNORECASE)


class Doorkeeper:
    """Listens on `port` of this machine and hands on to `(host, target)`; runs in a thread of its own."""

    def __init__(self, host: str, target: int, password: str) -> None:
        self.password = password
        self.refused = 0
        self.port = 0
        self._target = (host, target)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="doorkeeper", daemon=True)
        self._thread.start()
        self._open: set[asyncio.StreamWriter] = set()
        asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(10)

    def change(self, password: str) -> None:
        """From now on another password is the right one; whoever is inside has to sign in again."""
        self.password = password
        self._loop.call_soon_threadsafe(self._turn_out)

    def close(self) -> None:
        """End all connections and the thread."""
        asyncio.run_coroutine_threadsafe(self._shut(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _shut(self) -> None:
        self._server.close()
        self._turn_out()
        tasks = [one for one in asyncio.all_tasks() if one is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _turn_out(self) -> None:
        for writer in self._open:
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there_reader, there_writer = await asyncio.open_connection(*self._target)
        self._open |= {writer, there_writer}
        try:
            async with asyncio.TaskGroup() as both:
                both.create_task(_hand_on(there_reader, writer))
                both.create_task(self._watch(reader, there_writer, writer))
        except* OSError:
            pass
        finally:
            self._open -= {writer, there_writer}
            for one in (writer, there_writer):
                one.transport.abort()

    async def _watch(
        self, reader: asyncio.StreamReader, there: asyncio.StreamWriter, back: asyncio.StreamWriter
    ) -> None:
        while line := await reader.readline():
            login = _LOGIN.fullmatch(line)
            if login is None or login["password"].decode() == self.password:
                there.write(line)
                await there.drain()
            else:
                self.refused += 1
                back.write(login["tag"] + b" NO [AUTHENTICATIONFAILED] Invalid credentials\r\n")
        there.transport.abort()


async def _hand_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while chunk := await reader.read(65_536):
        writer.write(chunk)
        await writer.drain()
    writer.transport.abort()
