"""Fetching recordings and pictures: credentials stay with the API, nothing comes from elsewhere or without end."""

from collections.abc import Callable

import httpx
import pytest

from connectors.contract import MediaSource
from connectors.phone.twilio.media import TwilioMedia
from deploy.vendors.server import Faults
from deploy.vendors.twilio import Stored
from schemas.errors import ChannelUnavailable, MediaGone, TooLarge
from schemas.inbound import ParsedComplaint
from tests.connectors.phone.twilio.callbacks import CALLER
from tests.connectors.phone.twilio.vendor import ACCOUNT, World

SID = "RE" + "3" * 32
LIMIT = 1_000
DELETING: dict[str, object] = {"delete_after_copy": True}
JPEG = b"\xff\xd8" + b"picture" * 10


def recording(world: World, content: bytes = b"sound", ready: bool = True) -> str:
    world.vendor.recordings[SID] = Stored(content, "audio/mpeg", {"sid": SID}, ready)
    return f"{world.customer.api}/2010-04-01/Accounts/{world.customer.account_sid}/Recordings/{SID}"


def picture(world: World) -> str:
    [item] = world.read(world.vendor.sms(CALLER, "", [JPEG]))
    assert isinstance(item, ParsedComplaint)
    return item.complaint.attachments[0].reference or ""


def source(world: World) -> MediaSource:
    return TwilioMedia(world.accounts, world.client)


def leading_to(world: World, handler: Callable[[httpx.Request], httpx.Response]) -> MediaSource:
    return TwilioMedia(world.accounts, httpx.AsyncClient(transport=httpx.MockTransport(handler)))


async def test_a_recording_is_fetched_in_the_format_of_the_settings() -> None:
    world, wav = World(), World(changes={"recording_format": "wav"})

    found = await source(world).fetch(ACCOUNT, recording(world), LIMIT)
    other = await source(wav).fetch(ACCOUNT, recording(wav), LIMIT)

    assert (found.content, found.media_type) == (b"sound", "audio/mpeg")
    assert other.media_type == "audio/x-wav"


async def test_a_picture_is_fetched_through_its_redirect_without_our_credentials() -> None:
    world = World()
    found = await source(world).fetch(ACCOUNT, picture(world), LIMIT)

    assert (found.content, found.media_type) == (JPEG, "image/jpeg")
    assert not world.vendor.credentials_leaked


async def test_a_recording_that_is_not_ready_is_asked_for_again_and_one_that_is_deleted_is_not() -> None:
    world = World()
    reference = recording(world, ready=False)
    with pytest.raises(ChannelUnavailable):
        await source(world).fetch(ACCOUNT, reference, LIMIT)

    world.vendor.recordings.clear()
    with pytest.raises(MediaGone):
        await source(world).fetch(ACCOUNT, reference, LIMIT)


async def test_a_picture_that_is_deleted_never_comes() -> None:
    world = World()
    reference = picture(world)
    world.vendor.media.clear()

    with pytest.raises(MediaGone):
        await source(world).fetch(ACCOUNT, reference, LIMIT)


async def test_a_file_over_the_limit_is_not_taken() -> None:
    world = World()

    with pytest.raises(TooLarge):
        await source(world).fetch(ACCOUNT, recording(world, b"x" * (LIMIT + 1)), LIMIT)
    assert await source(world).fetch(ACCOUNT, recording(world, b"x" * LIMIT), LIMIT)


HOME = "https://api.twilio.com/2010-04-01/Accounts"


