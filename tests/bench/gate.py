"""A TCP relay that holds its clients back until it is opened, so that nobody's start-up is measured."""

import contextlib
import socket
import threading

_CHUNK = 256 * 1024


class Gate:
    """Listens on `port`; connections wait for `open`, then bytes go both ways to `host:target`."""

    def __init__(self, host: str, target: int) -> None:
        self._target = (host, target)
        self._opened, self.arrived = threading.Event(), threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self._start(self._accept)

    def open(self) -> None:
        """Let everybody through from now on."""
        self._opened.set()

    def shut(self) -> None:
        """Hold back whoever comes from now on; connections that exist stay."""
        self._opened.clear()
        self.arrived.clear()

    def close(self) -> None:
        """Listen no more; open connections end with their clients."""
        self._listener.close()
        self._opened.set()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            self.arrived.set()
            self._start(self._serve, client)

    def _serve(self, client: socket.socket) -> None:
        self._opened.wait()
        server = socket.create_connection(self._target)
        for one in (client, server):
            one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        back = self._start(_pump, server, client)
        _pump(client, server)
        back.join()
        client.close()
        server.close()

    @staticmethod
    def _start(work: object, *arguments: socket.socket) -> threading.Thread:
        thread = threading.Thread(target=work, args=arguments, name="gate", daemon=True)  # type: ignore[arg-type]
        thread.start()
        return thread


def _pump(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while chunk := source.recv(_CHUNK):
            target.sendall(chunk)
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_WR)
