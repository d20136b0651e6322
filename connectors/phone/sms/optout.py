"""Words by which people stop messages, and nothing else: not complaints.

Sources: T, TD, N and 退订 are what Tencent's platform acts on (answer of their staff,
cloud.tencent.com/developer/user/1132604); R is what texts sent through Aliyun offer, 拒收请回复R
(help.aliyun.com/document_detail/463270.htm). Read 2026-11-22. Words to come back: unsure, none recognised.
"""

from schemas.normalise import fold

WORDS = frozenset({"t", "td", "n", "r", "退订"})
"""Folded: small letters, simplified characters."""
_AROUND = " \n\t.,!?;:'\"。，！？；：、～~…“”‘’()（）【】[]"


def is_opt_out(text: str) -> bool:
    """Whether the whole text is such a word, however written; a word within a sentence is a complaint."""
    return fold(text).text.strip(_AROUND) in WORDS
