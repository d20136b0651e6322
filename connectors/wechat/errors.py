"""Error codes of the official account's API: what each means for a message, with its source.

Sources: (errCode) developers.weixin.qq.com/doc/oplatform/developers/errCode/errCode.html; (quota) the 2023-06-12 notice
on customer-service quotas, second-hand; (WxJava) binarywang/WxJava, `WxMpErrorMsgEnum`, names only. What a code says of
delivery is our reading: an answer with a code other than 0 is taken as "not sent".
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """What to do after an error code. `BLOCKED` closes the way to the person for good."""

    RETRY = "retry"
    REFRESH = "refresh"
    PERMANENT = "permanent"
    WINDOW_CLOSED = "window_closed"
    BLOCKED = "blocked"
    QUOTA = "quota"
    OPERATOR = "operator"


@dataclass(frozen=True, slots=True)
class Code:
    """One error code: what it says, what to do, where that is written."""

    meaning: str
    verdict: Verdict
    source: str


CODES: Mapping[int, Code] = {
    -1: Code("the vendor is busy", Verdict.RETRY, "errCode"),
    45011: Code("too many calls this minute", Verdict.RETRY, "errCode"),
    40001: Code("access token or app secret not valid", Verdict.REFRESH, "errCode"),
    40014: Code("access token not valid", Verdict.REFRESH, "errCode"),
    42001: Code("access token expired", Verdict.REFRESH, "errCode"),
    45009: Code("calls of the day used up", Verdict.QUOTA, "errCode"),
    45015: Code("no message from this person within the window, or no follower", Verdict.WINDOW_CLOSED, "errCode"),
    45047: Code("messages of this window used up", Verdict.WINDOW_CLOSED, "errCode, quota"),
    # Also what a wrong AppID of ours gives for everybody: no reason to close a way for good.
    40003: Code("no such openid for this account", Verdict.PERMANENT, "WxJava"),
    43004: Code("not a follower", Verdict.BLOCKED, "WxJava"),
    43019: Code("on the account's blacklist", Verdict.BLOCKED, "WxJava"),
    43101: Code("the person refuses these messages", Verdict.BLOCKED, "unsure"),
    48002: Code("the person refuses messages", Verdict.BLOCKED, "WxJava"),
    40007: Code("no such media, or no longer", Verdict.PERMANENT, "errCode"),
    40037: Code("template id not valid", Verdict.PERMANENT, "WxJava"),
    45002: Code("content too long", Verdict.PERMANENT, "WxJava"),
    47001: Code("JSON not readable", Verdict.PERMANENT, "WxJava"),
    48001: Code("the account lacks this permission", Verdict.PERMANENT, "WxJava"),
    48004: Code("the interface is banned for this account", Verdict.PERMANENT, "WxJava"),
    50002: Code("limited by the vendor", Verdict.PERMANENT, "WxJava"),
    40013: Code("app id not valid", Verdict.OPERATOR, "errCode"),
    40125: Code("app secret not valid", Verdict.OPERATOR, "errCode"),
    40164: Code("our address is not on the account's allow-list", Verdict.OPERATOR, "errCode"),
    61004: Code("our address is not registered", Verdict.OPERATOR, "errCode"),
}
"""Code → what it means. A code that is not here is `UNKNOWN`."""

UNKNOWN = Code("a code this table lacks", Verdict.PERMANENT, "none: an answer all the same, so nothing was sent")


def code(number: int) -> Code:
    """What an error code means; `UNKNOWN` for one the table lacks."""
    return CODES.get(number, UNKNOWN)
