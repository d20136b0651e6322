"""The vendor's messages: XML into fields, fields into what the customer said.

Sources: developers.weixin.qq.com, "Receiving standard messages" (text, image, voice, video, shortvideo, location, link)
and the samples of WxJava and wechatpy. Real text holds control characters that no XML 1.0 parser takes (WeRoBot#809).
`Recognition` comes only while speech recognition is on; whether it is still offered is unsure. `bizmsgmenuid` (which
option of a message menu was tapped) is unsure.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any
from xml.parsers.expat import ExpatError

import xmltodict

from schemas.errors import PayloadRejected, Reason

_ILLEGAL = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_LATEST_S = 253_402_300_799
"""The last second of the year 9999: a larger one is no time."""
_ENVELOPE = frozenset({"ToUserName", "FromUserName", "CreateTime", "MsgType", "MsgId", "MsgDataId", "Idx"})
UNKNOWN_TYPE = "unknown_message_type"
"""Warning: the vendor has a type of message that this reader does not know; its fields became the text."""
RECOGNISED = "speech_recognised"
"""Warning: the text is what the vendor's speech recognition understood; the voice itself is attached."""
LISTEN_AND_TYPE = "listen-and-type"
"""Task: a voice message that came without words."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message or event. `fields` are the vendor's, nested as they came, without empty ones."""

    fields: Mapping[str, Any]

    def text(self, *path: str) -> str | None:
        """The text at a place; of elements that came twice the last that has any; None when there is none."""
        found: Any = self.fields
        for name in path:
            found = found.get(name) if isinstance(found, Mapping) else None
        if isinstance(found, list):
            found = next((one for one in reversed(found) if isinstance(one, str)), None)
        return found if isinstance(found, str) else None

    @property
    def openid(self) -> str | None:
        """Who sent it, as the account knows them."""
        return self.text("FromUserName")

    @property
    def kind(self) -> str:
        """Its MsgType in lower case."""
        return (self.text("MsgType") or "").lower()

    @property
    def created_at(self) -> datetime | None:
        """The vendor's time of it, to the second; None when it is missing or none."""
        written = self.text("CreateTime") or ""
        if not (written.isascii() and written.isdigit()) or len(written) > 12 or int(written) > _LATEST_S:
            return None
        return datetime.fromtimestamp(int(written), UTC)


@dataclass(frozen=True, slots=True)
class Media:
    """A file at the vendor, by its id. People's media are deleted there after three days.

    `url` is the second way to a picture (`PicUrl`); some say that it lives longer (unsure).
    """

    media_id: str
    media_type: str
    url: str = ""

    @property
    def reference(self) -> str:
        """What it is fetched by: the media id and, behind a space, the address of a picture."""
        return f"{self.media_id} {self.url}" if self.url else self.media_id


@dataclass(frozen=True, slots=True)
class Said:
    """What a message says: its words, its media, what had to be warned of, what a person must do with it."""

    text: str = ""
    media: tuple[Media, ...] = ()
    warnings: tuple[str, ...] = ()
    tasks: tuple[str, ...] = ()


def read_message(xml: bytes) -> Message:
    """Read the XML of a verified delivery. Raises `PayloadRejected` for anything that is no message of the vendor's."""
    message = read_fields(xml)
    if not message.kind:
        raise PayloadRejected(Reason.UNREADABLE, "MsgType is missing")
    return message


def read_fields(xml: bytes) -> Message:
    """Read XML as the vendor makes it, also around an encrypted message. Raises `PayloadRejected`."""
    try:
        text = _ILLEGAL.sub("", xml.decode("utf-8-sig"))
        root = xmltodict.parse(text)
    except (ValueError, ExpatError) as error:
        raise PayloadRejected(Reason.UNREADABLE, f"not readable as XML: {type(error).__name__}") from error
    fields = root.get("xml")
    if not isinstance(fields, dict):
        raise PayloadRejected(Reason.UNREADABLE, "the root element is not xml, or it is empty")
    return Message(MappingProxyType({name: value for name, value in fields.items() if value is not None}))


def said(message: Message) -> Said:
    """What a message that is no event says. A type this table lacks says all of its fields."""
    return _TELLERS.get(message.kind, _unknown)(message)


def leaves(fields: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """All texts of the fields with the innermost name of each, in the order they came; nested as deep as it may be."""
    waiting = list(fields.items())[::-1]
    while waiting:
        name, value = waiting.pop()
        if isinstance(value, str):
            yield name, value
        elif isinstance(value, Mapping):
            waiting.extend(list(value.items())[::-1])
        elif isinstance(value, list):
            waiting.extend((name, one) for one in reversed(value))


def _text(message: Message) -> Said:
    return Said(message.text("Content") or "")


def _image(message: Message) -> Said:
    media_id, url = message.text("MediaId") or "", message.text("PicUrl") or ""
    return Said(media=(Media(media_id, "image/jpeg", url),) if media_id or url else ())


def _voice(message: Message) -> Said:
    recognised = message.text("Recognition")
    media_type = f"audio/{(message.text('Format') or 'amr').lower()}"
    media = _media(
        message, ("MediaId", media_type if re.fullmatch(r"audio/[a-z0-9-]{1,20}", media_type) else "audio/amr")
    )
    if recognised is None:
        return Said(media=media, tasks=(LISTEN_AND_TYPE,) if media else ())
    return Said(recognised, media, (RECOGNISED,))


def _video(message: Message) -> Said:
    return Said(media=_media(message, ("MediaId", "video/mp4"), ("ThumbMediaId", "image/jpeg")))


def _location(message: Message) -> Said:
    latitude, longitude = message.text("Location_X"), message.text("Location_Y")
    return _lines(message.text("Label"), f"{latitude},{longitude}" if latitude and longitude else None)


def _link(message: Message) -> Said:
    return _lines(*(message.text(name) for name in ("Title", "Description", "Url")))


def _unknown(message: Message) -> Said:
    rest = {name: value for name, value in message.fields.items() if name not in _ENVELOPE}
    lines = (f"{name}: {value}" for name, value in leaves(rest))
    return Said(
        "\n".join((f"[{message.kind}]", *lines)),
        _media(message, ("MediaId", "application/octet-stream")),
        (UNKNOWN_TYPE,),
    )


def _media(message: Message, *wanted: tuple[str, str]) -> tuple[Media, ...]:
    found = ((message.text(name), media_type) for name, media_type in wanted)
    return tuple(Media(media_id, media_type) for media_id, media_type in found if media_id)


def _lines(*texts: str | None) -> Said:
    return Said("\n".join(text for text in texts if text))


_TELLERS: Mapping[str, Callable[[Message], Said]] = {
    "text": _text,
    "image": _image,
    "voice": _voice,
    "video": _video,
    "shortvideo": _video,
    "location": _location,
    "link": _link,
}
"""MsgType → what such a message says; `_unknown` for any other."""
