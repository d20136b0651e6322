"""Why a stage stopped for a person, in the languages operators read."""

from collections.abc import Mapping

from operations.saying import Said

FLOOD = "flood"
POSTING = frozenset({"gone", "refused"})
"""Reasons that lie with the system of a department."""
_REASONS: Mapping[str, Said] = {
    "offsets-lost": Said("它的读取位置丢失", "the group has lost its committed offsets"),
    "offsets-ahead": Said("它的读取位置超过了主题末尾", "its offsets lie behind the end of the topic"),
    "gone": Said(
        "对方系统答复不再接收推送（HTTP 410）", "the receiver answered that it wants no more posts (HTTP 410)"
    ),
    "refused": Said("有一条几天前的记录仍被对方系统拒收", "a record that is days old is still refused by the receiver"),
}


def why_stopped(reason: str, failed: int, seen: int) -> Said:
    """The words for a stored reason, `failed` of the last `seen` records; an unknown reason stands as it is."""
    if reason == FLOOD:
        return Said(f"最近 {seen} 件中有 {failed} 件失败", f"{failed} of the last {seen} records failed")
    return _REASONS.get(reason, Said(reason, reason))
