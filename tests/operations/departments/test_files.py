"""What is handed out is a download of a harmless type with a name that says nothing."""

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
