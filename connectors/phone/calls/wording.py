"""The line that says what a call was: facts of the call centre for staff, never taken for a customer's words."""

from collections.abc import Mapping

from connectors.phone.calls.events import CallRecord
from connectors.phone.values import CHINA_STANDARD_TIME

_ENDINGS: Mapping[str, str] = {
    "ivrGiveUp": "语音菜单中挂断",
    "AbandonedInIVR": "语音菜单中挂断",
    "AbandonedInVoiceNavigator": "智能导航中挂断",
    "ivrEnd": "语音菜单结束，未转人工",
    "IVRException": "语音菜单异常",
    "waitingGiveUp": "排队时挂断",
    "AbandonedInQueue": "排队时挂断",
    "QueuingTimeout": "排队超时",
    "QueuingOverflow": "排队溢出",
    "QueuingFailed": "转人工失败",
    "ringingGiveUp": "振铃时挂断",
    "AbandonedInRing": "振铃时挂断",
    "seatGiveUp": "坐席未接",
    "noSeatOnline": "无坐席在线",
    "notWorkTime": "非工作时间",
    "blackList": "号码在黑名单中",
    "Voicemail": "转语音信箱",
}
"""The vendors' codes of how a call ended without an agent; a code that is not here is left out."""


def line(call: CallRecord) -> str:
    """One line of Chinese, as `来电 13:02，通话 3 分 12 秒，坐席 1007`; times are China Standard Time."""
    at = f" {call.started_at.astimezone(CHINA_STANDARD_TIME):%H:%M}" if call.started_at else ""
    if not call.answered:
        parts = [f"未接来电{at}", _ENDINGS.get(call.reason, "")]
    else:
        parts = [f"来电{at}", _talked(call.talked_s), f"坐席 {call.agent}" if call.agent else ""]
    return "，".join(filter(None, parts))


def _talked(seconds: int | None) -> str:
    if seconds is None:
        return ""
    minutes, rest = divmod(seconds, 60)
    return f"通话 {minutes} 分 {rest} 秒" if minutes else f"通话 {rest} 秒"
