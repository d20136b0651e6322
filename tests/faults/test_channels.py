"""All channels at once while parts die and vendors lose answers: nothing missing, nothing twice, nobody told twice."""

import asyncio
import json
import os
import secrets
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from random import Random

import pytest

from deploy.vendors.aliyun import Aliyun
from deploy.vendors.authority import Authority
from deploy.vendors.server import Faults
from deploy.vendors.wechat import WeChatVendor
from deploy.vendors.wechat_people import OfficialAccount
from deploy.vendors.wechat_pushes import Mode, Server
from tests import scale
from tests.faults import deaths
from tests.faults.answers import Screens, Story
from tests.faults.callers import Callers
from tests.faults.conftest import World, running
from tests.faults.offering import offer_while
from tests.faults.system import EVERY_ONE, IMAP, sharing
from tests.faults.vendors import address_of, listening, served
from tests.faults.verdict import reconciled, settled
from tests.services import own_embedded_platform

pytestmark = [pytest.mark.services, pytest.mark.timeout(scale.of(600, 3600))]

AT_LEAST = scale.of(25, 600)
"""Of each channel."""
PAUSE_S = scale.of(1.0, 0.5)
RANDOM_DEATHS = scale.of(2, 20)
LOST = 0.05
PROCESSES = scale.of(
    sharing("additions", "deduplicate", "route", "sender", "fetcher"),
    EVERY_ONE,
)
FOLDERS = "drop-folders"
DIE_AT: deaths.Deaths = {
    "gateway": ["gateway.kafka-acked"],
    FOLDERS: ["gateway.raw-stored", "gateway.kafka-acked"],
    "fetcher": list(deaths.OF_THE_FETCHER),
    "sender": ["sender.sending-noted", "sender.server-answered"],
    "additions": ["stage.after-end-txn/additions"],
    "deduplicate": ["stage.before-end-txn/deduplicate"],
    "route": ["stage.produced/route"],
}
"""Besides a first death each, at whatever moment."""
EVERYWHERE: deaths.Deaths = deaths.planned(every_place=True) | {"auditor": ["auditor.inserted"]}
"""The republisher has something to do in `test_kills.py` alone."""
CUSTOMER_SERVICE, SMS = "/cgi-bin/message/custom/send", "SendSms"
SECRET = "secret-of-the-fault-tests-0123456789"
SHOP = OfficialAccount(
    Server("/webhooks/wechat/shop", "wx-shop", SECRET, "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG", Mode.SAFE), SECRET
)
SETTINGS = {
    "INTAKE_WECHAT__SHOP__APP_ID": SHOP.server.app_id,
    "INTAKE_WECHAT__SHOP__APP_SECRET": SHOP.secret,
    "INTAKE_WECHAT__SHOP__TOKEN": SHOP.server.token,
    "INTAKE_WECHAT__SHOP__AES_KEY": SHOP.server.aes_key,
    "INTAKE_WECHAT__SHOP__TIMEOUT": "PT5S",
    "INTAKE_PHONE__SMS__VENDOR": "aliyun-sms",
    "INTAKE_PHONE__SMS__SECRETS__NOW": SECRET,
    "INTAKE_PHONE__CALLS__VENDOR": "aliyun-calls",
    "INTAKE_PHONE__CALLS__SECRETS__NOW": SECRET,
    "INTAKE_SMS__VENDOR": "aliyun",
    "INTAKE_SMS__KEY_ID": "key-id",
    "INTAKE_SMS__KEY_SECRET": SECRET,
    "INTAKE_SMS__SIGN_NAME": "惠民超市",
    "INTAKE_SMS__TEMPLATES": '{"zh-Hans": "SMS_1"}',
    "INTAKE_SMS__TIMEOUT": "PT5S",
    "INTAKE_REGULATOR__ACCOUNTS__BUREAU__SECRETS__K1": SECRET,
    "INTAKE_REGULATOR__ACCOUNTS__BUREAU__FOLDER__SETTLED_AFTER": "PT1S",
    "INTAKE_REGULATOR__ACCOUNTS__BUREAU__FOLDER__POLL_EVERY": "PT0.5S",
    "INTAKE_ANSWERING__QUIET": "{}",
    "INTAKE_SENDER__LEASE": "PT15S",
    "INTAKE_SENDER__UNKNOWN_WAIT_ASKED": "PT20S",
    "INTAKE_ADDITIONS__LEASE": "PT10S",
    "INTAKE_ADDITIONS__RETRY_AFTER": "PT1S",
    "INTAKE_ADDITIONS__RETRY_AT_MOST": "PT4S",
}
"""Leases are a little longer than the calls they are for, so that a killed owner is missed in seconds."""


