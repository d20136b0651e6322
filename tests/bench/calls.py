"""Signed calls as vendors make them, one entry a channel, with the settings of the accounts they are for."""

import hashlib
import hmac
import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from tests.bench.load import Request, Requests
from tests.bench.texts import posts as bodies

_DISTINCT = 500
_SECRET = "secret-of-the-benchmarks-0123456789"


@dataclass(frozen=True)
class Called:
    """One channel: `environment` sets its account up, `sign` makes the calls that bring these texts now."""

    name: str
    environment: Mapping[str, str]
    sign: Callable[[Sequence[str]], list[Request]]

    def requests(self, host: str) -> Requests:
        """Calls that are genuine for the next minutes."""
        return Requests(host, self.sign(texts()))


def texts() -> list[str]:
    """What customers say."""
    return [json.loads(body)["text"] for body in bodies(_DISTINCT)]


def _webhook(said: Sequence[str]) -> list[Request]:
    at = str(int(time.time()))
    calls = []
    for number, text in enumerate(said):
        body = json.dumps({"id": f"event-{number}", "text": text}, ensure_ascii=False).encode()
        digest = hmac.new(_SECRET.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
        headers = {"Content-Type": "application/json", "X-Timestamp": at, "X-Signature": digest}
        calls.append(Request("/webhooks/webhook/bench", headers, body))
    return calls


CHANNELS: tuple[Called, ...] = (Called("webhook", {"INTAKE_WEBHOOKS__BENCH__SECRETS__K1": _SECRET}, _webhook),)
