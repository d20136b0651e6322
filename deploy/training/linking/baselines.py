"""What simple ways of linking say of the same stream: words alone, and identifiers alone."""

from collections.abc import Sequence
from datetime import timedelta

import numpy as np
from rensa import RMinHash

from deploy.training.linking.judged import Said
from deploy.training.linking.reach import identifiers
from deploy.training.stream import Told
from schemas.normalise import fold
from schemas.records import Verdict

_PERMUTATIONS = 128
_SEED = 7
SIMILAR = 0.15
"""Jaccard estimate from which words alone say duplicate: near the best F1 that was published for such texts."""
TEXT_WITHIN = timedelta(days=30)
SAME_WITHIN = timedelta(days=7)


def text_only(stream: Sequence[Told]) -> list[Said]:
    """MinHash of character 3-grams: the most similar message of the last 30 days, when it is similar enough."""
    signatures = np.array([_signature(told.line.text) for told in stream], dtype=np.uint32)
    times = np.array([told.line.received_at.timestamp() for told in stream])
    starts = np.searchsorted(times, times - TEXT_WITHIN.total_seconds())
    said: list[Said] = []
    for number, told in enumerate(stream):
        earlier = signatures[starts[number] : number]
        best = -1
        if len(earlier):
            alike = (earlier == signatures[number]).mean(axis=1)
            best = int(alike.argmax()) if alike.max() >= SIMILAR else -1
        said.append(_said(stream, said, told, int(starts[number]) + best if best >= 0 else None))
    return said


def identity_only(stream: Sequence[Told]) -> list[Said]:
    """The last message of the last 7 days with an identifier in common."""
    newest: dict[str, int] = {}
    said: list[Said] = []
    for number, told in enumerate(stream):
        own, _ = identifiers(told.line)
        at = told.line.received_at
        before = [newest[key] for key in own if key in newest]
        near = [one for one in before if at - stream[one].line.received_at <= SAME_WITHIN]
        said.append(_said(stream, said, told, max(near, default=None)))
        newest.update(dict.fromkeys(own, number))
    return said


def _said(stream: Sequence[Told], said: Sequence[Said], told: Told, of: int | None) -> Said:
    if of is None:
        return Said(Verdict.NEW, None, told.line.complaint_id)
    return Said(Verdict.DUPLICATE, stream[of].line.complaint_id, said[of].case)


def _signature(text: str) -> list[int]:
    plain = "".join(one for one in fold(text).text if one.isalpha())
    grams = [plain[at : at + 3] for at in range(max(1, len(plain) - 2))]
    made = RMinHash(num_perm=_PERMUTATIONS, seed=_SEED)
    made.update(grams)
    digest: list[int] = made.digest()
    return digest
