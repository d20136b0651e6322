"""One customer's personal data in the spellings it may leak in, and a search through everything the product shows."""

import smtplib
from collections.abc import Iterable, Iterator
from email.message import EmailMessage
from typing import Any
from uuid import uuid4

import httpx
from confluent_kafka import Consumer, Message, TopicPartition

from schemas.topics import PIPELINE_TOPICS, Personal
from tests.faults.system import Process

STORY = (
    "我叫欧阳建国，电话13812345678，或者１３８－１２３４－５６７８，身份证11010519491231002X，"
    "银行卡6222 0212 3456 7890 128，邮箱 jianguo.private@example.com，"
    "住上海市浦东新区张杨路500号华润时代广场3单元1502室。昨天买的牛奶过期了，喝了拉肚子，要求赔偿。"
)
SPELLINGS = (
    "13812345678",
    "１３８－１２３４－５６７８",
    "12345678",
    "1234 5678",
    "11010519491231002X",
    "19491231",
    "6222021234567890128",
    "6222 0212 3456 7890 128",
    "jianguo.private",
    "张杨路500号",
    "1502室",
    "欧阳建国",
)


MAILED_FROM = "jianguo.private2@example.com"
MAILED_TOKEN = "private0002"


def hostile_mails(smtp: str, recipient: str) -> None:
    """Mails that cannot be read as they should, with the same data: 10,000 parts, and nothing but a sender."""
    message = EmailMessage()
    message["From"] = f"欧阳建国 <{MAILED_FROM}>"
    message["To"] = recipient
    message["Subject"] = f"投诉 {SPELLINGS[0]}"
    message.set_content(f"{STORY}小票编号 {MAILED_TOKEN}。")
    message.add_attachment("1", filename=f"{SPELLINGS[0]}.txt")
    boundary = message.get_boundary() or ""
    part = f"\r\n--{boundary}\r\nContent-Type: text/plain\r\n\r\n{SPELLINGS[0]}\r\n"
    many = message.as_bytes().replace(f"--{boundary}--".encode(), (part * 10_000 + f"--{boundary}--").encode())
    empty = f'From: "{SPELLINGS[0]}" <{MAILED_FROM}>\r\nTo: {recipient}\r\n\r\n'.encode()
    host, port = smtp.rsplit(":", 1)
    with smtplib.SMTP(host, int(port), timeout=60) as server:
        for raw in (many, empty):
            server.sendmail(MAILED_FROM, [recipient], raw)


def leaks(bootstrap: str, departments: list[str], processes: Iterable[Process]) -> list[str]:
    """Every place that shows one of the spellings and must not."""
    masked = {topic.name for topic in PIPELINE_TOPICS if topic.personal is not Personal.FULL} | set(departments)
    names = [topic.name for topic in PIPELINE_TOPICS] + departments
    found = []
    for message in everything(bootstrap, names):
        found += [f"{message.topic()} {place}: {hit}" for place, hit in in_record(message, masked)]
    for process in processes:
        shown = {"log": process.log.read_text(errors="replace"), "metrics": metrics(process)}
        found += [f"{process.name} {place}: {hit}" for place, text in shown.items() for hit in hits(text)]
    return found


def hits(text: str) -> list[str]:
    """The spellings that occur."""
    return [spelling for spelling in SPELLINGS if spelling in text]


def in_record(message: Message, masked: set[str]) -> Iterator[tuple[str, str]]:
    """What a record shows in its key and headers, and in its value where the topic must be masked."""
    shown: dict[str, str | bytes | None] = {"key": message.key()}
    shown |= {f"header {name}": value for name, value in headers_of(message)}
    if message.topic() in masked:
        shown["value"] = message.value()
    for place, content in shown.items():
        text = content.decode(errors="replace") if isinstance(content, bytes) else content or ""
        yield from ((place, hit) for hit in hits(text))


def headers_of(message: Message) -> list[tuple[str, bytes | None]]:
    """The headers as pairs; the client library also allows a dictionary."""
    headers: Any = message.headers() or []
    return list(headers.items()) if isinstance(headers, dict) else list(headers)


def metrics(process: Process) -> str:
    """What `/metrics` shows."""
    return httpx.get(f"{process.health}/metrics", timeout=10).text


def everything(bootstrap: str, topics: list[str]) -> Iterator[Message]:
    """Every committed record of the topics up to now."""
    consumer = Consumer(
        {
            "bootstrap.servers": bootstrap,
            "group.id": f"search-{uuid4()}",
            "isolation.level": "read_committed",
            "enable.auto.commit": False,
            "enable.partition.eof": True,
        }
    )
    metadata = consumer.list_topics(timeout=30)
    parts = [TopicPartition(name, number, 0) for name in topics for number in metadata.topics[name].partitions]
    consumer.assign(parts)
    ends = 0
    while ends < len(parts):
        for message in consumer.consume(500, timeout=5):
            if message.error() is None:
                yield message
            else:
                ends += 1
    consumer.close()
