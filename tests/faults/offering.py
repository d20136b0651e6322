"""What customers do under faults: post until they get a 2xx, send mails; the ids they hold are the truth."""

import asyncio
import json
import smtplib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from itertools import count
from typing import Any

import httpx

PROBLEMS = (
    "昨天买的牛奶已经过期了，要求退款",
    "快递晚到了五天，箱子也压坏了",
    "收银员态度恶劣，骂了我",
    "买的电饭煲用了两天就坏了，要求换货",
    "货架价格和结账价格不一致，多收了钱",
)
AGAIN_AFTER_S = 0.2
_PHOTO = b"\xff\xd8\xff\xe0" + b"receipt" * 100
_MAIL_EVERY = 5
_WITH_FILE = 10
"""One post in so many brings a file, which goes to the object store first."""


@dataclass
class Offered:
    """What was handed over: complaint ids of accepted posts, tokens of delivered mails, and every address used."""

    posted: dict[str, str] = field(default_factory=dict)
    """complaint_id → the sender's address"""
    mailed: dict[str, str] = field(default_factory=dict)
    """token in the text → the sender's address"""
    in_turn: dict[str, list[str]] = field(default_factory=dict)
    """phone of a sender → its complaint ids; each was posted after the one before was accepted"""
    waits: list[tuple[float, float]] = field(default_factory=list)
    """When each try to post began (seconds of the monotonic clock), how long it waited for an answer or a break"""
    refused: int = 0
    """Answers of 429 and 503"""
    broken: int = 0
    """Posts without an answer, because the gateway died or was not there"""


def problem(token: str) -> str:
    """The text of one complaint, with a token that survives masking."""
    return f"{PROBLEMS[sum(token.encode()) % len(PROBLEMS)]}。小票编号 {token}。"


def customers(seconds: float = 30) -> httpx.AsyncClient:
    """A client that never lets a post wait for another one. It asks every idle connection before each post: few."""
    return httpx.AsyncClient(timeout=seconds, limits=httpx.Limits(max_connections=None, max_keepalive_connections=8))


async def post(
    client: httpx.AsyncClient, url: str, token: str, offered: Offered, phones: Sequence[str] = (), *, file: bool = False
) -> str:
    """Post one complaint, trying again under the same key until it is accepted; return its complaint_id."""
    address = f"{token}@customers.example"
    body = {"text": problem(token), "sender": {"name": "张伟", "phones": list(phones), "emails": [address]}}
    how: dict[str, Any] = {"json": body}
    if file:
        how = {"data": {"complaint": json.dumps(body)}, "files": {"photo": (f"{token}.jpg", _PHOTO, "image/jpeg")}}
    return await hand_in(client, url, {"Idempotency-Key": token}, how, address, offered)


async def hand_in(
    client: httpx.AsyncClient, url: str, headers: dict[str, str], how: dict[str, Any], address: str, offered: Offered
) -> str:
    """Post what `how` holds, trying again until it is accepted; return its complaint_id. Answers go to `address`."""
    while True:
        answer = await _try(client, f"{url}/api/v1/complaints", headers, how, offered)
        if answer is not None and answer.status_code == httpx.codes.ACCEPTED:
            complaint_id = str(answer.json()["complaint_id"])
            offered.posted[complaint_id] = address
            return complaint_id
        if answer is not None and answer.status_code not in {429, 503}:
            raise AssertionError(f"{answer.status_code}: {answer.text}")
        offered.refused += answer is not None
        await asyncio.sleep(AGAIN_AFTER_S)


async def _try(
    client: httpx.AsyncClient, url: str, headers: dict[str, str], how: dict[str, Any], offered: Offered
) -> httpx.Response | None:
    """Post once; None when no answer came."""
    began = time.monotonic()
    try:
        return await client.post(url, headers=headers, **how)
    except httpx.TransportError:
        offered.broken += 1
        return None
    finally:
        offered.waits.append((began, time.monotonic() - began))


async def offer_posts(url: str, tokens: list[str], per_second: float, offered: Offered) -> None:
    """Post at a steady rate; every post goes on until it is accepted."""
    async with customers() as client, asyncio.TaskGroup() as posts:
        for number, token in enumerate(tokens):
            posts.create_task(post(client, url, token, offered, file=number % _WITH_FILE == 0))
            await asyncio.sleep(1 / per_second)


async def offer_while(
    url: str, smtp: str, mailbox: str, name: str, per_second: float, offered: Offered, go_on: Callable[[int], bool]
) -> None:
    """Offer at a steady rate, four posts and then a mail, as long as `go_on` says so of the number offered."""
    async with customers() as client, asyncio.TaskGroup() as group:
        for number in count():
            if not go_on(number):
                return
            if number % _MAIL_EVERY == 0:
                letter = asyncio.to_thread(send_mails, smtp, mailbox, [f"{name}m{number:05d}"], offered)
                group.create_task(letter)
            else:
                file = number % _WITH_FILE == 1
                group.create_task(post(client, url, f"{name}w{number:05d}", offered, file=file))
            await asyncio.sleep(1 / per_second)


async def offer_in_turn(
    urls: Sequence[str], name: str, per_second: float, offered: Offered, go_on: Callable[[], bool]
) -> None:
    """Post at a steady rate as long as `go_on` says so, four seconds' worth of senders, each one post after the other.

    Each sender keeps to one gateway: only there is an order promised.
    """
    senders = round(per_second * 4)
    loop = asyncio.get_running_loop()

    async def one(client: httpx.AsyncClient, sender: int) -> None:
        phone, turn = f"138{sum(name.encode()) % 1000:03d}{sender:05d}", loop.time() + sender / per_second
        for number in count():
            await asyncio.sleep(max(0.0, turn - loop.time()))
            if not go_on():
                return
            token = f"{name}{sender:03d}x{number:03d}"
            mine = await post(client, urls[sender % len(urls)], token, offered, [phone])
            offered.in_turn.setdefault(phone, []).append(mine)
            turn += senders / per_second

    async with customers() as client, asyncio.TaskGroup() as posts:
        for sender in range(senders):
            posts.create_task(one(client, sender))


def mail(token: str, recipient: str) -> EmailMessage:
    """One complaint as a mail of its own sender."""
    message = EmailMessage()
    message["From"] = f"李娜 <{token}@customers.example>"
    message["To"] = recipient
    message["Subject"] = "投诉"
    message["Date"] = formatdate(localtime=False)
    message["Message-ID"] = make_msgid(domain="customers.example")
    message.set_content(problem(token))
    return message


def send_mails(smtp: str, recipient: str, tokens: list[str], offered: Offered) -> None:
    """Deliver mails to the mailbox's own SMTP server, which is not part of what fails."""
    host, port = smtp.rsplit(":", 1)
    with smtplib.SMTP(host, int(port), timeout=30) as server:
        for token in tokens:
            server.send_message(mail(token, recipient))
            offered.mailed[token] = f"{token}@customers.example"


async def offer_mails(smtp: str, recipient: str, tokens: list[str], per_second: float, offered: Offered) -> None:
    """Deliver mails at a steady rate."""
    for token in tokens:
        await asyncio.to_thread(send_mails, smtp, recipient, [token], offered)
        await asyncio.sleep(1 / per_second)
