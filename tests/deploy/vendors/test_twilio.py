"""Twilio's server with the connector: whole calls through the documents we answer, in order and out of it."""

from collections.abc import Iterable, Mapping

import httpx
import pytest

from deploy.vendors.server import Push
from deploy.vendors.twilio_calls import Act, Call, Does, Keys, Leaves, Says
from schemas.additions import Addition
from schemas.base import Record
from schemas.complaint import Complaint
from schemas.errors import NotGenuine
from schemas.inbound import ParsedAddition, ParsedComplaint, ParsedItem
from tests.connectors.phone.twilio.callbacks import CALLER
from tests.connectors.phone.twilio.vendor import World

ENOUGH = 40
"""Webhooks of one call; more is a loop."""


def pushes_of(world: World, call: Call) -> list[Push]:
    """Everything Twilio sends us in one call, each document answered as the gateway would."""
    pushes = [call.begin()]
    while (following := call.follow(world.answer(pushes[-1]))) is not None:
        pushes.append(following)
        assert len(pushes) < ENOUGH, "the dialogue loops"
    return [*pushes, *call.later]


def called(world: World, *acts: Act) -> tuple[Call, list[Push]]:
    """A call by somebody who does this."""
    call = Call(world.vendor, CALLER, list(acts))
    return call, pushes_of(world, call)


def items(world: World, pushes: Iterable[Push]) -> list[ParsedItem]:
    """What becomes of the webhooks."""
    return [item for push in pushes for item in world.read(push)]


def complaints(found: Iterable[ParsedItem]) -> dict[object, Complaint]:
    """The complaints by id: a redelivery is none of its own."""
    return {one.complaint.complaint_id: one.complaint for one in found if isinstance(one, ParsedComplaint)}


def additions(found: Iterable[ParsedItem]) -> dict[object, Addition]:
    """The additions by id; the first of an id counts."""
    every = [one.addition for one in found if isinstance(one, ParsedAddition)]
    return {one.addition_id: one for one in reversed(every)}


def compared(found: Mapping[object, Record]) -> dict[object, dict[str, object]]:
    """All but which of the webhooks it was read from."""
    return {key: one.model_dump(exclude={"at", "raw"}) for key, one in found.items()}


SPOKEN = (Keys("2"), Says("yes"), Keys("1"), Says("The milk was off"), Keys("2"), Says("I want my money back"))
RECORDED = (Keys("1"), Keys("1"), Keys("1"), Does.NOTHING, Leaves(b"sound"), Does.HANG_UP)
SILENT = (Does.NOTHING,) * 12
DECLINED = (Keys("1"), Keys("2"), Keys("5"), Keys("20261120001"))


def test_a_caller_who_is_understood_leaves_words_and_a_category() -> None:
    world = World()
    call, pushes = called(world, *SPOKEN)
    found = items(world, pushes)

    [complaint] = complaints(found).values()
    added = additions(found).values()
    assert [one.text for one in added if one.text][::-1] == ["The milk was off", "I want my money back"]
    assert {one.stated.category for one in added} == {None, "quality"}
    assert {consent for one in added for consent in one.consents} == {"recording"}
    assert {one.complaint_id for one in added} == {complaint.complaint_id}
    assert ", ".join(complaint.tracking_number.replace("-", "")) in call.heard[-1]
    assert not world.vendor.recordings


def test_a_caller_who_is_not_understood_is_recorded_and_typed_later() -> None:
    world = World()
    _, pushes = called(world, *RECORDED)
    added = additions(items(world, pushes)).values()

    [recording] = [one for one in added if one.attachments]
    assert recording.tasks == ("listen-and-type",)
    assert recording.attachments[0].reference is not None
    assert not any(one.text for one in added)


def test_an_empty_recording_ends_the_call_well_and_leaves_the_call_back() -> None:
    world = World()
    call, pushes = called(world, Keys("1"), Keys("1"), Keys("1"), Does.NOTHING, Does.NOTHING)
    found = items(world, pushes)

    [complaint] = complaints(found).values()
    assert complaint.tasks == ("call-back",)
    assert not any(one.attachments or one.tasks_done for one in additions(found).values())
    assert "回电" in call.heard[-2]


def test_who_declines_recording_is_heard_by_keys() -> None:
    world = World()
    call, pushes = called(world, *DECLINED)
    added = additions(items(world, pushes)).values()

    assert {one.stated.order_no for one in added} >= {"20261120001"}
    assert {one.stated.category for one in added} >= {"logistics"}
    assert not world.vendor.recordings
    assert "回电" in call.heard[-2]


@pytest.mark.parametrize("acts", [SPOKEN, RECORDED, DECLINED, SILENT])
def test_wherever_a_caller_hangs_up_there_is_one_complaint(acts: tuple[Act, ...]) -> None:
    for place in range(len(acts) + 1):
        world = World()
        _, pushes = called(world, *acts[:place], Does.HANG_UP)
        found = items(world, pushes)

        assert len(complaints(found)) == 1
        assert len({one.addition.complaint_id for one in found if isinstance(one, ParsedAddition)}) <= 1


@pytest.mark.parametrize("acts", [SPOKEN, RECORDED, DECLINED])
def test_webhooks_twice_and_out_of_order_come_to_the_same(acts: tuple[Act, ...]) -> None:
    world = World()
    _, pushes = called(world, *acts)
    ordered, disordered = items(world, pushes), items(world, world.vendor.disordered(pushes))

    assert compared(complaints(disordered)) == compared(complaints(ordered))
    assert compared(additions(disordered)) == compared(additions(ordered))


def test_no_two_webhooks_of_a_call_are_one_delivery() -> None:
    world = World()
    _, pushes = called(world, Keys("1"), Keys("1"), Keys("1"), Says("坏了"), Keys("2"), Says("坏了"))
    seen = {(world.inbound(push).body, world.inbound(push).source["event"]) for push in pushes}

    assert len(seen) == len(pushes)


def test_a_webhook_another_secret_signed_is_refused() -> None:
    world, stranger = World(), World()
    stranger.vendor.customer = type(stranger.customer)(auth_token="token-of-somebody-else")
    with pytest.raises(NotGenuine):
        world.read(stranger.vendor.sms(CALLER, "hello"))


async def test_the_vendor_refuses_strangers_and_opted_out_numbers() -> None:
    world = World()
    world.vendor.opted_out.add(CALLER)
    url = f"{world.customer.api}/2010-04-01/Accounts/{world.customer.account_sid}/Messages.json"
    auth = httpx.BasicAuth(world.customer.account_sid, world.customer.auth_token)
    form = {"To": CALLER, "From": world.customer.number, "Body": "x"}

    stranger = await world.client.post(url, data=form)
    refused = await world.client.post(url, data=form, auth=auth)

    assert (stranger.status_code, stranger.json()["code"]) == (401, 20003)
    assert (refused.status_code, refused.json()["code"]) == (400, 21610)
