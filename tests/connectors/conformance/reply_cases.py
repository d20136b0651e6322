"""Every way of answering. A new channel that answers adds one entry."""

import itertools
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Literal

import httpx
from pydantic import SecretStr

from connectors.contract import Fate, LooksUp, Outgoing, Reply, Sent
from connectors.imap import MailReply
from connectors.phone.sms import sms_reply
from connectors.phone.twilio.reply import TwilioReply
from connectors.wechat import WeChatReply, wechat_accounts
from deploy.vendors.aliyun import Aliyun
from deploy.vendors.server import Faults, Vendor
from deploy.vendors.tencent import TencentCloud
from deploy.vendors.twilio import Customer, Twilio
from deploy.vendors.wechat import WeChatVendor
from deploy.vendors.wechat_people import OfficialAccount
from deploy.vendors.wechat_pushes import Server
from schemas.errors import IntakeError
from schemas.identity import named_uuid
from schemas.settings import SmsSendingSettings, SmtpSettings, TwilioSettings, WeChatSettings
from tests.connectors.conformance.case import NUMBERING
from tests.connectors.conformance.replies import ReplyCase, Told, Way
from tests.connectors.conformance.vendor_line import VendorLine
from tests.connectors.imap.smtp_server import HANG_UP, scripted_smtp

SMS_SECRET = "secret-key-of-the-sms-vendor"
_numbers = itertools.count()
_SMTP = {
    Way.REFUSES: {"RCPT": "550 no such user"},
    Way.THROTTLES: {"RCPT": "451 too many"},
    Way.BREAKS: {"end": "451 disk full"},
    Way.HANGS_UP: {"end": HANG_UP},
}
_FAULTS = {
    Way.THROTTLES: Faults(throttled=1.0),
    Way.BREAKS: Faults(failed=1.0),
    Way.HANGS_UP: Faults(lost=1.0),
}


def outgoing(channel: str, account: str, address: str) -> Outgoing:
    """One acknowledgement nobody has seen before, of a complaint with a number of its own."""
    outbox_id = named_uuid("outbox of the kit", str(next(_numbers)))
    return Outgoing(
        outbox_id=outbox_id,
        channel=channel,
        account=account,
        address=address,
        subject="您的投诉已收到",
        text=f"您好，您的投诉已收到，编号 {NUMBERING.tracking_number(outbox_id)}，我们将在 24 小时内答复。",
        language="zh-Hans",
        created_at=datetime.now(UTC),
    )


async def sent(reply: Reply, message: Outgoing, arrived: Callable[[], int]) -> tuple[Sent | IntakeError, int | None]:
    """Send, and note what had arrived when nothing could be taken back any more."""
    before: list[int] = []

    async def note() -> None:
        before.append(arrived())

    try:
        outcome: Sent | IntakeError = await reply.send(message, note)
    except IntakeError as error:
        outcome = error
    return outcome, before[0] if before else None


def mail() -> ReplyCase:
    """SMTP."""
    address = "wang@customers.example"

    async def drive(way: Way) -> Told:
        async with scripted_smtp(**_SMTP.get(way, {})) as server:
            port = 1 if way is Way.AWAY else server.port
            settings = SmtpSettings(
                host="127.0.0.1", port=port, security="plain", from_address="a@b.example", timeout=timedelta(seconds=5)
            )
            message = outgoing("email", "service", address)
            outcome, before = await sent(MailReply(settings), message, lambda: len(server.mails))
            return Told(outcome, len(server.mails), before)

    return ReplyCase("email", drive, (address,))


