"""How a complaint grows: by an addition, or by a newer version of its source. Pure; nothing that was said is lost."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from schemas.additions import Addition
from schemas.complaint import MAX_TEXT_CHARS, Attachment, Complaint, Privacy, Stated
from schemas.correction import Correction

FROM_THE_FILE = frozenset({"fetch", "transcription"})
"""Additions whose words are in a file of the complaint: what it says already is not said again."""

_FIRMNESS = {"pending": 0, "failed": 1}
"""State of an attachment → how firm it is; all others are final."""
_FINAL = 2


@dataclass(frozen=True, slots=True)
class Growing:
    """A complaint that can still grow. `words` are all that additions brought, `tasks_done` the tasks they ended."""

    complaint: Complaint
    words: str | None = None
    tasks_done: tuple[str, ...] = ()


def added(growing: Growing, addition: Addition) -> Growing:
    """The complaint with the addition; equal to the one before when it adds nothing. The revision is the caller's."""
    complaint = growing.complaint
    words = _new_words(complaint, addition)
    done = tuple(one for one in _union(growing.tasks_done, addition.tasks_done) if one not in addition.tasks)
    changed = {
        "language": _language(complaint, addition, words),
        "attachments": _attachments(complaint.attachments, addition.attachments),
        "stated": _filled(complaint.stated, addition.stated),
        "tasks": tuple(one for one in _union(complaint.tasks, addition.tasks) if one not in done),
        "warnings": _union(complaint.warnings, addition.warnings),
        "privacy": _consented(complaint.privacy, addition.consents),
        "corrections": _corrected(complaint, addition),
    }
    grown = _with_words(complaint.model_copy(update=changed), words)
    return Growing(grown, _joined(growing.words, words) if words else growing.words, done)


def updated(growing: Growing, version: Complaint) -> Growing:
    """The newer version of the source with what additions brought to the earlier ones.

    Its fields win. What was fetched or typed stays, a task that was ended is not opened again, sealed stays sealed,
    and every clock counts from the first receipt.
    """
    before = growing.complaint
    first = min(before, version, key=lambda one: one.received_at)
    changed = {
        "revision": before.revision,
        "received_at": first.received_at,
        "received_at_source": first.received_at_source,
        "attachments": _attachments(before.attachments, version.attachments),
        "stated": _filled(version.stated, before.stated),
        "tasks": tuple(one for one in _union(before.tasks, version.tasks) if one not in growing.tasks_done),
        "warnings": _union(version.warnings, before.warnings),
        "sealed": before.sealed or version.sealed,
        "corrections": before.corrections,
    }
    return replace(growing, complaint=_with_words(version.model_copy(update=changed), growing.words))


def _new_words(complaint: Complaint, addition: Addition) -> str | None:
    words = (addition.text or "").strip()
    if not words or (addition.by in FROM_THE_FILE and words in complaint.text):
        return None
    return words


def _with_words(complaint: Complaint, words: str | None) -> Complaint:
    if not words:
        return complaint
    text = _joined(complaint.text, words)
    cut = len(text) > MAX_TEXT_CHARS
    return complaint.model_copy(update={"text": text[:MAX_TEXT_CHARS], "truncated": complaint.truncated or cut})


def _joined(before: str | None, words: str) -> str:
    return f"{before}\n\n{words}" if before and before.strip() else words


def _language(complaint: Complaint, addition: Addition, words: str | None) -> str | None:
    """The first words decide; of later ones only where nobody knew."""
    if words and not complaint.text.strip():
        return addition.language or complaint.language
    return complaint.language or addition.language


def _attachments(before: Iterable[Attachment], after: Iterable[Attachment]) -> tuple[Attachment, ...]:
    merged = {one.attachment_id: one for one in before}
    for one in after:
        known = merged.get(one.attachment_id)
        merged[one.attachment_id] = one if known is None else _of_both(known, one)
    return tuple(merged.values())


def _of_both(known: Attachment, later: Attachment) -> Attachment:
    """The later one, unless what we have is firmer: a stored file never becomes a pending or failed one again."""
    if _firmness(later) < _firmness(known):
        return known
    return later.model_copy(
        update={"name": later.name or known.name, "content_id": later.content_id or known.content_id}
    )


def _firmness(attachment: Attachment) -> int:
    return _FIRMNESS.get(attachment.state, _FINAL)


def _filled(stated: Stated, more: Stated) -> Stated:
    known = {name for name, value in stated if value}
    new = {name: value for name, value in more if value and name not in known}
    return stated.model_copy(update=new) if new else stated


def _consented(privacy: Privacy, consents: tuple[str, ...]) -> Privacy:
    """What the sender agreed to before and now."""
    return privacy.model_copy(update={"consents": _union(privacy.consents, consents)}) if consents else privacy


def _corrected(complaint: Complaint, addition: Addition) -> tuple[Correction, ...]:
    """All that people decided so far; the same decision again is the same."""
    new = addition.correction
    if new is None or any(one.correction_id == new.correction_id for one in complaint.corrections):
        return complaint.corrections
    return (*complaint.corrections, new)


def _union(before: Iterable[str], after: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*before, *after)))
