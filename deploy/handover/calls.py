"""Handing a delivery over as its vendor would: a call signed with the secrets of one of our accounts."""

from base64 import b64encode
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlencode
from uuid import uuid4

from connectors.contract import ReadsFiles
from connectors.webhook.signature import sign
from deploy.handover.http import ask, gateway_url, refusal
from deploy.vendors.authority import Authority
from deploy.vendors.server import Push
from deploy.vendors.wechat_pushes import Mode, Server, push_xml
from operations.assembly import connector_of
from schemas.complaint import Channel, Complaint
from schemas.delivery_lines import SubmittedLine
from schemas.errors import InvalidRequest, PayloadRejected
from schemas.inbound import Inbound, ParsedComplaint
from schemas.settings import Settings


@dataclass(frozen=True, slots=True)
class Caller:
    """A channel that vendors call: its accounts, and the call that brings some bytes to one of them."""

    accounts: Callable[[Settings], Iterable[str]]
    sign: Callable[[Settings, str, bytes], Push]


def _webhook(settings: Settings, account: str, data: bytes) -> Push:
    own = settings.webhooks[account]
    at = str(int(datetime.now(UTC).timestamp()))
    secret = next(reversed(own.secrets.values())).get_secret_value()
    headers = {own.timestamp_header: at, own.signature_header: sign(secret, at, data)}
    return Push(f"/webhooks/webhook/{account}", data, {"Content-Type": "application/json", **headers})


def _wechat(settings: Settings, account: str, data: bytes) -> Push:
    own = settings.wechat[account]
    key = own.aes_key.get_secret_value() if own.aes_key else ""
    server = Server(
        f"/webhooks/wechat/{account}", own.app_id, own.token.get_secret_value(), key, Mode.SAFE if key else Mode.PLAIN
    )
    return push_xml(server, data, datetime.now(UTC))


def _phone(settings: Settings, account: str, data: bytes) -> Push:
    own = settings.phone[account]
    secret = next(reversed(own.secrets.values())).get_secret_value()
    path, headers = f"/webhooks/phone/{account}", {"Content-Type": "application/json"}
    if own.presented == "query":
        return Push(f"{path}?{urlencode({own.key_parameter: secret})}", data, headers)
    if own.presented == "path":
        return Push(f"{path}.{secret}", data, headers)
    return Push(path, data, headers | {"Authorization": f"Basic {b64encode(f'intake:{secret}'.encode()).decode()}"})


def _regulator(settings: Settings, account: str, data: bytes) -> Push:
    key_id, secret = next(reversed(settings.regulator.accounts[account].secrets.items()))
    return Authority(account, key_id, secret.get_secret_value()).signed(data, datetime.now(UTC), str(uuid4()))


CALLERS: Mapping[str, Caller] = {
    "webhook": Caller(lambda settings: settings.webhooks, _webhook),
    Channel.WECHAT.value: Caller(lambda settings: settings.wechat, _wechat),
    Channel.PHONE.value: Caller(lambda settings: settings.phone, _phone),
    Channel.REGULATOR_12315.value: Caller(
        lambda settings: [name for name, one in settings.regulator.accounts.items() if one.secrets], _regulator
    ),
}
"""Channel → how its vendor calls us."""


def call(settings: Settings, file: str, data: bytes, channel: str, account: str | None) -> list[SubmittedLine]:
    """Make the call; one line for each complaint it becomes, or one without a number when it becomes none.

    Raises InvalidRequest when no account is set up or the gateway refuses, Unreachable without a gateway.
    """
    caller = CALLERS[channel]
    name = _account(channel, list(caller.accounts(settings)), account)
    push = caller.sign(settings, name, data)
    answer = ask(settings, push.method, push.path, push.headers, push.body)
    if answer.status_code // 100 != 2:
        raise InvalidRequest(refusal(file, answer))
    complaints = complaints_in(settings, channel, name, data)
    return [_line(settings, file, one) for one in complaints] or [SubmittedLine(file=file, channel=channel, way="http")]


def _account(channel: str, accounts: list[str], asked: str | None) -> str:
    if asked is None and len(accounts) == 1:
        return accounts[0]
    if asked in accounts:
        return asked
    known = ", ".join(accounts)
    raise InvalidRequest(
        f"say --account, one of: {known}" if known else f"no account of {channel} is set up: `intake settings`"
    )


def complaints_in(settings: Settings, channel: str, account: str, data: bytes) -> list[Complaint]:
    """What the gateway's reader makes of the same bytes: their ids depend on nothing else."""
    connector = connector_of(settings, channel)
    now = datetime.now(UTC)
    inbound = Inbound(channel, account, data, now, "gateway", now)
    try:
        items = connector.read(inbound) if isinstance(connector, ReadsFiles) else ()
    except PayloadRejected:
        return []
    return [one.complaint for one in items if isinstance(one, ParsedComplaint)]


def _line(settings: Settings, file: str, complaint: Complaint) -> SubmittedLine:
    return SubmittedLine(
        file=file,
        channel=complaint.channel,
        way="http",
        complaint_id=complaint.complaint_id,
        tracking_number=complaint.tracking_number,
        status_url=f"{gateway_url(settings)}/track/{complaint.tracking_number}",
    )
