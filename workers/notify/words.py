"""The words of a message: as a person typed them, else a text of the policy pack in the customer's language."""

from dataclasses import dataclass
from datetime import datetime

from pydantic import TypeAdapter, ValidationError

from schemas.acknowledgement import deadline
from schemas.base import Instant
from schemas.messages import Message
from schemas.policy import PolicyPack
from schemas.tokens import TokenKeys
from schemas.track_page import page_link

_INSTANT: TypeAdapter[datetime] = TypeAdapter(Instant)
_REPLY = "reply"


@dataclass(frozen=True, slots=True)
class Worded:
    """A text ready to be sent."""

    subject: str | None
    text: str
    language: str


@dataclass(frozen=True, slots=True)
class NoticeWords:
    """Composes with the texts of one pack. `public_url` is the gateway as customers see it, without a slash.

    With `token_keys` a link opens the complaint's page at once, in the language of the text.
    """

    pack: PolicyPack
    public_url: str
    token_keys: TokenKeys | None = None

    def __call__(self, message: Message, language: str | None, channel: str) -> Worded | None:
        """The text for one channel, for a customer who wrote in `language`; None when the pack has none for it.

        A typed text is sent as it is; the pack gives its subject.
        """
        tongue = self.pack.acknowledgement.language_for(language)
        typed = (message.text or "").strip()
        found = self.pack.notices.text(tongue, message.occasion, channel)
        if found is None and typed:
            found = self.pack.notices.text(tongue, _REPLY, channel)
        if found is None:
            return Worded(message.tracking_number, typed, tongue) if typed else None
        subject, body = found.filled(self._values(message, tongue, channel))
        return Worded(subject, typed or body, tongue)

    def _values(self, message: Message, language: str, channel: str) -> dict[str, str]:
        given = dict(message.values)
        return given | {
            "tracking_number": message.tracking_number,
            "status_url": page_link(
                self.public_url, message.tracking_number, language=language, channel=channel, keys=self.token_keys
            ),
            "signature": self.pack.acknowledgement.signature.of(language),
            "department": self._department(given.get("department", ""), language),
            "by_when": self._moment(given.get("by_when", ""), language),
        }

    def _department(self, code: str, language: str) -> str:
        titles = {one.code: one.title for one in self.pack.departments}
        return titles[code].of(language) if code in titles else code

    def _moment(self, written: str, language: str) -> str:
        """A time in RFC 3339 as people write it; other words as they are."""
        try:
            return deadline(_INSTANT.validate_python(written), language, self.pack.zone)
        except ValidationError:
            return written
