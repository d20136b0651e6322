"""`intake understand`, one line: a JSON object in, the understanding beside its id out."""

import json
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from schemas.base import Instant
from schemas.complaint import Stated
from workers.classify.message import Message, Understander


class TextLine(BaseModel):
    """One line of `intake understand`: unknown keys are accepted."""

    model_config = ConfigDict(extra="ignore")

    id: str | int | None = None
    text: str
    subject: str | None = None
    stated: Stated = Stated()
    channel: str = ""
    entry: str = ""
    received_at: Instant | None = Field(
        None, description="Relative dates count from here; without it they are left out"
    )


def understand_line(understander: Understander, line: str | bytes) -> dict[str, Any]:
    """Answer one JSON line `{"id","text",…}` with the understanding's fields beside the id.

    Raises `pydantic.ValidationError` for a line that is not such an object.
    """
    asked, answer = _answer(understander, line)
    return {"id": asked.id, **json.loads(answer)}


def answer_line(understander: Understander, line: str | bytes) -> str:
    """The same as one line of JSON. Raises `pydantic.ValidationError` as `understand_line` does."""
    asked, answer = _answer(understander, line)
    return f'{{"id":{json.dumps(asked.id, ensure_ascii=False)},{answer[1:]}'


def _answer(understander: Understander, line: str | bytes) -> tuple[TextLine, str]:
    asked = TextLine.model_validate_json(line)
    message = Message(
        text=asked.text,
        subject=asked.subject,
        stated=asked.stated,
        channel=asked.channel,
        entry=asked.entry,
        received_at=asked.received_at,
    )
    return asked, understander.understand(message).model_dump_json(exclude_none=True)
