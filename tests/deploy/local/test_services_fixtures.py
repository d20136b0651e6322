"""The fixtures every integration test stands on."""

import imaplib
import smtplib

import psycopg
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from tests.services import Mailbox, Services

pytestmark = pytest.mark.services


def test_each_test_has_an_empty_database_in_utf8_and_utc(database_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        tables = connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone()
        encoding = connection.execute("SHOW server_encoding").fetchone()
        zone = connection.execute("SHOW timezone").fetchone()

    assert (tables, encoding, zone) == ((0,), ("UTF8",), ("UTC",))


async def test_kafka_takes_a_record_and_gives_it_back(services: Services, topic_prefix: str) -> None:
    topic = f"{topic_prefix}.echo.v1"
    admin = AIOKafkaAdminClient(bootstrap_servers=services.bootstrap_servers)
    await admin.start()
    await admin.create_topics([NewTopic(topic, num_partitions=1, replication_factor=1)])
    await admin.close()
    async with AIOKafkaProducer(bootstrap_servers=services.bootstrap_servers, acks="all") as producer:
        await producer.send_and_wait(topic, "投诉".encode())

    consumer = AIOKafkaConsumer(topic, bootstrap_servers=services.bootstrap_servers, auto_offset_reset="earliest")
    async with consumer:
        record = await consumer.getone()
    assert record.value == "投诉".encode()


def test_a_mail_sent_to_the_mailbox_can_be_read_there(mailbox: Mailbox) -> None:
    with smtplib.SMTP(mailbox.smtp_host, mailbox.smtp_port) as smtp:
        smtp.sendmail("a@example.com", [mailbox.user], "Subject: broken kettle\r\n\r\nIt leaks.\r\n")

    with imaplib.IMAP4(mailbox.imap_host, mailbox.imap_port) as imap:
        imap.login(mailbox.user, mailbox.password)
        imap.select()
        assert imap.search(None, "ALL") == ("OK", [b"1"])
