"""What customers do under faults: post until they get a 2xx, send mails; the ids they hold are the truth."""

import asyncio
import smtplib
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.utils import formatdate, make_msgid

import httpx

PROBLEMS = (
    "昨天买的牛奶已经过期了，要求退款",
    "快递晚到了五天，箱子也压坏了",
    "收银员态度恶劣，骂了我",
    "买的电饭煲用了两天就坏了，要求换货",
    "货架价格和结账价格不一致，多收了钱",
)


@dataclass
class Offered:
    """What was handed over: complaint ids of accepted posts, tokens of delivered mails, and every address used."""

    posted: dict[str, str] = field(default_factory=dict)
    """complaint_id → the sender's address"""
    mailed: dict[str, str] = field(default_factory=dict)
    """token in the text → the sender's address"""
    slowest_s: float = 0.0
    refused: int = 0


def problem(token: str) -> str:
    """The text of one complaint, with a token that survives masking."""
    return f"{PROBLEMS[sum(token.encode()) % len(PROBLEMS)]}。小票编号 {token}。"


async def post(client: httpx.AsyncClient, url: str, token: str, offered: Offered) -> None:
    """Post one complaint, trying again under the same key until it is accepted."""
    address = f"{token}@customers.example"
    body = {"text": problem(token), "sender": {"name": "张伟", "emails": [address]}}
    loop = asyncio.get_running_loop()
    while True:
        began = loop.time()
        try:
            answer = await client.post(f"{url}/api/v1/complaints", json=body, headers={"Idempotency-Key": token})
        except httpx.TransportError:
            await asyncio.sleep(0.2)
            continue
        offered.slowest_s = max(offered.slowest_s, loop.time() - began)
        if answer.status_code == httpx.codes.ACCEPTED:
            offered.posted[answer.json()["complaint_id"]] = address
            return
        if answer.status_code not in {429, 503}:
            raise AssertionError(f"{answer.status_code}: {answer.text}")
        offered.refused += 1
        await asyncio.sleep(0.2)


async def offer_posts(url: str, tokens: list[str], per_second: float, offered: Offered) -> None:
    """Post at a steady rate; every post goes on until it is accepted."""
    async with httpx.AsyncClient(timeout=30) as client, asyncio.TaskGroup() as posts:
        for token in tokens:
            posts.create_task(post(client, url, token, offered))
            await asyncio.sleep(1 / per_second)


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
