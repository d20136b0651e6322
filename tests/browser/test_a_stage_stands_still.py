"""A stage is frozen in its own process: its row turns red with the right words, people are told once, and once over."""

import os
import signal
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.browser.running import asked, sign_in
from tests.browser.window import Window, chromium, needs_chromium, window
from tests.deploy.cli.running import installation, is_ready, process
from tests.deploy.cli.running import until as until_it
from tests.receiving import Receiver
from tests.services import Services
from tests.waiting import until
from workers.pipeline import names, process_of

pytestmark = [pytest.mark.services, needs_chromium, pytest.mark.timeout(600)]
_ROW = "tr:has(a[href*='stage%3Aclassify'])"
_DONE_S = 120.0
_PASSWORD = "Frozen-stage-42-is-red"
_SAID = {
    "zh-CN": "没有任何进展：查看其日志与 /readyz，重启 `intake worker classify`",
    "en": "see its log and /readyz, restart `intake worker classify`",
}


@dataclass(frozen=True, slots=True)
class House:
    """A system whose stage `classify` runs in a process of its own."""

    url: str
    classify: int

    def freeze(self) -> None:
        """Let the stage stand still without anybody noticing from inside."""
        os.kill(self.classify, signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        os.kill(self.classify, signal.SIGCONT)

    def complain(self) -> None:
        """A complaint that the stage has to read."""
        answer = httpx.post(
            f"{self.url}/api/v1/complaints",
            json={"text": "昨天在人民路店买的牛奶已经过期三天，要求退款"},
            headers={"Idempotency-Key": os.urandom(8).hex()},
            timeout=30,
        )
        assert answer.status_code == httpx.codes.ACCEPTED


@pytest.fixture
def house(services: Services, tmp_path: Path, receiver: Receiver) -> Iterator[House]:
    """Gateway, stages and one stage of its own, with a place for alerts."""
    with installation(services, tmp_path) as settings, ExitStack() as stack:
        environment = settings | {
            "INTAKE_ALERTS__TARGETS__DUTY__URL": receiver.url,
            "INTAKE_ALERTS__TARGETS__DUTY__LEVELS": '["red"]',
            "INTAKE_ALERTS__TARGETS__DUTY__LANGUAGE": "en",
            "INTAKE_WORKER__SESSION_TIMEOUT": "PT3M",  # so that a frozen member stays one
        }
        alone = process_of("classify")
        others = [name for name in names() if name not in alone]
        commands = (("gateway",), ("worker", *others), ("connector", "imap"), ("worker", "classify"))
        parts = [stack.enter_context(process(each, environment, tmp_path / f"{each[-1]}.log")) for each in commands]
        url = f"http://127.0.0.1:{settings['INTAKE_GATEWAY__PORT']}"
        until_it(lambda: any(part.poll() is not None for part in parts) or is_ready(url), _DONE_S)
        assert [part.poll() for part in parts] == [None] * len(parts)
        asked(environment, "staff", "add", "chen", "--role", "operator", "--password-stdin", typed=_PASSWORD)
        made = House(url, parts[-1].pid)
        stack.callback(made.thaw)
        yield made


async def row_with(one: Window, words: str) -> str:
    """Wait until the row says this, without asking for the page anew; gives the whole row."""
    row = one.page.locator(_ROW, has_text=words)
    await row.wait_for(timeout=_DONE_S * 1000)
    return await row.inner_text()


async def changed(one: Window, before: str) -> bool:
    """Whether the row says something else than before."""
    return await one.page.locator(_ROW).inner_text() != before


async def told(receiver: Receiver, word: str, of: str) -> list[str]:
    """Wait for messages of one kind about the stage; gives all of that kind."""

    def kept() -> list[str]:
        return [one["message"] for one in receiver.came if word in one["title"] and of in one["message"]]

    found: list[str] = await until(kept, _DONE_S, 0.2)
    return found


async def test_a_frozen_stage_is_stalled_told_once_and_once_over_and_its_row_moves(
    house: House, receiver: Receiver
) -> None:
    async with (
        chromium() as browser,
        window(browser, house.url) as one,
        window(browser, house.url, lang="en") as other,
    ):
        for each, lang in ((one, "zh-CN"), (other, "en")):
            await sign_in(each, "chen", _PASSWORD, "/ops", lang)
            await row_with(each, "OK")
        before = await row_with(one, "OK")
        house.complain()
        await until(lambda: changed(one, before), _DONE_S, 0.2)
        moved = await row_with(one, "没有积压")
        house.freeze()
        house.complain()
        stalled = {"zh-CN": await row_with(one, "STALLED"), "en": await row_with(other, "STALLED")}
        await one.keep("stalled")
        await told(receiver, "ALERT", "classify stands still")
        house.thaw()
        well = await row_with(one, "没有积压")
        await told(receiver, "RECOVERED", "classify")
        alerts = await told(receiver, "ALERT", "classify stands still")
        recoveries = await told(receiver, "RECOVERED", "classify")

    assert {lang: text for lang, text in _SAID.items() if text not in stalled[lang]} == {}
    assert "OK" in moved
    assert "OK" in well
    assert len(alerts) == 1
    assert len(recoveries) == 1
