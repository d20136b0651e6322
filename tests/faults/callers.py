"""Customers on the vendors' channels: each vendor repeats a call until it hears what it wants, and again later."""

import asyncio
import hashlib
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import httpx

from deploy.vendors.aliyun import Aliyun
from deploy.vendors.authority import Authority, Export
from deploy.vendors.server import Push
from deploy.vendors.stand_ins import PICTURE
from deploy.vendors.wechat import WeChatVendor
from deploy.vendors.wechat_people import OfficialAccount
from deploy.vendors.wechat_pushes import TRIES
from tests import scale
from tests.faults.offering import customers, problem
from tests.waiting import until

ROWS = 5
"""Rows of one dropped file."""
_PICTURE_EVERY, _ANSWERED_EVERY, _REPORT_EVERY = 4, 2, 5
_LETTERS = (("举报", "report"), ("投诉举报", "complaint", "report"), ("投诉", "complaint"))
"""What an authority calls a letter, and the kinds of what it becomes."""
AGAIN_AFTER_S = 0.5
_WITHIN_S = scale.of(240.0, 1200.0)
_PASSING = frozenset({429, 503})


@dataclass(frozen=True, slots=True)
class Expected:
    """What has to become of one thing that was handed over: a complaint with so many fetched files, sealed or not."""

    channel: str
    files: int = 0
    sealed: bool = False
    content_sha256: str | None = None


@dataclass
class Handed:
    """The truth: what was accepted, by what a stranger finds it in the complaint; and what vendors heard meanwhile."""

    expected: dict[str, Expected] = field(default_factory=dict)
    """Token in the text, openid, caller's number or number of a referral → what it has to become"""
    calls: int = 0
    """Calls that vendors made to us"""
    refused: int = 0
    """Of those, answered 429 or 503"""
    broken: int = 0
    """Of those, without an answer, because the gateway died or was not there"""