@dataclass
class Channels:
    """The running system, its vendors and everybody who comes through them."""

    world: World
    callers: Callers
    lost: dict[str, Counter[str]]
    """vendor → what was called → answers that were lost"""

    def story(self) -> Story:
        """What there is to judge now."""
        inbox = self.world.sink.inbox
        mails = [one.get_content() for those in inbox.mails.copy().values() for one in those]
        return Story(
            self.world.offered,
            self.callers.handed.expected,
            self.world.witness,
            Screens.of([self.callers.wechat, self.callers.aliyun], mails),
            self.world.departments,
            self.world.system.home / "objects",
        )

    @property
    def unknown_for_good(self) -> int:
        """Messages that were sent, which no vendor says afterwards."""
        return self.lost["wechat"][CUSTOMER_SERVICE]

    @property
    def unknown_at_most(self) -> int:
        """Those, and what was in the hands of senders that died."""
        return self.world.unknown_at_most + self.unknown_for_good

    def wrong(self) -> list[str]:
        """What is missing or twice now."""
        return self.story().findings(self.unknown_at_most)

    def told(self) -> str:
        """What happened, in figures."""
        handed, offered, story = self.callers.handed, self.world.offered, self.story()
        brought = Counter(one.channel for one in handed.expected.values())
        brought.update(web=len(offered.posted), email=len(offered.mailed))
        kills = {name: one.kills for name, one in self.world.system.processes.items()}
        shown = {way: count.total() for way, count in story.screens.by_way.items()}
        lost = {name: dict(paths) for name, paths in self.lost.items()}
        return (
            f"offered {dict(brought)} in {handed.calls} calls of vendors, {handed.refused} refused, {handed.broken} "
            f"broken; deaths {kills}; lost answers {lost}; on screens {shown}; "
            f"unknown {len(story.unknown())} of {self.unknown_at_most} allowed"
        )


@pytest.fixture(scope="module")
def channels(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Channels]:
    """A system of its own with every channel, and the vendors beside it."""
    home = tmp_path_factory.mktemp("channels")
    folder = home / "dropped"
    folder.mkdir()
    with ExitStack() as stack:
        shops, store = listening(), listening()
        api, recordings = address_of(shops), address_of(store)
        wechat = WeChatVendor([SHOP], Faults(lost=LOST, seed=3))
        aliyun = Aliyun({"key-id": SECRET}, Faults(lost=LOST, seed=4), base_url=f"http://{recordings}")
        lost = {one.name: stack.enter_context(served(one, at)) for one, at in ((wechat, shops), (aliyun, store))}
        settings = SETTINGS | {
            "INTAKE_WECHAT__SHOP__API_URL": f"http://{api}",
            "INTAKE_SMS__API_URL": f"http://{recordings}",
            "INTAKE_PHONE__CALLS__MEDIA_HOSTS": json.dumps([recordings]),
            "INTAKE_REGULATOR__ACCOUNTS__BUREAU__FOLDER__PATH": str(folder),
        }
        platform = stack.enter_context(own_embedded_platform())
        world = stack.enter_context(contextmanager(running)(platform, home, PROCESSES, settings, (*IMAP, FOLDERS)))
        callers = Callers(
            world.system.url,
            wechat,
            SHOP,
            aliyun,
            Authority("bureau", "k1", SECRET),
            f"/webhooks/phone/sms/sms?key={SECRET}",
            f"/webhooks/phone/calls/call?key={SECRET}",
            folder,
            Random(1),
        )
        yield Channels(world, callers, lost)


async def while_dying(channels: Channels, chance: Random) -> None:
    """Everybody brings something while parts die."""
    world, over = channels.world, asyncio.Event()

    async def faults() -> None:
        plan = DIE_AT | EVERYWHERE if scale.LARGE else DIE_AT
        await deaths.told("at named places", deaths.at_their_places(world, plan, broker_next=scale.LARGE))
        if scale.LARGE:
            await deaths.told("the broker", deaths.of_the_broker(world))
        await deaths.told(f"{RANDOM_DEATHS} at random", deaths.at_random(world, RANDOM_DEATHS, chance))
        over.set()

    def go_on(number: int = AT_LEAST) -> bool:
        return number < AT_LEAST or not over.is_set()

    post = (world.system.url, world.smtp_in, world.mailbox, "h", 1 / PAUSE_S, world.offered, go_on)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(channels.callers.offer("h", AT_LEAST, PAUSE_S, go_on))
        tasks.create_task(offer_while(*post))
        tasks.create_task(faults())


def test_every_channel_keeps_the_promise_while_parts_die_and_vendors_lose_answers(channels: Channels) -> None:
    seed = int(os.environ.get("INTAKE_TEST_SEED", secrets.randbelow(1_000_000)))
    world, began = channels.world, time.monotonic()
    print(f"INTAKE_TEST_SEED={seed}")
    channels.callers.chance = chance = Random(seed)
    asyncio.run(while_dying(channels, chance))
    print(f"offered for {time.monotonic() - began:.0f} s", flush=True)

    wrong = settled(world, scale.of(90, 600), channels.wrong)

    print(f"{channels.told()}; {time.monotonic() - began:.0f} s", flush=True)
    assert not wrong, wrong[:20]
    assert channels.lost["aliyun"][SMS] > 0
    assert 0 < channels.unknown_for_good <= len(channels.story().unknown())
    assert not reconciled(world)
