"""Which language and script a text is written in, from the characters and the commonest short words alone."""

import re

from schemas.han import simplified_only, traditional_only

_LOOK_AT = 4_000
_NOT_PROSE = re.compile(r"https?://\S+|\S{1,64}@\S+")
_WORD = re.compile(r"[^\W\d_]+")
_HAN = re.compile("[\u3400-\u9fff\uf900-\ufaff]")
_KANA = re.compile("[\u3041-\u309f\u30a1-\u30fa\u30fc]")
_OTHER_SCRIPTS = (
    ("ko", re.compile("[\u1100-\u11ff\uac00-\ud7a3]")),
    ("ru", re.compile("[\u0400-\u04ff]")),
    ("th", re.compile("[\u0e01-\u0e5b]")),
    ("ar", re.compile("[\u0600-\u06ff]")),
    ("vi", re.compile("[\u0103\u0111\u01a1\u01b0\u1ea1-\u1ef9]", re.IGNORECASE)),
)
_SPOKEN_CANTONESE = frozenset("嘅咗喺哋唔啲咁嚟冇佢嗰攞")
_COMMON_WORDS = {
    tag: frozenset(words.split())
    for tag, words in (
        (
            "en",
            "the a an is was are were i my we you your it this that to of in for on and not no have has had with but "
            "be do did please refund order when from very bad never still only can",
        ),
        ("fr", "le la les des est une un je mon ma vous pas ne pour dans et avec que sur du au ce cette"),
        ("de", "der die das ist ein eine ich mein meine nicht und mit für auf zu von den dem wir sie war"),
        ("es", "el la los las es una un mi no y con para por que en del al está muy yo pero"),
    )
}


def detect(text: str) -> str | None:
    """Return the BCP 47 tag of the language (`zh-Hans`, `zh-Hant`, `en`, now and then another), None if none shows.

    Chinese without a character of one script only is `zh-Hans`. Mixed text is what most of it is: a Chinese
    character weighs as much as a word of letters.
    """
    prose = text[:_LOOK_AT]
    if "@" in prose or "://" in prose:
        prose = _NOT_PROSE.sub(" ", prose)
    rest, han = _HAN.subn(" ", prose)
    kana = len(_KANA.findall(rest)) if _KANA.search(rest) else 0
    if kana >= 3 and kana * 5 >= han:
        return "ja"
    words = _WORD.findall(rest)
    if han and han >= len(words):
        return _chinese_script(prose)
    words = [word.lower() for word in words]
    return _by_script(prose, words) or _by_common_words(words) or (_chinese_script(prose) if han else None)


def _chinese_script(text: str) -> str:
    used = set(text)
    simplified = sum(map(text.count, used & simplified_only()))
    traditional = sum(map(text.count, used & traditional_only()))
    if simplified == traditional == 0:
        return "zh-Hant" if not _SPOKEN_CANTONESE.isdisjoint(used) else "zh-Hans"
    return "zh-Hant" if traditional > simplified else "zh-Hans"


def _by_script(text: str, words: list[str]) -> str | None:
    for tag, pattern in _OTHER_SCRIPTS:
        if len(pattern.findall(text)) * 2 > len(words):
            return tag
    return None


def _by_common_words(words: list[str]) -> str | None:
    latin = [word for word in words if word.isascii() or word[:1] < "\u0250"]
    if not latin:
        return None
    hits = {tag: sum(word in common for word in latin) for tag, common in _COMMON_WORDS.items()}
    best = max(hits, key=lambda tag: hits[tag])
    if hits[best] == 0 or hits[best] == hits["en"]:
        return "en" if all(word.isascii() for word in latin) else None
    return best
