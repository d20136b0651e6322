"""A stranger files with a victim's telephone and order number and his own address: he learns nothing of the victim."""

import email
import email.policy
import imaplib
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest

from tests.deploy.cli.running import Intake, history, until
from tests.services import Services

pytestmark = [pytest.mark.services, pytest.mark.usefixtures("on_system")]

WORDS = "会员价和标价牌对不上，电热毯结账多收了二十块，请退我差价"
_CHANGING = re.compile(
    r"[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]|#k=[\w-]+|\[#CT-[^]]+\]|\d{16}|\d{4}年\d+月\d+日（..）\d\d:\d\d"
)
"""Numbers, keys, tokens, order numbers and times, wherever they stand in a mail or on a page."""
_ANSWER_BY = re.compile(r"(\d{4})年(\d+)月(\d+)日（..）(\d\d):(\d\d)")


@dataclass(frozen=True)
class Filed:
    """One complaint that was posted: the answer of the API."""

    answer: httpx.Response

    @property
    def complaint_id(self) -> str:
        return str(self.answer.json()["complaint_id"])

    @property
    def number(self) -> str:
        return str(self.answer.json()["tracking_number"])


def someone() -> dict[str, Any]:
    """A person with a telephone, an address and an order nobody else has."""
    digits = f"{secrets.randbelow(10**8):08d}"
    sender = {"phones": [f"137{digits}"], "emails": [f"p{secrets.token_hex(4)}@test.local"]}
    return {"text": WORDS, "sender": sender, "stated": {"order_no": f"20261101{digits}"}}


def like(victim: Mapping[str, Any]) -> dict[str, Any]:
    """What a stranger posts who knows the victim's telephone and order number, with an address of his own."""
    address = someone()["sender"]["emails"]
    return {**victim, "sender": {"phones": victim["sender"]["phones"], "emails": address}}


def gateway(environment: Mapping[str, str]) -> str:
    """Where the running gateway is."""
    return f"http://127.0.0.1:{environment['INTAKE_GATEWAY__PORT']}"


def post(environment: Mapping[str, str], complaint: Mapping[str, Any]) -> Filed:
    """Post to the running gateway, as a program of a customer would."""
    url = f"{gateway(environment)}/api/v1/complaints"
    answer = httpx.post(url, json=dict(complaint), headers={"Idempotency-Key": secrets.token_hex(8)}, timeout=30)
    assert answer.status_code == httpx.codes.ACCEPTED, answer.text
    return Filed(answer)


def event(intake: Intake, filed: Filed, what: str) -> dict[str, Any]:
    """What `intake show` tells of one step of its way, once it has happened."""
    return until(lambda: next((dict(one) for one in history(intake, filed.number) if one["what"] == what), {}))


def outcome(intake: Intake, filed: Filed) -> str:
    """How its acknowledgement ended, once it has."""
    return str(event(intake, filed, "acknowledged")["record"]["outcome"])


def mails_to(services: Services, complaint: Mapping[str, Any], count: int) -> list[str]:
    """Subject and text of every mail in the complainer's mailbox, once there are so many."""
    mailbox = services.mailbox_of(complaint["sender"]["emails"][0])

    def read() -> list[str]:
        with imaplib.IMAP4(mailbox.imap_host, mailbox.imap_port, timeout=30) as server:
            server.login(mailbox.user, mailbox.password)
            server.select("INBOX", readonly=True)
            _, [found] = server.search(None, "ALL")
            raw = [server.fetch(one, "(RFC822)")[1][0][1] for one in found.decode().split()]  # type: ignore[index]
        return [_words(one) for one in raw if isinstance(one, bytes)]

    return until(lambda: found if len(found := read()) >= count else None) or []


def _words(raw: bytes) -> str:
    message = email.message_from_bytes(raw, policy=email.policy.default)
    body = message.get_body(("plain",))
    assert body is not None
    return f"{message['Subject']}\n{body.get_content()}"


def wording(text: str) -> str:
    """A mail or page without what is always another."""
    return _CHANGING.sub("·", text)


def answer_by(mail: str) -> datetime:
    """By when the mail promises an answer, Beijing time."""
    found = _ANSWER_BY.search(mail)
    assert found, mail
    year, month, day, hour, minute = map(int, found.groups())
    return datetime(year, month, day, hour, minute, tzinfo=ZoneInfo("Asia/Shanghai"))


def is_answered_like(
    anybody: Filed, stranger: Filed, to_anybody: str, to_stranger: str, environment: Mapping[str, str]
) -> bool:
    """Compare everything that reaches the two: mail, promised time, answer of the API, page of the number."""
    pages = [httpx.get(f"{gateway(environment)}/track/{one.number}", timeout=30) for one in (anybody, stranger)]
    assert wording(to_stranger) == wording(to_anybody)
    assert abs(answer_by(to_stranger) - answer_by(to_anybody)) <= timedelta(minutes=5)
    assert stranger.number in to_stranger
    assert stranger.answer.json().keys() == anybody.answer.json().keys()
    assert [page.status_code for page in pages] == [httpx.codes.OK] * 2
    assert wording(pages[1].text) == wording(pages[0].text)
    return True


def test_a_stranger_is_answered_like_anybody_with_a_new_complaint(
    intake: Intake, environment: dict[str, str], services: Services
) -> None:
    victim, anybody = someone(), someone()
    stranger = like(victim)
    first = post(environment, victim)
    assert outcome(intake, first) == "sent"

    other, probe = post(environment, anybody), post(environment, stranger)
    outcomes = [outcome(intake, one) for one in (other, probe)]
    [to_anybody], [to_stranger] = (mails_to(services, one, 1) for one in (anybody, stranger))

    assert outcomes == ["sent", "sent"]
    assert is_answered_like(other, probe, to_anybody, to_stranger, environment)
    assert first.number not in to_stranger + probe.answer.text
    assert first.complaint_id in event(intake, probe, "deduplicated")["summary"]
    assert len(mails_to(services, victim, 1)) == 1


def test_how_often_a_victim_has_complained_does_not_show_in_what_a_stranger_is_promised(
    intake: Intake, environment: dict[str, str], services: Services
) -> None:
    victim, anybody = someone(), someone()
    stranger = like(victim)
    for day in ("2026-09-01", "2026-10-01", "2026-11-01"):
        stated = {"order_no": someone()["stated"]["order_no"], "event_date": day}
        outcome(intake, post(environment, {**victim, "stated": stated}))
    for one in (anybody, stranger):
        one["stated"] = {"event_date": "2026-11-20"}

    other, probe = post(environment, anybody), post(environment, stranger)
    outcomes = [outcome(intake, one) for one in (other, probe)]
    [to_anybody], [to_stranger] = (mails_to(services, one, 1) for one in (anybody, stranger))

    assert outcomes == ["sent", "sent"]
    assert is_answered_like(other, probe, to_anybody, to_stranger, environment)


def test_a_victim_gets_an_answer_of_his_own_although_a_stranger_was_first(
    intake: Intake, environment: dict[str, str], services: Services
) -> None:
    victim = someone()
    stranger = like(victim)
    probe = post(environment, stranger)
    assert outcome(intake, probe) == "sent"

    own = post(environment, victim)

    assert outcome(intake, own) == "sent"
    [to_victim] = mails_to(services, victim, 1)
    assert own.number in to_victim
    assert probe.number not in to_victim
    assert len(mails_to(services, stranger, 1)) == 1
