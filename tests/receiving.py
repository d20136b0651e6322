"""A webhook on this machine that keeps what it is told."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Receiver:
    """A webhook on this machine. `refuses` makes it answer 500."""

    def __init__(self) -> None:
        self.came: list[dict[str, Any]] = []
        self.refuses = False
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if not receiver.refuses:
                    receiver.came.append(json.loads(body))
                self.send_response(500 if receiver.refuses else 200)
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:
                """Nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"json://127.0.0.1:{self.server.server_port}/hook"

    @property
    def titles(self) -> list[str]:
        """The first line of each message."""
        return [one["title"] for one in self.came]


@contextmanager
def receiving() -> Iterator[Receiver]:
    """Listen until the end."""
    made = Receiver()
    serving = threading.Thread(target=made.server.serve_forever, daemon=True)
    serving.start()
    try:
        yield made
    finally:
        made.server.shutdown()
        made.server.server_close()
        serving.join()
