"""The channels this installation reads: name → what makes its connector. A new channel adds one line."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from connectors.contract import Connector, Numbering
from connectors.imap import Mail, authserv_ids, own_addresses
from connectors.phone import Phone
from connectors.phone.calls import Calls
from connectors.phone.sms import Sms
from connectors.phone.twilio import Twilio
from connectors.regulator_12315 import Regulator
from connectors.web import Web
from connectors.webhook import Webhook
from connectors.wechat import WeChat
from schemas.settings import Settings


@dataclass(frozen=True, slots=True)
class Installation:
    """What connectors are made from."""

    settings: Settings
    numbering: Numbering
    pseudonym_key: bytes


CONNECTORS: Mapping[str, Callable[[Installation], Connector]] = {
    Mail.channel: lambda made: Mail(
        made.numbering, own_addresses(made.settings), authserv_ids(made.settings), made.settings.mail
    ),
    Phone.channel: lambda made: Phone(
        [
            Sms(made.numbering, made.pseudonym_key, made.settings.phone),
            Calls(made.numbering, made.pseudonym_key, made.settings.phone),
            Twilio(made.numbering, made.settings.twilio),
        ]
    ),
    Web.channel: lambda made: Web(made.numbering, made.pseudonym_key, made.settings.gateway.max_text_chars),
    Regulator.channel: lambda made: Regulator(made.numbering, made.pseudonym_key, made.settings.regulator),
    Webhook.channel: lambda made: Webhook(made.numbering, made.pseudonym_key, made.settings.webhooks),
    WeChat.channel: lambda made: WeChat(made.numbering, made.pseudonym_key, made.settings.wechat),
}
"""Channel → its connector's maker."""
