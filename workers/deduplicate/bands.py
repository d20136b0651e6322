"""Bands of a MinHash signature: texts that have much in common share at least one of them."""

from collections.abc import Iterator

from rensa import RMinHash

from workers.deduplicate.shingles import TextPrint

PERMUTATIONS = 64
ROWS = 4
"""Of a band: two texts with half their shingles in common share one of the 16 bands in two cases of three."""
_SEED = 41
_FEWEST = 6


def bands(text: TextPrint) -> Iterator[str]:
    """The bands of a text; none of a text that is too short to be told from others."""
    if len(text.hashes) < _FEWEST:
        return
    signature = RMinHash(num_perm=PERMUTATIONS, seed=_SEED)
    signature.update([format(one, "x") for one in text.hashes])
    digest = signature.digest()
    for at in range(0, PERMUTATIONS, ROWS):
        yield f"{at}:{','.join(map(str, digest[at : at + ROWS]))}"
