"""What Twilio lists of an account, as the deliveries its webhooks would have been.

Source: twilio.com/docs, message-resource, call-resource, recording, media-resource, read 2026-11-22. The filters know
whole days of GMT, so times are looked at here. Each delivery is signed with the account's own secret, as Twilio signs:
it can be read again later like any other, and it leads to the same ids as the webhook that was or was not lost.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from connectors.contract import WHOLE_QUERY
from connectors.phone.twilio.api import TwilioApi, moment
from connectors.phone.twilio.form import FORM_TYPE, Fields
from connectors.phone.twilio.signature import SETTINGS_HEADER, SIGNATURE_HEADER, sign
from connectors.phone.twilio.steps import RECORDING, SMS, VOICE, callback_url
from schemas.complaint import Channel
from schemas.inbound import Inbound


@dataclass(frozen=True, slots=True)
class Listed:
    """One entry: its id at Twilio, when it came to be, and the delivery it stands for."""

    sid: str
    at: datetime
    delivery: Inbound


@dataclass(frozen=True, slots=True)
class Lists:
    """The lists of one account."""

    account: str
    api: TwilioApi
    now: Callable[[], datetime]

    async def since(self, moment: datetime) -> list[Listed]:
        """All that came in at or after a moment, oldest first. Raises `ChannelUnavailable`."""
        found = [*await self._messages(moment), *await self._calls(moment), *await self._recordings(moment)]
        return sorted(found, key=lambda one: one.at)

    async def _messages(self, since: datetime) -> list[Listed]:
        found = []
        for entry in await self._entries("Messages", "messages", "DateSent", since):
            at = moment(entry.get("date_sent")) or moment(entry.get("date_created"))
            if at is None or at < since or entry.get("direction") != "inbound":
                continue
            media = await self._media(entry) if str(entry.get("num_media") or "0") != "0" else {}
            if _text(entry, "body").strip() or media:  # else its pictures were deleted, which only we do
                ids = {"MessageSid": _text(entry, "sid"), "From": _text(entry, "from"), "To": _text(entry, "to")}
                found.append(self._listed(SMS, at, entry, ids | {"Body": _text(entry, "body")} | media))
        return found

    async def _calls(self, since: datetime) -> list[Listed]:
        found = []
        for entry in await self._entries("Calls", "calls", "StartTime", since):
            at = moment(entry.get("start_time")) or moment(entry.get("date_created"))
            if at is not None and at >= since and entry.get("direction") == "inbound":
                numbers = {"From": _text(entry, "from"), "To": _text(entry, "to"), "Direction": "inbound"}
                ids = {"CallSid": _text(entry, "sid"), "CallStatus": _text(entry, "status")}
                found.append(self._listed(VOICE, at, entry, ids | numbers))
        return found

    async def _recordings(self, since: datetime) -> list[Listed]:
        found = []
        for entry in await self._entries("Recordings", "recordings", "DateCreated", since):
            at, sid = moment(entry.get("date_created")), _text(entry, "sid")
            if at is not None and at >= since and entry.get("status") == "completed":
                url = self.api.url(f"{self.api.home}/Recordings/{sid}")
                ids = {"CallSid": _text(entry, "call_sid"), "RecordingSid": sid, "RecordingUrl": url}
                state = {"RecordingStatus": "completed", "RecordingDuration": _text(entry, "duration")}
                found.append(self._listed(RECORDING, at, entry, ids | state))
        return found

    async def _entries(self, path: str, name: str, time: str, since: datetime) -> list[dict[str, Any]]:
        query = {f"{time}>": f"{since.astimezone(UTC):%Y-%m-%d}"}
        return [entry async for entry in self.api.listed(f"{self.api.home}/{path}.json", name, query)]

    async def _media(self, entry: Mapping[str, Any]) -> dict[str, str]:
        home = f"{self.api.home}/Messages/{_text(entry, 'sid')}/Media"
        found = [one async for one in self.api.listed(f"{home}.json", "media_list", {})]
        media = {"NumMedia": str(len(found))} if found else {}
        for place, one in enumerate(found):
            media[f"MediaUrl{place}"] = self.api.url(f"{home}/{_text(one, 'sid')}")
            media[f"MediaContentType{place}"] = _text(one, "content_type")
        return media

    def _listed(self, event: str, at: datetime, entry: Mapping[str, Any], parameters: Mapping[str, str]) -> Listed:
        settings, now = self.api.settings, self.now()
        whole = {"AccountSid": settings.account_sid, **parameters}
        url = callback_url(settings.public_base_url, self.account, event)
        made = sign(url, Fields([*whole.items()]), settings.secrets[0], settings.algorithm)
        algorithm = {SETTINGS_HEADER.lower(): f"algorithm={settings.algorithm}"} if settings.signing_keys else {}
        delivery = Inbound(
            channel=Channel.PHONE.value,
            account=self.account,
            body=urlencode(whole).encode(),
            received_at=min(at, now),
            received_at_source="vendor",
            ingested_at=now,
            content_type=FORM_TYPE,
            headers={SIGNATURE_HEADER.lower(): made, WHOLE_QUERY: "", **algorithm},
            source={"event": event},
        )
        return Listed(_text(entry, "sid"), at, delivery)


def _text(entry: Mapping[str, Any], name: str) -> str:
    found = entry.get(name)
    return "" if found is None else str(found).encode(errors="replace").decode()
