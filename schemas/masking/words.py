"""Finds e-mails, messenger ids, names under a label, and the sender's own values however they are spaced."""

import re
from collections.abc import Iterable, Iterator

from schemas.masking.contact import HIDDEN, mask_address, mask_email, mask_name, mask_phone
from schemas.masking.finding import Finding, Reading
from schemas.normalise import fold

_LOCAL = r"a-z0-9\u00e0-\u024f._%+'-"
_PROVIDERS = "qq|163|126|139|189|sina|foxmail|gmail|hotmail|outlook|yeah"
_DOT = r" ?(?:\.|点|\(dot\)|\[dot\]) ?"
_EMAIL = re.compile(
    rf"(?<![{_LOCAL}])([{_LOCAL}]++) ?(?:@|\(at\)|\[at\]|艾特) ?((?:[a-z0-9-]++{_DOT})+[a-z0-9-]{{2,}})"
    rf"|(?<![{_LOCAL}])([{_LOCAL}]++) ?# ?((?:{_PROVIDERS}){_DOT}[a-z]{{2,6}})"
    rf"|(?<![{_LOCAL}])([{_LOCAL}]++) at ([a-z0-9-]+ dot [a-z]{{2,}}(?: dot [a-z]{{2,}})?)"
    rf"|(?<![{_LOCAL}])([{_LOCAL}]++) ?@ ?([\u3400-\u9fff]{{1,12}}\.[a-z\u3400-\u9fff]{{2,6}})"
)
_APPS = r"微信号?|薇信|威信|v信|vx|(?<![a-z])wx|企鹅号?|扣扣|qq号?"
_OTHER_APPS = r"weixin|wechat|钉钉号?|微博号?|whatsapp|telegram|skype|line id"
_MESSENGER = re.compile(
    rf"(?:(?:{_APPS}|{_OTHER_APPS})(?: ?(?:[:是为]|id|号码?|加我?|搜) ?){{1,3}}|(?:{_APPS}) ?(?=[a-z]*[\d_-]))"
    r"([a-z][a-z0-9_-]{4,19}|\d{5,12})(?![a-z0-9_])"
)
_WECHAT_ID = re.compile(r"(?<![a-z0-9_])wxid_[a-z0-9]{6,}")
_NAME = re.compile(
    r"(?:(?:姓名|联系人|收件人|收货人|投诉人|持卡人|户名|寄件人)[:是为] ?|我(?:的名字)?叫|本人叫)"
    r"([\u3400-\u9fff]{2,4})(?=$|[\s,.;:!?。、(/|])"
)
_EVERYBODY = frozenset(
    ["顾客", "客户", "用户", "匿名", "匿名用户", "微信用户", "消费者", "先生", "女士", "客服", "customer", "anonymous"]
)
_BETWEEN = r"[ \-_.·,、\n]{0,3}"
_SHORTEST_NUMBER, _SHORTEST_WORD = 5, 2


def find(reading: Reading, known: Iterable[str]) -> Iterator[Finding]:
    """Yield the sender's own values first, then what can be told by its shape."""
    yield from _known(reading, known)
    text = reading.plain
    for match in _EMAIL.finditer(text):
        local, domain = [group for group in match.groups() if group is not None]
        shown = mask_email(f"{local}@{re.sub(r'点|.dot.', '.', domain).replace(' ', '')}")
        yield Finding(*match.span(), "email", shown)
    for match in _WECHAT_ID.finditer(text):
        yield Finding(*match.span(), "messenger", HIDDEN)
    for match in _MESSENGER.finditer(text):
        yield Finding(*match.span(1), "messenger", HIDDEN)
    for match in _NAME.finditer(text):
        start, end = reading.folded.span(*match.span(1))
        yield Finding(*match.span(1), "name", mask_name(reading.folded.original[start:end]))


def _known(reading: Reading, known: Iterable[str]) -> Iterator[Finding]:
    """Values the sender gave: longest first, so that an e-mail counts before the name inside it."""
    for value in sorted({value for value in known if value and value.strip()}, key=lambda value: (-len(value), value)):
        for needle, text, shown in _forms(value, reading):
            for match in needle.finditer(text):
                yield Finding(*match.span(), "known", shown)


def _forms(value: str, reading: Reading) -> Iterator[tuple[re.Pattern[str], str, str]]:
    """Each way the value may be written, with the reading to search it in and what is shown for it."""
    plain = fold(value).text.strip()
    digits = re.sub(r"[^\d]", "", plain)
    letters = re.sub(r"[\W_]", "", plain)
    local, at, _ = plain.partition("@")
    if at and re.search(r"[^\W_]", local):
        yield _spaced(plain.replace(" ", ""), ""), reading.plain, mask_email(plain)
        if len(local) >= _SHORTEST_NUMBER:
            yield _spaced(local, ""), reading.plain, f"{local[:1]}{HIDDEN}"
    elif len(digits) >= _SHORTEST_NUMBER and len(digits) == len(letters):
        national = re.sub(r"^0*86(?=1\d{10}$)", "", digits)
        yield _spaced(national, _BETWEEN), reading.figures, mask_phone(national)
    elif len(letters) >= _SHORTEST_WORD and plain not in _EVERYBODY:
        shown = mask_address(value) if digits else mask_name(value)
        yield _spaced(letters, r"[\W_]{0,3}"), reading.plain, shown
        tail = re.sub(r"[\W_]", "", _below_district(plain))
        if digits and len(tail) >= 4 and tail != letters:
            yield _spaced(tail, r"[\W_]{0,3}"), reading.plain, HIDDEN


def _below_district(address: str) -> str:
    return address[len(mask_address(address)) - len(HIDDEN) :]


def _spaced(value: str, between: str) -> re.Pattern[str]:
    """A pattern for the value with a little between its characters; whole words only where it is Latin."""
    body = between.join(map(re.escape, value))
    before = r"(?<![a-z0-9])" if value[0].isascii() else ""
    after = r"(?![a-z0-9])" if value[-1].isascii() else ""
    return re.compile(before + body + after)
