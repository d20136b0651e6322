"""Figures as people read them: ages, rates and counts in Chinese and English; unknown is a dash, never 0."""

from datetime import datetime

from operations.lag.rows import Trend

UNKNOWN = "–"
_UNITS = ((86_400, "天", "d"), (3_600, "小时", "h"), (60, "分", "min"), (1, "秒", "s"))
_TRENDS = {
    Trend.RISING: ("↗", "上升", "rising"),
    Trend.STEADY: ("→", "平稳", "steady"),
    Trend.FALLING: ("↘", "下降", "falling"),
}


def age(seconds: float | None, lang: str) -> str:
    """A length of time in its two largest units: 3 小时 20 分, 3 h 20 min."""
    if seconds is None:
        return UNKNOWN
    whole = max(0, int(seconds))
    parts = []
    for size, chinese, english in _UNITS:
        if whole >= size:
            parts.append(f"{whole // size} {english if lang == 'en' else chinese}")
            whole %= size
        elif parts:
            break
        if len(parts) == 2:
            break
    return " ".join(parts) or ("0 s" if lang == "en" else "0 秒")


def count(number: int | None, *, exact: bool = True) -> str:
    """A count with thousands set apart; an upper bound says so."""
    if number is None:
        return UNKNOWN
    return f"{number:,}" if exact else f"≤ {number:,}"


def rate(per_s: float | None, lang: str) -> str:
    """Records a second, or a minute or an hour where a second sees less than one."""
    if per_s is None:
        return UNKNOWN
    if per_s == 0:
        return "0"
    for size, chinese, english in ((1, "秒", "s"), (60, "分", "min"), (3_600, "小时", "h")):
        if per_s * size >= 1:
            return f"{per_s * size:,.3g}/{english if lang == 'en' else chinese}"
    return "< 1/h" if lang == "en" else "< 1/小时"


def trend(found: Trend | None, lang: str) -> tuple[str, str]:
    """An arrow and the word for it."""
    if found is None:
        return "", UNKNOWN
    arrow, chinese, english = _TRENDS[found]
    return arrow, english if lang == "en" else chinese


def since(then: datetime | None, now: datetime, lang: str) -> str:
    """How long something has been so."""
    return UNKNOWN if then is None else age((now - then).total_seconds(), lang)