def over_http(
    name: str,
    vendor: Callable[[], Vendor],
    reply: Callable[[httpx.AsyncClient, Vendor], Reply],
    to: Outgoing,
    refused: str,
    secrets: tuple[str, ...],
) -> ReplyCase:
    """A vendor's API: `to` is a message that arrives, `refused` an address that never does."""

    async def drive(way: Way) -> Told:
        server = vendor()
        line = VendorLine(server)
        async with httpx.AsyncClient(transport=line) as client:
            way_out = reply(client, server)
            await way_out.send(_again(to, to.address), _nothing)  # fetches what is fetched once: tokens
            already = len(server.delivered)
            server.faults, line.cut = _FAULTS.get(way, Faults()), way is Way.AWAY
            message = _again(to, refused if way is Way.REFUSES else to.address)
            outcome, before = await sent(way_out, message, lambda: len(server.delivered) - already)
            server.faults, line.cut = Faults(), False
            return Told(outcome, len(server.delivered) - already, before, await _fate(way_out, message))

    return ReplyCase(name, drive, (*secrets, to.address, refused))


async def _fate(reply: Reply, message: Outgoing) -> Fate | None:
    if not isinstance(reply, LooksUp):
        return None
    return await reply.look_up(message, message.created_at)


async def _nothing() -> None:
    return None


def _again(message: Outgoing, address: str) -> Outgoing:
    return outgoing(message.channel, message.account, address)


def sms(vendor: Literal["aliyun", "tencent"]) -> ReplyCase:
    """Templates through a vendor of the mainland. That of Tencent lists what telephones have reported."""
    settings = SmsSendingSettings(
        vendor=vendor,
        key_id="key-id-of-the-kit",
        key_secret=SecretStr(SMS_SECRET),
        sign_name="惠民超市",
        templates={"zh-Hans": "SMS_1"},
        app_id="1400006666",
    )
    keys = {settings.key_id: SMS_SECRET}

    def reply(client: httpx.AsyncClient, _: Vendor) -> Reply:
        made = sms_reply(settings, client)
        assert made is not None
        return made

    return over_http(
        f"{vendor}-sms",
        lambda: Aliyun(keys) if vendor == "aliyun" else TencentCloud(keys, reported_at_once=True),
        reply,
        outgoing("phone", "hotline", "+8613800001234"),
        "+85251234567",
        (SMS_SECRET,),
    )


def twilio(kind: type[TwilioReply] = TwilioReply) -> ReplyCase:
    """SMS to numbers abroad; who wrote STOP is refused."""
    customer, opted_out = Customer(), "+85261234567"
    settings = TwilioSettings(
        account_sid=customer.account_sid,
        auth_tokens=(SecretStr(customer.auth_token),),
        public_base_url=customer.base,
        numbers=(customer.number,),
        export_path="standard contract filed 2026-10-01",
        timeout=timedelta(seconds=5),
    )

    def vendor() -> Vendor:
        made = Twilio(customer)
        made.opted_out.add(opted_out)
        return made

    return over_http(
        "twilio",
        vendor,
        lambda client, _: kind({"abroad": settings}, client),
        outgoing("phone", "abroad", "+85251234567"),
        opted_out,
        (customer.auth_token,),
    )


def wechat(kind: type[WeChatReply] = WeChatReply) -> ReplyCase:
    """Customer-service messages to somebody who has just written; whom the account never met is refused."""
    account = OfficialAccount(Server("/webhooks/wechat/shop", "wx-kit", "token-of-the-kit"), "app-secret-of-the-kit")
    settings = WeChatSettings(
        app_id=account.server.app_id,
        app_secret=SecretStr(account.secret),
        token=SecretStr(account.server.token),
        timeout=timedelta(seconds=5),
    )
    openid, stranger = "oKitWhoHasJustWritten0000000", "oKitWhomNobodyEverMet0000000"

    def vendor() -> Vendor:
        made = WeChatVendor([account])
        made.says(openid, account, {"Content": "牛奶过期了"}, datetime.now(UTC))
        return made

    def reply(client: httpx.AsyncClient, _: Vendor) -> Reply:
        accounts = wechat_accounts({"shop": settings}, client)
        assert accounts is not None
        return kind(accounts)

    return over_http(
        "wechat", vendor, reply, outgoing("wechat", "shop", openid), stranger, (account.secret, account.server.token)
    )


REPLY_CASES: tuple[ReplyCase, ...] = (mail(), sms("aliyun"), sms("tencent"), twilio(), wechat())
