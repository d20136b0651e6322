"""What webhooks did not bring comes from Twilio's lists, as the same complaints and once."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from connectors.contract import Connector
from connectors.phone import Phone
from connectors.phone.twilio.poll import TwilioPoller
from deploy.vendors.server import Faults, Push
from deploy.vendors.twilio_calls import Call, Does, Keys, Leaves
from schemas.errors import ChannelUnavailable, NotDurable, SettingsInvalid
from schemas.inbound import Inbound, ParsedAddition, ParsedComplaint, ParsedItem
from tests.connectors.phone.twilio.callbacks import CALLER, MOMENT
from tests.connectors.phone.twilio.vendor import ACCOUNT, World
from tests.waiting import until

JPEG = b"\xff\xd8picture"


class Intake:
    """The intake path: reads what it is handed, as the gateway does; may be out of order."""

    def __init__(self) -> None:
        self.deliveries: list[Inbound] = []
        self.items: list[ParsedItem] = []
        self.accepts = 1_000

    async def receive(self, inbound: Inbound, connector: Connector) -> None:
        if len(self.deliveries) >= self.accepts:
            raise NotDurable("neither Kafka nor spool")
        self.items += connector.parse(inbound)
        self.deliveries.append(inbound)

    @property
    def ids(self) -> list[object]:
        """Complaints and additions by id."""
        return [
            one.complaint.complaint_id if isinstance(one, ParsedComplaint) else one.addition.addition_id
            for one in self.items
            if isinstance(one, ParsedComplaint | ParsedAddition)
        ]


def poller(world: World, intake: Intake, folder: Path) -> TwilioPoller:
    return TwilioPoller(
        ACCOUNT,
        world.settings,
        connector=Phone([world.twilio]),
        receive=intake.receive,
        client=world.client,
        folder=folder,
        now=world.now,
    )


def ids_of(world: World, pushes: list[Push]) -> set[object]:
    intake = Intake()
    intake.items = [item for push in pushes for item in world.read(push)]
    return set(intake.ids)


def recorded_call(world: World) -> list[Push]:
    """A call of which a recording is left."""
    acts = [Keys("1"), Keys("1"), Keys("1"), Does.NOTHING, Leaves(b"sound")]
    call = Call(world.vendor, CALLER, acts)  # type: ignore[arg-type]
    pushes = [call.begin()]
    while (following := call.follow(world.answer(pushes[-1]))) is not None:
        pushes.append(following)
    return [*pushes, *call.later]


def later(world: World, **by: float) -> None:
    world.clock.append(world.now() + timedelta(**by))


async def test_what_no_webhook_brought_is_found_with_the_ids_it_would_have_had(tmp_path: Path) -> None:
    world, intake = World(), Intake()
    pushes = [world.vendor.sms(CALLER, "牛奶 过期了 & more\n"), world.vendor.sms(CALLER, "", [JPEG])]
    found = await poller(world, intake, tmp_path).once()

    assert found == 2
    assert set(intake.ids) == ids_of(world, pushes)
    picture = next(
        one.complaint for one in intake.items if isinstance(one, ParsedComplaint) and one.complaint.attachments
    )
    assert picture.attachments[0].media_type == "image/jpeg"


async def test_a_missed_call_is_found_with_its_recording(tmp_path: Path) -> None:
    world, intake = World(), Intake()
    pushes = recorded_call(world)
    await poller(world, intake, tmp_path).once()

    assert len(intake.ids) == 2
    assert set(intake.ids) <= ids_of(world, pushes)


async def test_clocks_count_from_when_it_came_to_twilio(tmp_path: Path) -> None:
    world, intake = World(), Intake()
    world.vendor.sms(CALLER, "off")
    later(world, minutes=40)
    await poller(world, intake, tmp_path).once()

    [delivery] = intake.deliveries
    assert (delivery.received_at, delivery.received_at_source) == (MOMENT, "vendor")


async def test_nothing_is_handed_over_twice_also_after_a_restart(tmp_path: Path) -> None:
    world, intake = World(), Intake()
    counts = []
    for number in range(6):
        world.vendor.sms(CALLER, f"off {number}")
        counts.append(await poller(world, intake, tmp_path).once())
        later(world, minutes=25)

    assert counts == [1] * 6
    assert len(set(intake.ids)) == 6


async def test_a_cursor_file_that_is_broken_or_gone_loses_nothing_recent(tmp_path: Path) -> None:
    world, intake = World(), Intake()
    world.vendor.sms(CALLER, "off")
    await poller(world, intake, tmp_path).once()
    (tmp_path / f"{ACCOUNT}.json").write_text('{"since": 1')
    await poller(world, intake, tmp_path).once()

    assert len(intake.deliveries) == 2
    assert len(set(intake.ids)) == 1


async def test_what_could_not_be_kept_is_handed_over_again(tmp_path: Path) -> None:
    world, intake = World(), Intake()
    for number in range(3):
        world.vendor.sms(CALLER, f"off {number}")
    intake.accepts = 1
    with pytest.raises(NotDurable):
        await poller(world, intake, tmp_path).once()
    intake.accepts = 1_000
    later(world, hours=20)
    await poller(world, intake, tmp_path).once()

    assert len(set(intake.ids)) == 3


async def test_an_outage_of_a_day_is_made_up_for(tmp_path: Path) -> None:
    world, intake = World(), Intake()
    await poller(world, intake, tmp_path).once()
    world.vendor.faults = Faults(failed=1)
    for hour in range(24):
        world.vendor.sms(CALLER, f"off {hour}")
        later(world, hours=1)
        with pytest.raises(ChannelUnavailable):
            await poller(world, intake, tmp_path).once()
    world.vendor.faults = Faults()

    assert await poller(world, intake, tmp_path).once() == 24


async def test_more_than_a_page_is_read_to_its_end_oldest_first(tmp_path: Path) -> None:
    world, intake = World(), Intake()
    for number in range(450):
        world.vendor.sms(CALLER, f"off {number}")
        later(world, seconds=1)
    await poller(world, intake, tmp_path).once()

    texts = [one.complaint.text for one in intake.items if isinstance(one, ParsedComplaint)]
    assert texts == [f"off {number}" for number in range(450)]


async def test_our_own_messages_and_what_was_deleted_after_copying_are_left_out(tmp_path: Path) -> None:
    world, intake = World(), Intake()
    world.vendor.sms(CALLER, "", [JPEG])
    world.vendor.media.clear()
    world.vendor.messages[0]["direction"] = "inbound"
    world.vendor.messages.append(world.vendor.messages[0] | {"direction": "outbound-api", "body": "ours"})

    assert await poller(world, intake, tmp_path).once() == 0


@pytest.mark.parametrize("entry", [{}, {"sid": None}, {"sid": 7, "from": 7, "body": None, "num_media": "many"}])
async def test_an_entry_nobody_can_read_stops_nothing(entry: dict[str, object], tmp_path: Path) -> None:
    world, intake = World(), Intake()
    world.vendor.sms(CALLER, "off")
    world.vendor.messages[0] |= {"num_media": None}
    world.vendor.messages.append(world.vendor.messages[0] | {"sid": "no id at all"} | entry)
    await poller(world, intake, tmp_path).once()

    assert len(intake.ids) >= 1


async def test_the_service_goes_on_after_a_failure_and_stops_when_told(tmp_path: Path) -> None:
    world, intake = World(faults=Faults(failed=1), changes={"poll_every": 0.01}), Intake()
    world.vendor.sms(CALLER, "off")
    service, stop = poller(world, intake, tmp_path), asyncio.Event()
    running = asyncio.create_task(service.run(stop))

    await until(lambda: "could not" in service.health().detail)
    assert not service.health().ready
    world.vendor.faults = Faults()
    await until(lambda: service.health().ready)
    stop.set()
    await running

    assert len(intake.ids) == 1
    assert service.health().detail == "stopped"


async def test_a_token_that_the_vendor_does_not_take_is_told_from_an_outage(tmp_path: Path) -> None:
    world = World(changes={"auth_tokens": (SecretStr("expired" * 5),), "poll_every": 0.01})
    service, stop = poller(world, Intake(), tmp_path), asyncio.Event()
    running = asyncio.create_task(service.run(stop))

    await until(lambda: service.health().facts.get("cause") == "token-refused")
    stop.set()
    await running

    assert "expired" not in str(service.health())


@pytest.mark.parametrize("changes", [{"export_path": None}, {"enabled": False}])
def test_an_account_that_is_off_is_not_polled_and_says_why(changes: dict[str, object], tmp_path: Path) -> None:
    with pytest.raises(SettingsInvalid, match=f"INTAKE_TWILIO__{ACCOUNT}"):
        poller(World(changes=changes), Intake(), tmp_path)


def signed_differently() -> list[dict[str, object]]:
    return [{}, {"signing_keys": ("shared-key-secret-0001",), "algorithm": "HMAC_SHA256"}]


@pytest.mark.parametrize("changes", signed_differently())
async def test_what_was_listed_can_be_read_again_by_everybody_who_checks(
    changes: dict[str, object], tmp_path: Path
) -> None:
    world, intake = World(changes=changes), Intake()
    world.vendor.sms(CALLER, "off")
    await poller(world, intake, tmp_path).once()
    read: Callable[[Inbound], object] = Phone([world.twilio]).parse

    assert read(intake.deliveries[0])
