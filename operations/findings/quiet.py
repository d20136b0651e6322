"""What nobody complains about until it is too late: a channel that has gone quiet, a certificate that ends."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from operations.findings.channels import called
from operations.findings.model import Finding, Level
from operations.findings.seen import Ending, Seen, Silence
from operations.saying import Said
from schemas.calendar.working import ZONE

CERTIFICATE, API_TOKEN, CALENDAR = "certificate", "api-token", "calendar"
_WORDS: dict[str, tuple[Callable[[str], Said], Callable[[Ending], Said], str | None]] = {
    CERTIFICATE: (
        lambda name: Said(f"{name} 的证书", f"certificate of {name}"),
        lambda one: Said(f"在 {one.name} 上换新证书", f"renew the certificate at {one.name}"),
        None,
    ),
    API_TOKEN: (
        lambda name: Said(f"令牌 {name}", f"token {name}"),
        lambda one: Said(
            f"签发新令牌（`{one.renew}`），交给对方系统换上，再作废旧的（`{one.revoke}`）",
            f"make a new token (`{one.renew}`), hand it to the system, then revoke the old one (`{one.revoke}`)",
        ),
        None,
    ),
    CALENDAR: (
        lambda name: Said(f"{name} 年工作日历", f"calendar of working days of {name}"),
        lambda one: Said(
            f"国务院公布 {one.name} 年放假安排后更新本软件",
            f"update the product once the calendar of {one.name} is published",
        ),
        None,
    ),
}


def judge(seen: Seen) -> Iterator[Finding]:
    """One finding a channel that is silent, one for each thing that ends soon."""
    yield from (_silent(seen, one) for one in seen.silences if is_silent(seen, one))
    soon = seen.now + seen.watch.expires_within
    yield from (_ends(one, seen.now) for one in seen.endings if one.ends_at < soon)


def is_silent(seen: Seen, silence: Silence) -> bool:
    """Whether nothing came where usually enough does to be sure that it is no chance."""
    return silence.came == 0 and silence.usual >= seen.watch.silence_from


def _silent(seen: Seen, silence: Silence) -> Finding:
    hours = f"{seen.watch.silence_window / timedelta(hours=1):g}"
    what = called(silence.channel, silence.account)
    usual = round(silence.usual)
    return Finding(
        key=f"silence:{silence.channel}:{silence.account}",
        kind="channel-quiet",
        level=Level.AMBER,
        object=what,
        said=Said(
            f"{what.zh}：过去 {hours} 小时没有来件，平时此时已有 {usual} 件",
            f"{what.en}: nothing came in the last {hours} h; usually there are {usual} by now",
        ),
        since=silence.last_at or seen.now - seen.watch.silence_window,
        at_risk=usual,
        next_step=Said(
            "自己发一条测试消息，看是否到达；未到则查供应商后台",
            "send a test message yourself; if it does not arrive, ask the vendor",
        ),
        page="/ops",
    )


def _ends(ending: Ending, now: datetime) -> Finding:
    what, step, command = _WORDS[ending.kind]
    over = ending.ends_at <= now
    local = ending.ends_at.astimezone(ZONE)
    day = f"{local:%Y-%m-%d}"
    name = what(ending.name)
    more = _refused(ending.at_risk) if over and ending.kind == API_TOKEN else Said("", "")
    return Finding(
        key=f"ending:{ending.kind}:{ending.name}",
        kind=f"{ending.kind}-{'ended' if over else 'ends'}",
        level=Level.RED if over and ending.kind != CALENDAR else Level.AMBER,
        object=name,
        said=Said(
            f"{name.zh} {'已于' if over else '将于'} {day} {'到期' if not over else '过期'}{more.zh}",
            f"the {name.en} {'ended' if over else 'ends'} on {day}{more.en}",
        ),
        since=ending.ends_at if over else now,
        at_risk=ending.at_risk,
        next_step=step(ending),
        command=command,
    )


def _refused(cases: int) -> Said:
    return Said(
        f"，对方系统的请求被拒绝（{cases} 个未办结案件）", f": what its system asks is refused ({cases} open cases)"
    )