@dataclass
class Callers:
    """Everybody who comes through a vendor."""

    url: str
    wechat: WeChatVendor
    shop: OfficialAccount
    aliyun: Aliyun
    authority: Authority
    sms_path: str
    calls_path: str
    folder: Path
    chance: Random
    handed: Handed = field(default_factory=Handed)

    async def offer(self, name: str, at_least: int, pause_s: float, go_on: Callable[[], bool]) -> None:
        """Let all channels bring one thing after the other, at least so many each, until nobody wants to go on."""
        written = asyncio.Event()
        async with customers() as client, asyncio.TaskGroup() as pushing:
            for _ in range(2):
                pushing.create_task(self._push_sms(client, written))
            async with asyncio.TaskGroup() as group:
                number = 0
                while number < at_least or go_on():
                    for one in self._all(client, name, number):
                        group.create_task(one)
                    number += 1
                    await asyncio.sleep(pause_s)
            written.set()

    def _all(self, client: httpx.AsyncClient, name: str, number: int) -> list[Coroutine[Any, Any, None]]:
        made = [one(client, name, number) for one in (self._message, self._sms, self._call, self._referral)]
        return [*made, self._file(number)] if number % ROWS == 0 else made

    async def _message(self, client: httpx.AsyncClient, name: str, number: int) -> None:
        """Somebody writes once, or twice, or sends a picture."""
        openid = f"o{name}{number:06d}"
        if number % _PICTURE_EVERY == 0:
            token, now = f"{name}p{number:05d}", datetime.now(UTC)
            content = PICTURE + token.encode()
            media_id = self.wechat.keep(content, "image/jpeg", now)
            said = {"MsgType": "image", "MediaId": media_id, "PicUrl": self.wechat.picture_url(media_id)}
            expected = Expected("wechat", 1, content_sha256=hashlib.sha256(content).hexdigest())
            await self._said(client, openid, said, openid, expected)
            return
        for token in (f"{name}c{number:05d}", f"{name}d{number:05d}")[: 1 + (number % _PICTURE_EVERY == 1)]:
            await self._said(client, openid, {"Content": problem(token)}, token, Expected("wechat"))

    async def _said(
        self, client: httpx.AsyncClient, openid: str, said: Mapping[str, str], mark: str, expected: Expected
    ) -> None:
        """WeChat calls three times at once, and again when all is over."""
        push = self.wechat.says(openid, self.shop, said, datetime.now(UTC))
        await asyncio.gather(*(self._until_heard(client, push) for _ in range(TRIES)))
        self.handed.expected[mark] = expected
        await self._again_later(client, push)

    async def _sms(self, client: httpx.AsyncClient, name: str, number: int) -> None:
        """Somebody answers by SMS; see `_push_sms`."""
        token = f"{name}s{number:05d}"
        self.handed.expected[token] = Expected("phone")
        self.aliyun.write(f"136{number:08d}", problem(token))

    async def _push_sms(self, client: httpx.AsyncClient, written: asyncio.Event) -> None:
        """Push what nobody has heard of, grouped anew each time; two of these overlap."""
        while not (written.is_set() and self.aliyun.replies(self.sms_path).body == b"[]"):
            push = self.aliyun.replies(self.sms_path, self.chance.randint(1, 10))
            answer = await self._call_us(client, push) if push.body != b"[]" else None
            if answer is None or not self.aliyun.heard(push, answer.status_code, answer.content):
                await asyncio.sleep(AGAIN_AFTER_S)

    async def _call(self, client: httpx.AsyncClient, name: str, number: int) -> None:
        """Somebody calls; the events come in any order, and one of them twice."""
        caller, answered = f"137{number:08d}", number % _ANSWERED_EVERY == 0
        pushes = self.aliyun.call(self.calls_path, caller, 60 if answered else 0)
        self.handed.expected[f"+86{caller}"] = Expected("phone", int(answered))
        self.chance.shuffle(pushes)
        await asyncio.gather(*(self._until_heard(client, one) for one in pushes))
        await self._again_later(client, self.chance.choice(pushes))

    async def _referral(self, client: httpx.AsyncClient, name: str, number: int) -> None:
        """An authority hands on a complaint, a report, or both in one letter; its system tries until it is heard."""
        what = number % _REPORT_EVERY
        own, letter = f"33010620261122{number:06d}", problem(f"{name}r{number:05d}")
        kind, *kinds = _LETTERS[min(what, 2)]
        text = f"{letter}另外举报该店违法经营。" if len(kinds) > 1 else letter
        referral = {
            "number": own,
            "kind": kind,
            "text": text,
            "complainant": {"name": "王小明", "phone": "13900001111"},
        }
        push = self.authority.push([referral], datetime.now(UTC), f"{name}{number:06d}")
        await self._until_heard(client, push)
        for one in kinds:
            self.handed.expected[f"{own}/{one}"] = Expected("regulator_12315", sealed=one == "report")
        await self._again_later(client, push)

    async def _file(self, number: int) -> None:
        """A clerk drops a spreadsheet, the same once more, and tomorrow's state of it in another order."""
        first = 1_000 + number
        today, tomorrow = Export(ROWS, first=first), Export(ROWS, changed=2, reordered=True, first=first)
        for row in today.table():
            self.handed.expected[f"{row[1]}/complaint"] = Expected("regulator_12315")
        for name, export in (("a", today), ("b", today), ("c", tomorrow)):
            await self._dropped(f"{number:06d}{name}.xlsx", await asyncio.to_thread(export.xlsx))

    async def _dropped(self, name: str, content: bytes) -> None:
        hidden, shown = self.folder / f".{name}", self.folder / name
        hidden.write_bytes(content)
        hidden.rename(shown)
        await until(lambda: not shown.exists(), _WITHIN_S, AGAIN_AFTER_S)

    async def _again_later(self, client: httpx.AsyncClient, push: Push) -> None:
        await asyncio.sleep(self.chance.uniform(0.5, 5))
        await self._until_heard(client, push)

    async def _until_heard(self, client: httpx.AsyncClient, push: Push) -> None:
        async def heard() -> bool:
            answer = await self._call_us(client, push)
            return answer is not None and answer.is_success

        await until(heard, _WITHIN_S, AGAIN_AFTER_S)

    async def _call_us(self, client: httpx.AsyncClient, push: Push) -> httpx.Response | None:
        """One call; None when no answer came. Whatever is refused for good is a defect."""
        self.handed.calls += 1
        try:
            answer = await client.post(f"{self.url}{push.path}", content=push.body, headers=push.headers)
        except httpx.TransportError:
            self.handed.broken += 1
            return None
        assert answer.is_success or answer.status_code in _PASSING, f"{push.path}: {answer.status_code} {answer.text}"
        self.handed.refused += not answer.is_success
        return answer
