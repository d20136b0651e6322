"""Drafts of an app: what came is kept, a lost connection goes on where it broke, submitted is one complaint."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from gateway.drafts.store import Drafts
from schemas.errors import TooMany
from schemas.settings import GatewaySettings
from schemas.settings.staff import DraftSettings
from tests.gateway.http import Gateway, gateway
from tests.gateway.parts import NOW

FIELDS = {"text": "酸奶过期", "sender": {"phones": ["13800000000"]}}
PHOTO = bytes(range(256)) * 40


class _App:
    """A draft as an app works on it."""

    def __init__(self, of: Gateway, begun: dict[str, Any]) -> None:
        self._of = of
        self.path = f"/api/v1/drafts/{begun['draft_id']}"
        self.auth = {"Authorization": f"Bearer {begun['secret']}"}

    async def put(self, **fields: Any) -> httpx.Response:
        """Put the fields."""
        return await self._of.client.put(self.path, json=FIELDS | fields, headers=self.auth)

    async def chunk(self, start: int, end: int, number: int = 0) -> httpx.Response:
        """Put a piece of the photo."""
        headers = self.auth | {
            "Content-Type": "image/jpeg",
            "Content-Range": f"bytes {start}-{end - 1}/{len(PHOTO)}",
            "Content-Disposition": "attachment; filename*=UTF-8''%E5%B0%8F%E7%A5%A8.jpg",
        }
        return await self._of.client.put(f"{self.path}/files/{number}", content=PHOTO[start:end], headers=headers)

    async def offset(self) -> int:
        """How far the photo came."""
        answer = await self._of.client.head(f"{self.path}/files/0", headers=self.auth)
        return int(answer.headers["upload-offset"])

    async def submit(self) -> httpx.Response:
        """Submit it."""
        return await self._of.client.post(f"{self.path}/submit", headers=self.auth)


async def _begun(of: Gateway) -> _App:
    answer = await of.client.post("/api/v1/drafts")
    assert answer.status_code == 201
    return _App(of, answer.json())


async def test_a_file_in_parts_and_its_fields_become_one_complaint(tmp_path: Path) -> None:
    async with gateway(tmp_path, home=tmp_path) as of:
        app = await _begun(of)
        await app.put()
        await app.chunk(0, 4000)
        await app.chunk(4000, len(PHOTO))
        first, again = await app.submit(), await app.submit()

    [complaint] = of.complaints()
    [photo] = complaint.attachments
    assert first.status_code == again.status_code == 202
    assert first.json() == again.json()
    assert first.headers["location"] == first.json()["status_url"]
    assert complaint.entry == "app"
    assert (photo.name, photo.media_type, photo.size_bytes) == ("小票.jpg", "image/jpeg", len(PHOTO))
    assert photo.object_key is not None
    assert (tmp_path / "objects" / photo.object_key).read_bytes() == PHOTO


async def test_a_lost_connection_goes_on_where_it_broke_in_another_process(tmp_path: Path) -> None:
    async with gateway(tmp_path, home=tmp_path) as of:
        begun = (await of.client.post("/api/v1/drafts")).json()
        app = _App(of, begun)
        await app.chunk(0, 4000)
        blind = await app.chunk(6000, 8000)
    async with gateway(tmp_path, home=tmp_path) as other:
        app = _App(other, begun)
        at = await app.offset()
        await app.chunk(at, len(PHOTO))
        await app.put()
        done = await app.submit()

    assert (blind.status_code, blind.headers["upload-offset"], at) == (409, "4000", 4000)
    assert done.status_code == 202
    assert other.complaints()[0].attachments[0].size_bytes == len(PHOTO)


async def test_submitting_again_after_a_crash_before_the_answer_is_the_same_complaint(tmp_path: Path) -> None:
    async with gateway(tmp_path, home=tmp_path) as of:
        app = await _begun(of)
        await app.put()
        first = await app.submit()
        next((tmp_path / "drafts").glob("*/answer.json")).unlink()
        again = await app.submit()

    assert first.json() == again.json()


async def test_what_cannot_be_stored_leaves_the_draft_as_it_is(tmp_path: Path) -> None:
    async with gateway(tmp_path, home=tmp_path, max_spool_bytes=10) as of:
        app = await _begun(of)
        await app.put()
        of.log.away = True
        refused = await app.submit()
        of.log.away = False
        await of.parts.intake.drained(timedelta(seconds=5))
        done = await app.submit()

    assert (refused.status_code, done.status_code) == (503, 202)


async def test_an_incomplete_draft_is_not_submitted_and_a_submitted_one_not_changed(tmp_path: Path) -> None:
    async with gateway(tmp_path, home=tmp_path) as of:
        app = await _begun(of)
        empty = await app.submit()
        await app.put()
        await app.chunk(0, 4000)
        half = await app.submit()
        await app.chunk(4000, len(PHOTO))
        await app.submit()
        changed = [await app.put(text="anders"), await app.chunk(0, 10)]

    assert [one.status_code for one in (empty, half, *changed)] == [409, 409, 409, 409]
    assert "files not complete: 0" in half.json()["detail"]


async def test_wrong_fields_are_named_and_can_be_mended(tmp_path: Path) -> None:
    async with gateway(tmp_path, home=tmp_path) as of:
        app = await _begun(of)
        await app.put(text=" ")
        wrong = await app.submit()
        await app.put()
        right = await app.submit()

    assert (wrong.status_code, right.status_code) == (422, 202)
    assert wrong.json()["errors"][0]["field"] == "text"


@pytest.mark.parametrize("token", ["", "Bearer", "Bearer wrong", "Basic {secret}"])
async def test_without_its_secret_a_draft_is_not_there(tmp_path: Path, token: str) -> None:
    async with gateway(tmp_path, home=tmp_path) as of:
        begun = (await of.client.post("/api/v1/drafts")).json()
        headers = {"Authorization": token.format(**begun)} if token else {}
        path = f"/api/v1/drafts/{begun['draft_id']}"
        answers = [
            await of.client.get(path, headers=headers),
            await of.client.put(path, json=FIELDS, headers=headers),
            await of.client.post(f"{path}/submit", headers=headers),
            await of.client.delete(path, headers=headers),
            await of.client.get("/api/v1/drafts/..%2f..", headers=headers),
        ]

    assert {one.status_code for one in answers} == {404}


@pytest.mark.parametrize(
    "given", ["bytes 0-9/10", "bytes 0-3/3", "bytes 5-2/10", "bytes */10", "items 0-3/10", "x" * 99]
)
async def test_a_range_that_does_not_fit_its_bytes_is_refused(tmp_path: Path, given: str) -> None:
    async with gateway(tmp_path, home=tmp_path) as of:
        app = await _begun(of)
        headers = app.auth | {"Content-Type": "image/png", "Content-Range": given}
        answer = await of.client.put(f"{app.path}/files/0", content=b"1234", headers=headers)

    assert answer.status_code == 400


async def test_limits_of_size_number_and_piece_hold(tmp_path: Path) -> None:
    limits = GatewaySettings(max_body_bytes=5_000, max_files=2)
    async with gateway(tmp_path, limits, home=tmp_path, draft_settings=DraftSettings(max_chunk_bytes=2_000)) as of:
        app = await _begun(of)
        headers = app.auth | {"Content-Type": "image/png"}
        large = await app.chunk(0, 1_000)
        piece = await of.client.put(f"{app.path}/files/0", content=bytes(2_001), headers=headers)
        third = await of.client.put(f"{app.path}/files/2", content=b"1", headers=headers)
        fits = await of.client.put(f"{app.path}/files/1", content=b"1", headers=headers)

    assert [one.status_code for one in (large, piece, third, fits)] == [413, 413, 422, 204]


async def test_a_draft_ends_by_itself_and_leaves_nothing(tmp_path: Path) -> None:
    async with gateway(tmp_path, home=tmp_path) as of:
        app = await _begun(of)
        await app.put()
        of.now += timedelta(days=3)
        ended = await app.put()
        other = await _begun(of)

    assert ended.status_code == 404
    assert [one.name for one in (tmp_path / "drafts").iterdir()] == [other.path.split("/")[-1]]


async def test_a_removed_draft_leaves_nothing(tmp_path: Path) -> None:
    async with gateway(tmp_path, home=tmp_path) as of:
        app = await _begun(of)
        await app.chunk(0, 100)
        answer = await of.client.delete(app.path, headers=app.auth)

    assert answer.status_code == 204
    assert list((tmp_path / "drafts").iterdir()) == []


async def test_an_app_that_was_restarted_sees_what_came(tmp_path: Path) -> None:
    async with gateway(tmp_path, home=tmp_path) as of:
        app = await _begun(of)
        await app.put()
        await app.chunk(0, 100)
        seen = (await of.client.get(app.path, headers=app.auth)).json()

    assert seen["fields"] == FIELDS
    assert [(one["number"], one["offset"], one["total"]) for one in seen["files"]] == [(0, 100, len(PHOTO))]
    assert seen["submitted"] is False


def test_two_processes_never_hold_one_draft_at_once(tmp_path: Path) -> None:
    here, there = Drafts(tmp_path, DraftSettings()), Drafts(tmp_path, DraftSettings())
    draft_id, secret, _ = here.begin("app", (), NOW)

    with here.held(draft_id, secret, NOW), pytest.raises(TooMany), there.held(draft_id, secret, NOW):
        pass
    with there.held(draft_id, secret, NOW) as draft:
        assert draft.fields() is None


def test_one_client_cannot_take_the_room_of_others(tmp_path: Path) -> None:
    drafts = Drafts(tmp_path, DraftSettings(per_client=2))
    for _ in range(2):
        drafts.begin("app", (), NOW)

    with pytest.raises(TooMany):
        drafts.begin("app", (), NOW)
    assert drafts.begin("other", (), NOW)


def test_drafts_are_private(tmp_path: Path) -> None:
    draft_id, _, _ = Drafts(tmp_path, DraftSettings()).begin("app", (), NOW)

    assert (tmp_path / "drafts" / draft_id).stat().st_mode & 0o077 == 0
