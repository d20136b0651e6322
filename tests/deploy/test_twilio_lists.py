"""The service that reads Twilio's lists: into the intake path, and only for accounts that are on."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import SecretStr

from deploy import polling
from deploy.twilio_lists import TwilioListsService
from schemas.complaint import Complaint
from schemas.errors import SettingsInvalid
from schemas.settings import Settings
from schemas.settings.platform import KeySettings
from schemas.topics import RECEIVED
from tests.connectors.phone.twilio.callbacks import CALLER
from tests.connectors.phone.twilio.vendor import ACCOUNT, World
from tests.gateway.memory_log import MemoryLog
from tests.gateway.parts import intake_path
from tests.waiting import until

KEYS = KeySettings(number=SecretStr("number key of the tests"), pseudonym=SecretStr("pseudonym key of the tests"))


def settings(world: World, home: Path) -> Settings:
    return Settings(home=home, keys=KEYS, twilio=world.accounts)


async def test_a_message_no_webhook_brought_becomes_a_complaint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world, log, stop = World(clock=[datetime.now(UTC)]), MemoryLog(), asyncio.Event()
    world.vendor.sms(CALLER, "牛奶过期了")
    monkeypatch.setattr(polling, "open_own_intake", lambda *_: intake_path(log, tmp_path))
    service = TwilioListsService(settings(world, tmp_path), client=lambda: world.client)
    running = asyncio.create_task(service.run(stop))

    await until(lambda: log.on(RECEIVED.name) and service.health().ready)
    stop.set()
    await running

    [record] = log.on(RECEIVED.name)
    assert Complaint.model_validate_json(record.value).text == "牛奶过期了"
    assert (tmp_path / "twilio" / f"{ACCOUNT}.json").exists()


def test_without_an_account_that_is_on_it_says_why_for_each(tmp_path: Path) -> None:
    off = settings(World(changes={"export_path": None}), tmp_path)

    with pytest.raises(SettingsInvalid, match="EXPORT_PATH is not set"):
        TwilioListsService(off)
    with pytest.raises(SettingsInvalid, match="no Twilio account"):
        TwilioListsService(Settings(home=tmp_path))
