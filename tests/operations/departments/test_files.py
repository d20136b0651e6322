"""What is handed out is a download of a harmless type with a name that says nothing."""

from contextlib import closing
from typing import Any
from uuid import UUID

import pytest

from operations.departments.files import download
from tests.operations.departments import pictures

ID = UUID(int=7)


@pytest.mark.parametrize(
    "content",
    [b"<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>", b"<!doctype html><script>1</script>", b""],
    ids=["svg", "html", "empty"],
)
def test_what_a_browser_could_run_is_just_bytes(content: bytes) -> None:
    answer = download(ID, content)

    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"] == f'attachment; filename="{ID}.bin"'
    assert answer.headers["content-security-policy"] == "sandbox"
    assert answer.headers["cache-control"] == "private, no-store"


@pytest.mark.parametrize(
    ("content", "media_type", "ending"),
    [
        (pictures.jpeg(), "image/jpeg", "jpg"),
        (pictures.png(), "image/png", "png"),
        (pictures.heic(), "image/heic", "heic"),
        (pictures.film(), "video/mp4", "mp4"),
        (b"%PDF-1.7", "application/pdf", "pdf"),
        (b"#!AMR\n", "audio/amr", "amr"),
    ],
)
def test_a_file_is_what_its_bytes_say(content: bytes, media_type: str, ending: str) -> None:
    answer = download(ID, content)

    assert answer.headers["content-type"] == media_type
    assert answer.headers["content-disposition"].endswith(f'.{ending}"')


class Held:
    """What is held while a file is on its way."""

    is_held = True

    def close(self) -> None:
        self.is_held = False


async def sent(content: bytes, held: Held, breaks_after: int = 1_000) -> list[Any]:
    """The messages of an answer to a reader that goes away after some."""
    messages: list[Any] = []

    async def send(message: Any) -> None:
        if len(messages) == breaks_after:
            raise OSError("the reader went away")
        assert held.is_held
        messages.append(message)

    answer = download(ID, content)
    answer.held = closing(held)
    await answer({"type": "http"}, None, send)  # type: ignore[arg-type]  # it never asks for more of the request
    return messages


@pytest.mark.parametrize("size_bytes", [0, 1, 256 * 1024, 256 * 1024 + 1, 3_000_000])
async def test_a_file_is_sent_whole_in_pieces_and_then_let_go(size_bytes: int) -> None:
    content, held = bytes(index % 251 for index in range(size_bytes)), Held()

    start, *pieces = await sent(content, held)

    assert b"".join(one["body"] for one in pieces) == content
    assert dict(start["headers"])[b"content-length"] == b"%d" % size_bytes
    assert max(len(one["body"]) for one in pieces) <= 256 * 1024
    assert [one.get("more_body", False) for one in pieces] == [True] * (len(pieces) - 1) + [False]
    assert not held.is_held


@pytest.mark.parametrize("after", [0, 1, 2])
async def test_a_file_is_let_go_when_its_reader_goes_away(after: int) -> None:
    held = Held()

    with pytest.raises(OSError, match="went away"):
        await sent(bytes(1_000_000), held, after)

    assert not held.is_held