@pytest.mark.parametrize(
    "reference",
    [
        "https://evil.example/2010-04-01/Accounts/AC1/Recordings/RE1",
        "http://api.twilio.com/2010-04-01/Accounts/{sid}/Recordings/RE1",
        "https://api.twilio.com:444/2010-04-01/Accounts/{sid}/Recordings/RE1",
        "https://api.twilio.com@evil.example/2010-04-01/Accounts/{sid}/Recordings/RE1",
        "https://user:pass@api.twilio.com/2010-04-01/Accounts/{sid}/Recordings/RE1",
        "https://api.twilio.com.evil.example/2010-04-01/Accounts/{sid}/Recordings/RE1",
        f"{HOME}/AC2/Recordings/RE1",
        f"{HOME}/{{sid}}/../AC2/Recordings/RE1",
        f"{HOME}/{{sid}}/Recordings/RE1?x=1",
        "https://media.twiliocdn.com/stored/1",
        "file:///etc/passwd",
        "//api.twilio.com/",
        "http://[",
        "",
    ],
)
async def test_no_other_address_is_called(reference: str) -> None:
    world = World(changes=DELETING)

    def refuse(request: httpx.Request) -> httpx.Response:
        raise AssertionError(request.url)

    with pytest.raises(MediaGone):
        await leading_to(world, refuse).fetch(ACCOUNT, reference.format(sid=world.customer.account_sid), LIMIT)
    with pytest.raises(MediaGone):
        await leading_to(world, refuse).delete(ACCOUNT, reference.format(sid=world.customer.account_sid))


@pytest.mark.parametrize(
    "location",
    [
        "http://media.twiliocdn.com/x",
        "https://twiliocdn.com.evil.example/x",
        "https://eviltwiliocdn.com/x",
        "https://media.twiliocdn.com:8443/x",
        "https://a:b@media.twiliocdn.com/x",
        "https://169.254.169.254/latest/meta-data",
        "https://[",
        "",
    ],
)
async def test_no_redirect_leads_away_from_the_vendor(location: str) -> None:
    world, called = World(), []

    def redirect(request: httpx.Request) -> httpx.Response:
        called.append(request.url.host)
        return httpx.Response(302, headers={"location": location})

    with pytest.raises(MediaGone):
        await leading_to(world, redirect).fetch(ACCOUNT, recording(world), LIMIT)
    assert set(called) == {"api.twilio.com"}
    assert len(called) <= 5


@pytest.mark.parametrize("status", [401, 403, 429, 500, 503])
async def test_what_may_pass_is_tried_again(status: int) -> None:
    world = World(changes=DELETING)
    broken = leading_to(world, lambda _: httpx.Response(status))

    with pytest.raises(ChannelUnavailable):
        await broken.fetch(ACCOUNT, recording(world), LIMIT)
    with pytest.raises(ChannelUnavailable):
        await broken.delete(ACCOUNT, recording(world))


@pytest.mark.parametrize("faults", [Faults(lost=1), Faults(failed=1), Faults(slow_s=60)])
async def test_a_vendor_that_does_not_answer_is_tried_again(faults: Faults) -> None:
    world = World(faults=faults, changes={"timeout": 0.1} | DELETING)

    with pytest.raises(ChannelUnavailable):
        await source(world).fetch(ACCOUNT, recording(world), LIMIT)
    with pytest.raises(ChannelUnavailable):
        await source(world).delete(ACCOUNT, recording(world))


async def test_what_is_ours_is_deleted_at_the_vendor_also_twice() -> None:
    world = World(changes=DELETING)
    sound, image = recording(world), picture(world)
    for reference in (sound, image, sound, image):
        await source(world).delete(ACCOUNT, reference)

    assert (world.vendor.recordings, world.vendor.media) == ({}, {})


async def test_nothing_is_deleted_where_the_settings_do_not_ask_for_it() -> None:
    world = World()
    await source(world).delete(ACCOUNT, recording(world))

    assert SID in world.vendor.recordings


async def test_an_account_that_is_off_fetches_nothing() -> None:
    world = World(changes={"export_path": None})

    with pytest.raises(ChannelUnavailable, match="EXPORT_PATH"):
        await source(world).fetch(ACCOUNT, recording(world), LIMIT)
    with pytest.raises(MediaGone):
        await source(world).fetch("another", recording(world), LIMIT)
