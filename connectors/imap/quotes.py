"""What this message says, apart from what it quotes and from signatures. Line by line, so linear on any input.

mail-parser-reply was tried: it cuts a list of `- …` lines as a signature and takes quadratic time on long lines.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

_SEPARATOR = re.compile(
    r"[-_=—－ ]{2,}\s*(?:(?:原始|原|回复的|回覆的|转发的?|轉寄的?|转发的原)(?:邮件|郵件)|原信"
    r"|Original(?: Message| E-?mail| Appointment)?|Replied Message|Forwarded Message)\s*[-_=—－ ]{2,}",
    re.IGNORECASE,
)
_LONG_RULE = re.compile(r"[-_—─－]{16,}\s*")
_FIELD = re.compile(
    r"[\s*>]{0,8}(?:发件人|寄件者|寄件人|发送时间|傳送時間|寄件日期|发送日期|发信时间|收件人|收件者|抄送|副本|主\s?题|主\s?旨|主旨|日期|时间|附件"
    r"|From|Sent|Date|To|Cc|Subject|Reply-To|Importance)\s*\*{0,2}\s*[:：]",
    re.IGNORECASE,
)
_FIRST_FIELD = re.compile(r"[\s*>]{0,8}(?:发件人|寄件者|寄件人|From)\s*\*{0,2}\s*[:：]", re.IGNORECASE)
_SENT_FIELD = re.compile(
    r"[\s*>]{0,8}(?:发送时间|傳送時間|寄件日期|发送日期|发信时间|日期|时间|Sent|Date)\s*\*{0,2}\s*[:：]", re.IGNORECASE
)
_ATTRIBUTION_END = re.compile(
    r"(?:写道|寫道|写到|寫到|撰写|wrote|writes|a écrit|escribió|schrieb(?: [^:\n]{1,80})?)\s*[:：]\s*$", re.IGNORECASE
)
_ATTRIBUTION_START = re.compile(
    r"\s*(?:(?:On|At|Am|Le|El)\b|在|于|於|\d{4}\s?[-/年.]|\"|'|<|“|「|\S{1,60}\s*[<＜(（])", re.IGNORECASE
)
_MOBILE = re.compile(
    r"\s*(?:(?:发自|來自|来自|从|從|寄自|由)\s?(?:我的|我)?\s?.{0,30}?(?:iPhone|iPad|Android|安卓|手机|手機|邮箱|郵箱|信箱|邮箱大师|Outlook|Mail|客户端|用戶端|HUAWEI|Xiaomi|华为|小米|三星)"
    r".{0,20}|Sent from (?:my |Outlook|Mail|Yahoo|Samsung|Huawei|ProtonMail|the all.new).{0,40}"
    r"|(?:Get|获取|下載|下载)\s?Outlook (?:for|适用于|版).{0,30}|(?:从|從)我的.{1,30}(?:发送|傳送|寄出))\s*",
    re.IGNORECASE,
)
_GAPS = re.compile(r"\n{3,}")
_SIGNATURE_MARK = re.compile(r"--\s?")
_MAX_SIGNATURE_LINES = 15
_MAX_SIGNATURE_CHARS = 1_000
_MAX_LINE = 600


@dataclass(frozen=True, slots=True)
class Split:
    """The sender's own words, and everything else that stood in the text."""

    text: str
    quoted: str | None


def split(text: str) -> Split:
    """Separate own words from quoted ones and signatures; nothing is lost, and a mail of quotes only keeps all.

    Answers written between quoted lines stay with the own words, in their order.
    """
    lines = text.strip("\n").split("\n")
    own, quoted = _without_quotes(lines)
    own, signature = _without_signature(own)
    quoted = [*signature, *([""] if signature and quoted else []), *quoted]
    fresh = _GAPS.sub("\n\n", "\n".join(line.rstrip() for line in own)).strip()
    if not fresh:
        return Split("\n".join(lines).strip(), None)
    rest = "\n".join(quoted).strip("\n")
    return Split(fresh, rest if rest.strip() else None)


def _without_quotes(lines: list[str]) -> tuple[list[str], list[str]]:
    own: list[str] = []
    quoted: list[str] = []
    position = 0
    while position < len(lines):
        line = lines[position]
        if (taken := _starts_rest(lines, position)) is not None:
            kept = len(own)
            while kept and taken(own[kept - 1]):
                kept -= 1
            return own[:kept], [*quoted, *own[kept:], *lines[position:]]
        introduction = _introduces_marked_quote(lines, position)
        if introduction:
            quoted += lines[position : position + introduction]
            position += introduction
        elif line.lstrip().startswith(">"):
            quoted.append(line)
            position += 1
        else:
            own.append(line)
            position += 1
    return own, quoted


def _starts_rest(lines: list[str], position: int) -> Callable[[str], bool] | None:
    """Whether everything from here on is quoted; the answer says which lines just before belong to it too."""
    line = lines[position][:_MAX_LINE]
    if _SEPARATOR.fullmatch(line.strip().lstrip("> ")):
        return _is_empty
    if _FIRST_FIELD.match(line) and _is_header_block(lines, position):
        return lambda before: _is_empty(before) or bool(_LONG_RULE.fullmatch(before.strip()))
    length = _attribution(lines, position)
    if length and not _marked_quote_follows(lines, position + length):
        return _is_empty
    return None


def _is_empty(line: str) -> bool:
    return not line.strip()


def _is_header_block(lines: list[str], position: int) -> bool:
    """Outlook, Foxmail, Alimail: From, Sent, To, Subject under each other, in any of our languages."""
    block = [line[:_MAX_LINE] for line in lines[position : position + 9] if line.strip()][:7]
    return sum(bool(_FIELD.match(line)) for line in block) >= 3 and any(_SENT_FIELD.match(line) for line in block)


def _attribution(lines: list[str], position: int) -> int:
    """How many lines from here are `On … wrote:` or `在 … 写道：`, 0 if none; clients wrap it over up to three."""
    if not _ATTRIBUTION_START.match(lines[position][:_MAX_LINE]):
        return 0
    joined = ""
    for length, line in enumerate(lines[position : position + 3], start=1):
        joined += line[:_MAX_LINE]
        if _is_empty(line) or len(joined) > _MAX_LINE:
            return 0
        if _ATTRIBUTION_END.search(joined):
            return length if re.search(r"\d|@|<", joined) else 0
    return 0


def _marked_quote_follows(lines: list[str], position: int) -> bool:
    following = next((line for line in lines[position : position + 3] if line.strip()), "")
    return following.lstrip().startswith(">")


def _introduces_marked_quote(lines: list[str], position: int) -> int:
    length = _attribution(lines, position)
    return length if length and _marked_quote_follows(lines, position + length) else 0


def _without_signature(lines: list[str]) -> tuple[list[str], list[str]]:
    """Cut a short block behind `-- `, and the line a mobile client adds at the end."""
    end = len(lines)
    while end and _is_empty(lines[end - 1]):
        end -= 1
    start = end
    while start and (_is_empty(lines[start - 1]) or _MOBILE.fullmatch(lines[start - 1][:_MAX_LINE])):
        start -= 1
    for mark in range(max(0, start - _MAX_SIGNATURE_LINES), start):
        size = sum(len(line) for line in lines[mark:start])
        if _SIGNATURE_MARK.fullmatch(lines[mark]) and size <= _MAX_SIGNATURE_CHARS:
            start = mark
            break
    return lines[:start], [line for line in lines[start:end] if not _is_empty(line)]
