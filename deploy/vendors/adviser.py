"""A server with the interface of OpenAI's chat completions, and its faults. It says only what it was taught.

Source: platform.openai.com/docs/api-reference/chat, as `connectors/opinion/server.py` has it. Unsure: the exact wording
of errors.
"""

import asyncio
import json
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from deploy.vendors.server import Faults, Vendor

GOOD: dict[str, Any] = {
    "kind": "complaint",
    "primary": "service",
    "secondary": [],
    "safety": False,
    "reason": "说的是收银员态度",
}


class AdviserVendor(Vendor):
    """The server. `content` is what it answers, `asked` are the bodies it was sent."""

    name = "adviser"

    def __init__(self, key: str, content: str | None = None, faults: Faults | None = None) -> None:
        super().__init__(faults)
        self.asked: list[dict[str, Any]] = []
        self.content = json.dumps(GOOD, ensure_ascii=False) if content is None else content
        self.refusal: str | None = None
        self.finish_reason = "stop"
        self.status = 200
        self.hangs = False
        self._key = key

    def routes(self) -> list[BaseRoute]:
        """The one path."""
        return [Route("/v1/chat/completions", self.faulty(self._complete), methods=["POST"])]

    async def _complete(self, request: Request) -> Response:
        if request.headers.get("authorization") != f"Bearer {self._key}":
            return JSONResponse({"error": {"message": "Incorrect API key provided", "code": "invalid_api_key"}}, 401)
        self.asked.append(await request.json())
        if self.hangs:
            await asyncio.Event().wait()
        message = {"role": "assistant", "content": self.content, "refusal": self.refusal}
        choices = [{"index": 0, "message": message, "finish_reason": self.finish_reason}]
        return JSONResponse({"object": "chat.completion", "choices": choices}, self.status)
