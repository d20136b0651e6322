"""Keeps a complaint's record within its size: what is left out is said, the raw bytes are kept anyway."""

from schemas.complaint import Complaint, Thread

MAX_VALUE_BYTES = 256 * 1024
_SMALL_TEXT_CHARS = 1_000
_SURELY_FITS_BYTES = 32 * 1024
"""Of raw bytes: JSON escapes make a byte six at most, and nothing but the content grows with it."""


def fitted(complaint: Complaint) -> Complaint | None:
    """Return the complaint with a value of at most 256 KiB, or None when even a short text does not help.

    Left out in this order: quoted text, the list of references and recipients, the end of the text.
    """
    return complaint if complaint.raw.size_bytes <= _SURELY_FITS_BYTES else trimmed(complaint)


def trimmed(complaint: Complaint) -> Complaint | None:
    """As `fitted`, for a complaint that holds more than its raw bytes: what was added to it later."""
    if _fits(complaint):
        return complaint
    cut = complaint.model_copy(update={"quoted_text": None, "truncated": True})
    if not _fits(cut):
        thread = Thread(in_reply_to=cut.thread.in_reply_to, token=cut.thread.token, message_id=cut.thread.message_id)
        cut = cut.model_copy(update={"thread": thread})
    while not _fits(cut) and len(cut.text) > _SMALL_TEXT_CHARS:
        cut = cut.model_copy(update={"text": cut.text[: len(cut.text) // 2]})
    return cut if _fits(cut) else None


def _fits(complaint: Complaint) -> bool:
    return len(complaint.to_json()) <= MAX_VALUE_BYTES
