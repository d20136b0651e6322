"""A mail that is proven to be an authority's goes to the channel of authorities; every other stays a mail."""

from datetime import UTC, datetime

import pytest
from pydantic import SecretStr

from connectors.contract import Connector
from deploy.authorities import sorting
from operations.assembly import connector_of
from schemas.identity import named_uuid
from schemas.inbound import Inbound, Receipt
from schemas.settings import KeySettings, MailboxSettings, Settings

AT = datetime(2026, 11, 20, 2, tzinfo=UTC)
SETTINGS = Settings(
    keys=KeySettings(number=SecretStr("number key of the tests"), pseudonym=SecretStr("pseudonym key of the tests")),
    mailboxes={
        "desk": MailboxSettings(
            host="imap.example", user="desk@shop.example", password=SecretStr("p"), authserv_ids=("mx.shop.example",)
        )
    },
)
PASSED = "mx.shop.example; dmarc=pass header.from=samr.hangzhou.gov.cn"


def mail(sender: str, results: str) -> Inbound:
    """A mail as the poller hands it over."""
    body = (
        f"Authentication-Results: {results}\r\nFrom: {sender}\r\nMessage-ID: <1@x>\r\nSubject: =?utf-8?B?6L2s5Yqe?=\r\n"
        "Content-Type: text/plain; charset=utf-8\r\n\r\n登记编号：3301060000000001\r\n投诉内容：牛奶过期\r\n"
    )
    source = {"uid": "7", "uidvalidity": "1"}
    return Inbound("email", "desk", body.encode(), AT, "internaldate", AT, "message/rfc822", source=source)


async def taken(inbound: Inbound) -> Inbound:
    """The delivery as the intake path gets it."""
    found: list[tuple[Inbound, str]] = []

    async def receive(inbound: Inbound, connector: Connector) -> Receipt:
        found.append((inbound, connector.channel))
        return Receipt(named_uuid("test"), ())

    await sorting(SETTINGS, receive)(inbound, connector_of(SETTINGS, "email"))
    [(delivery, channel)] = found
    assert delivery.channel == channel
    return delivery


async def test_a_proven_mail_of_an_authority_is_a_referral_with_its_place_in_the_mailbox() -> None:
    delivery = await taken(mail("12315 <notice@samr.hangzhou.gov.cn>", PASSED))

    assert (delivery.channel, delivery.account) == ("regulator_12315", "desk")
    assert delivery.source == {"uid": "7", "uidvalidity": "1", "kind": "mail", "entry": "mail"}


@pytest.mark.parametrize(
    ("sender", "results"),
    [
        ("notice@samr.hangzhou.gov.cn", "mx.shop.example; dmarc=fail header.from=samr.hangzhou.gov.cn"),
        ("notice@samr.hangzhou.gov.cn", "mx.attacker.example; dmarc=pass header.from=samr.hangzhou.gov.cn"),
        ("notice@samr.gov.cn.attacker.example", "mx.shop.example; dmarc=pass header.from=samr.gov.cn.attacker.example"),
        ("notice@notgov.cn", "mx.shop.example; dmarc=pass header.from=notgov.cn"),
        ("li@customers.example", "mx.shop.example; dmarc=pass header.from=customers.example"),
    ],
)
async def test_what_only_says_that_it_is_an_authority_stays_a_customers_mail(sender: str, results: str) -> None:
    assert (await taken(mail(sender, results))).channel == "email"
