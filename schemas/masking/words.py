"""Finds e-mails, messenger ids and names under a label."""

import re
from collections.abc import Iterator

from schemas.masking.contact import HIDDEN, mask_email, mask_name
from schemas.masking.finding import Finding, Reading
from schemas.matching import matches

_LOCAL = r"a-z0-9\u00e0-\u024f._%+'-"
_PROVIDERS = "qq|163|126|139|189|sina|foxmail|gmail|hotmail|outlook|yeah"
_DOT = r" ?(?:\.|点|\(dot\)|\[dot\]) ?"
_EMAIL = re.compile(
    rf"(?<![{_LOCAL}])([{_LOCAL}]++) ?(?:@|\(at\)|\[at\]|艾特) ?((?:[a-z0-9-]++{_DOT})+[a-z0-9-]{{2,}})"
    rf"|(?<![{_LOCAL}])([{_LOCAL}]++) ?# ?((?:{_PROVIDERS}){_DOT}[a-z]{{2,6}})"
    rf"|(?<![{_LOCAL}])([{_LOCAL}]++) at ([a-z0-9-]+ dot [a-z]{{2,}}(?: dot [a-z]{{2,}})?)"
    rf"|(?<![{_LOCAL}])([{_LOCAL}]++) ?@ ?([\u3400-\u9fff]{{1,12}}\.[a-z\u3400-\u9fff]{{2,6}})"
)
_EMAIL_SIGNS = ("@", "(at)", "[at]", "艾特", "#", " at ")
_APPS = r"微信号?|薇信|威信|v信|vx|(?<![a-z])wx|企鹅号?|扣扣|qq号?"
_OTHER_APPS = r"weixin|wechat|钉钉号?|微博号?|whatsapp|telegram|skype|line id"
_APP_SIGNS = (
    *("微信", "薇信", "威信", "v信", "vx", "wx", "企鹅", "扣扣", "qq", "weixin", "wechat", "钉钉", "微博"),
    *("whatsapp", "telegram", "skype", "line id"),
)
_MESSENGER = re.compile(
    rf"(?:(?:{_APPS}|{_OTHER_APPS})(?: ?(?:[:是为]|id|号码?|加我?|搜) ?){{1,3}}|(?:{_APPS}) ?(?=[a-z]*[\d_-]))"
    r"([a-z][a-z0-9_-]{4,19}|\d{5,12})(?![a-z0-9_])"
)
_WECHAT_ID = re.compile(r"(?<![a-z0-9_])wxid_[a-z0-9]{6,}")
_NAME_SIGNS = ("名", "人", "叫")
_NAME = re.compile(
    r"(?:(?:姓名|联系人|收件人|收货人|投诉人|持卡人|户名|寄件人)[:是为] ?|我(?:的名字)?叫|本人叫)"
    r"([\u3400-\u9fff]{2,4})(?=$|[\s,.;:!?。、(/|])"
)


def find(reading: Reading) -> Iterator[Finding]:
    """Yield what can be told by its shape, or by the label in front of it."""
    text = reading.plain
    for match in matches(_EMAIL, text, _EMAIL_SIGNS):
        local, domain = [group for group in match.groups() if group is not None]
        shown = mask_email(f"{local}@{re.sub(r'点|.dot.', '.', domain).replace(' ', '')}")
        yield Finding(*match.span(), "email", shown)
    for match in matches(_WECHAT_ID, text, ("wxid_",)):
        yield Finding(*match.span(), "messenger", HIDDEN)
    for match in matches(_MESSENGER, text, _APP_SIGNS):
        yield Finding(*match.span(1), "messenger", HIDDEN)
    for match in matches(_NAME, text, _NAME_SIGNS):
        start, end = reading.folded.span(*match.span(1))
        yield Finding(*match.span(1), "name", mask_name(reading.folded.original[start:end]))
