"""A whole demo in a process of its own, and people who use it in a browser."""

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from deploy.demo.staff import PASSWORD_FILE
from deploy.local.status import PlatformStatus
from tests.browser.window import Window
from tests.deploy.cli.running import INTAKE, process, until

FORM_TEXT = "11月20日在人民路店买的酸奶已过期三天，孩子喝后肚子疼，要求退款。"


@dataclass(frozen=True, slots=True)
class Demo:
    """A running demo: where it is and who may sign in."""

    home: Path
    url: str
    password: str

    def asked(self, *arguments: str) -> str:
        """What a command prints about it."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("INTAKE_")}
        environment = inherited | {"INTAKE_HOME": str(self.home)}
        done = subprocess.run([INTAKE, *arguments], env=environment, capture_output=True, timeout=120, check=False)
        return done.stdout.decode()


@contextmanager
def demo(home: Path, **settings: str) -> Iterator[Demo]:
    """Run it from an empty home until the samples have been handed over."""
    log = home / "log"
    environment = {"INTAKE_HOME": str(home), "INTAKE_GATEWAY__PORT": "0"} | settings
    with process(("run", "--demo"), environment, log) as popen:
        until(lambda: popen.poll() is not None or "Everything runs" in log.read_text(), 240)
        assert popen.poll() is None, log.read_text()
        made = Demo(home, "", (home / PASSWORD_FILE).read_text().strip())
        status = PlatformStatus.model_validate_json(made.asked("platform", "status", "--json"))
        assert status.gateway is not None
        yield Demo(home, status.gateway.url.rstrip("/"), made.password)


def sign_in(window: Window, name: str, password: str, next_page: str = "/ops", lang: str = "zh-CN") -> None:
    """Sign in as a member of staff does."""
    page = window.open(f"/staff/sign-in?next={next_page}&lang={lang}").page
    page.fill("#name", name)
    page.fill("#password", password)
    page.click("main button[type=submit]")
    page.wait_for_url(f"**{next_page}*")


def file_complaint(window: Window, text: str, lang: str = "zh-CN", photo: Path | None = None, **typed: str) -> str:
    """Fill in the form as a customer does and return the number that is shown."""
    page = window.open(f"/?lang={lang}").page
    page.fill("[name=text]", text)
    for name, value in typed.items():
        page.fill(f"[name={name}]", value)
    if photo is not None:
        page.set_input_files("input[type=file]", str(photo))
    for box in page.locator("input[type=checkbox][required]").all():
        box.check()
    page.click("main form button[type=submit]")
    return page.locator(".number").first.inner_text().strip()


def shown(demo_: Demo, number: str) -> dict[str, object]:
    """What `intake show` knows of a number; empty while nothing is known."""
    out = demo_.asked("show", "--json", number)
    found: dict[str, object] = json.loads(out) if out.startswith("{") else {}
    return found
