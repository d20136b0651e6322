"""Answers and files of one channel go to the vendor of their account, and to no other."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from connectors.contract import Fate, FetchedFile, LooksUp, MediaSource, Outgoing, Reply, Sent
from connectors.phone import PhoneMedia, PhoneReply
from schemas.errors import MediaGone, ReplyRefused
from tests.connectors.phone.sms.test_template import outgoing

MESSAGE = outgoing("…")
TRIED = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)


class Sends:
    """A vendor that sends and cannot be asked."""

    channel = "phone"

    def __init__(self, name: str) -> None:
        self._name = name

    async def send(self, message: Outgoing, before_irrevocable: Callable[[], Awaitable[None]]) -> Sent:
        await before_irrevocable()
        return Sent(self._name)


class Remembers(Sends):
    """A vendor that can be asked."""

    async def look_up(self, message: Outgoing, since: datetime) -> Fate:
        return Fate.SENT


class Keeps:
    """A vendor that keeps files."""

    channel = "phone"

    def __init__(self, name: str) -> None:
        self._name = name
        self.deleted: list[str] = []

    async def fetch(self, account: str, reference: str, max_bytes: int) -> FetchedFile:
        return FetchedFile(self._name.encode(), "audio/wav")

    async def delete(self, account: str, reference: str) -> None:
        self.deleted.append(reference)


async def nothing() -> None:
    return None


@pytest.mark.parametrize(("account", "carrier"), [("abroad", "far"), ("also-abroad", "far"), ("a1", "near")])
async def test_a_message_goes_through_the_vendor_of_its_account(account: str, carrier: str) -> None:
    reply = PhoneReply([(["abroad", "also-abroad"], Sends("far"))], Remembers("near"))
    message = replace(MESSAGE, account=account)

    assert (await reply.send(message, nothing)).vendor_id == carrier
    assert await reply.look_up(message, TRIED) is (Fate.SENT if carrier == "near" else Fate.NOT_KNOWN)


async def test_without_a_vendor_of_messages_nothing_can_be_sent() -> None:
    reply = PhoneReply([(["abroad"], Sends("far"))], None)

    with pytest.raises(ReplyRefused):
        await reply.send(MESSAGE, nothing)
    assert await reply.look_up(MESSAGE, TRIED) is Fate.NOT_KNOWN


async def test_a_file_is_fetched_and_deleted_where_its_account_is() -> None:
    far, near = Keeps("far"), Keeps("near")
    media = PhoneMedia([(["abroad"], far), (["a1"], near)])
    await media.delete("abroad", "file-1")
    await media.delete("nobody", "file-2")

    assert (await media.fetch("a1", "file-1", 10)).content == b"near"
    assert (far.deleted, near.deleted) == (["file-1"], [])
    with pytest.raises(MediaGone):
        await media.fetch("nobody", "file-1", 10)


def test_they_are_what_the_sender_and_the_fetcher_ask_for() -> None:
    reply: Reply = PhoneReply([], None)
    media: MediaSource = PhoneMedia([])

    assert isinstance(reply, LooksUp)
    assert (reply.channel, media.channel) == ("phone", "phone")
