"""How this installation reaches people and fetches what they sent: the senders and file sources its settings allow."""

from collections.abc import Mapping, Sequence

import httpx

from connectors.contract import MediaSource, Reply
from connectors.imap.reply import MailReply
from connectors.opinion import Adviser, OpinionServer
from connectors.phone import PhoneMedia, PhoneReply
from connectors.phone.calls import phone_media
from connectors.phone.sms import sms_reply
from connectors.phone.twilio.media import TwilioMedia
from connectors.phone.twilio.reply import TwilioReply
from connectors.transcription import Transcriber, TranscriptionServer
from connectors.wechat import Accounts, wechat_accounts, wechat_media, wechat_reply
from infra.service import Health
from schemas.complaint import Channel
from schemas.settings import Settings


class Reach:
    """What one process sends and fetches with; whoever shares a vendor's account shares its token and connections."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._twilio = httpx.AsyncClient(follow_redirects=False) if settings.twilio else None
        self._wechat: Accounts | None = wechat_accounts(settings.wechat)

    def replies(self) -> Mapping[str, Reply]:
        """Channel → how messages go out on it; a channel without settings cannot be answered."""
        mail = MailReply(self._settings.smtp) if self._settings.smtp is not None else None
        made = {
            Channel.EMAIL.value: mail,
            Channel.WECHAT.value: wechat_reply(self._wechat),
            Channel.PHONE.value: self._phone(),
        }
        return {channel: reply for channel, reply in made.items() if reply is not None}

    def media(self) -> Mapping[str, MediaSource]:
        """Channel → where its announced files are fetched."""
        made = {Channel.WECHAT.value: wechat_media(self._wechat), Channel.PHONE.value: self._recordings()}
        return {channel: source for channel, source in made.items() if source is not None}

    def transcriber(self) -> Transcriber | None:
        """What makes words of recordings; None when people listen to them."""
        settings = self._settings.transcription
        return TranscriptionServer(settings) if settings is not None else None

    def adviser(self) -> Adviser | None:
        """Who is asked for a second opinion; None when nobody is."""
        settings = self._settings.opinion
        return OpinionServer(settings) if settings is not None else None

    def accounts(self) -> Sequence[Health]:
        """Whether vendors let our accounts in, as far as calls have shown."""
        return self._wechat.healths() if self._wechat is not None else ()

    def _phone(self) -> Reply | None:
        template, settings = sms_reply(self._settings.sms), self._settings
        if self._twilio is None:
            return PhoneReply([], template) if template is not None else None
        return PhoneReply([(settings.twilio, TwilioReply(settings.twilio, self._twilio))], template)

    def _recordings(self) -> MediaSource | None:
        settings, calls = self._settings, phone_media(self._settings)
        own: list[tuple[Mapping[str, object], MediaSource]] = []
        if calls is not None:
            own.append((settings.phone, calls))
        if self._twilio is not None:
            own.append((settings.twilio, TwilioMedia(settings.twilio, self._twilio)))
        return PhoneMedia(own) if own else None
