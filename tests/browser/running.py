"""A whole demo in a process of its own, and what people do with it in a browser."""

import json
import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deploy.demo.staff import PASSWORD_FILE
from deploy.local.status import PlatformStatus
from tests.browser.window import Window
from tests.deploy.cli.running import INTAKE, process, until
from tests.waiting import until as until_it

FORM_TEXT = "11月20日在人民路店买的酸奶已过期三天，孩子喝后肚子疼，要求退款。"
_START_S = 240.0
_ASKED_S = 120.0


def asked(environment: Mapping[str, str], *arguments: str, typed: str | None = None) -> str:
    """What a command prints in this environment."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("INTAKE_")}
    done = subprocess.run(
        [INTAKE, *arguments],
        env=inherited | dict(environment),
        input=typed.encode() if typed is not None else None,
        capture_output=True,
        timeout=_ASKED_S,
        check=False,
    )
    return done.stdout.decode()


@dataclass(frozen=True, slots=True)
class Demo:
    """A running demo: where it is and who may sign in. `running` is its process."""

    home: Path
    url: str
    password: str
    running: subprocess.Popen[bytes]

    @property
    def environment(self) -> dict[str, str]:
        """What a further part or command needs to belong to it."""
        return {"INTAKE_HOME": str(self.home)}

    def asked(self, *arguments: str, typed: str | None = None) -> str:
        """What a command prints about it."""
        return asked(self.environment, *arguments, typed=typed)

    def shown(self, number: str) -> dict[str, Any]:
        """What `intake show` knows of a number; empty while nothing is known."""
        out = self.asked("show", "--json", number)
        found: dict[str, Any] = json.loads(out) if out.startswith("{") else {}
        return found

    def happened(self, number: str, what: str) -> list[dict[str, Any]]:
        """The events of one kind in the history of a number."""
        return [event for event in self.shown(number).get("history", []) if event["what"] == what]


@contextmanager
def demo(home: Path, settings: Mapping[str, str] | None = None) -> Iterator[Demo]:
    """Run it from an empty home until the samples have been handed over."""
    home.mkdir(parents=True, exist_ok=True)
    log = home / "log"
    environment = {"INTAKE_HOME": str(home), "INTAKE_GATEWAY__PORT": "0", **(settings or {})}
    with process(("run", "--demo"), environment, log) as popen:
        until(lambda: popen.poll() is not None or "Everything runs" in log.read_text(), _START_S)
        assert popen.poll() is None, log.read_text()
        made = Demo(home, "", (home / PASSWORD_FILE).read_text().strip(), popen)
        status = PlatformStatus.model_validate_json(made.asked("platform", "status", "--json"))
        assert status.gateway is not None
        yield Demo(home, status.gateway.url.rstrip("/"), made.password, popen)


async def sign_in(window: Window, name: str, password: str, next_page: str = "/ops", lang: str = "zh-CN") -> None:
    """Sign in as a member of staff does."""
    page = window.page
    await window.open(f"/staff/sign-in?next={next_page}&lang={lang}")
    await page.fill("#name", name)
    await page.fill("#password", password)
    await page.click("main button[type=submit]")
    await page.wait_for_url(f"**{next_page}*", wait_until="domcontentloaded")


async def open_link(window: Window) -> None:
    """Follow the link on the confirmation, and look again as long as the number is too young to be known."""
    page = window.page
    await page.click("a.button")

    async def opened() -> bool:
        await page.wait_for_selector("h1.status, a.again")
        if await page.locator("a.again").count():
            await page.click("a.again")
        return await page.locator("h1.status").count() > 0

    await until_it(opened, 60, 1)


async def file_complaint(
    window: Window, text: str, lang: str = "zh-CN", photo: Path | None = None, **typed: str
) -> str:
    """Fill in the form as a customer does and return the number that is shown."""
    page = window.page
    await window.open(f"/?lang={lang}")
    await page.fill("[name=text]", text)
    for name, value in typed.items():
        await page.fill(f"[name={name}]", value)
    if photo is not None:
        await page.set_input_files("input[type=file]", str(photo))
    await page.check("[name=consent]")
    await page.click("main form button[type=submit]")
    return (await page.locator("#number").inner_text()).strip()
