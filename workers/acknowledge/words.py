"""The words of an acknowledgement, from the policy pack: which occasion it is, and where it can be looked up."""

from dataclasses import dataclass

from schemas.acknowledgement import About, about, render_acknowledgement
from schemas.policy import PolicyPack, Variant
from schemas.records import Verdict
from schemas.task import UNHEARD
from schemas.tokens import TokenKeys
from schemas.track_page import page_link
from workers.acknowledge.desk import Composed
from workers.acknowledge.owed import Owed


@dataclass(frozen=True, slots=True)
class PackWords:
    """Composes with the texts of one pack. `public_url` is the gateway as customers see it, without a slash.

    With `token_keys` the link opens the complaint's page at once, in the language of the text.
    """

    pack: PolicyPack
    public_url: str
    token_keys: TokenKeys | None = None

    def __call__(self, owed: Owed, channel: str) -> Composed:
        """The text for one complaint on a channel, in its own language; never names another complaint."""
        classified = owed.classified
        subject = (
            about(classified, classified.understanding)
            if classified is not None
            else About(owed.tracking_number, owed.received_at, owed.language)
        )
        language = self.pack.acknowledgement.language_for(subject.language)
        rendered = render_acknowledgement(
            self.pack,
            variant(owed),
            subject,
            channel=channel,
            status_url=page_link(
                self.public_url, owed.tracking_number, language=language, channel=channel, keys=self.token_keys
            ),
        )
        return Composed(rendered.subject, rendered.text, rendered.language)


def variant(owed: Owed) -> Variant:
    """The occasion: unreadable, not understood in time or never heard, promised no answer, more about an earlier
    complaint, the same told again, or a new one.

    Who is not known to be the sender of the earlier complaint is answered as if there were none.
    """
    if owed.suspended:
        return Variant.SUSPENDED
    if owed.classified is None or owed.classified.understanding.primary == UNHEARD:
        return Variant.UNCLASSIFIED
    if owed.classified.understanding.answer_owed is False:
        return Variant.NOTED
    return _JOINED.get(owed.classified.link.verdict, Variant.UNDERSTOOD) if owed.may_know_case else Variant.UNDERSTOOD


_JOINED = {Verdict.DUPLICATE: Variant.ADDED, Verdict.FOLLOW_UP: Variant.FOLLOW_UP}
