"""Channels that bring nothing because something is wrong: stopped, silent, not let in, not reached."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from operations.findings.model import Finding, Level
from operations.findings.seen import Expected, Seen
from operations.findings.settling import settled, starting
from operations.heartbeats import Beat
from operations.saying import Said
from schemas.complaint import Channel

_CHANNELS = {
    "email": Said("邮箱", "mailbox"),
    "phone": Said("电话账号", "telephone account"),
    "wechat": Said("微信公众号", "WeChat account"),
    "regulator_12315": Said("监管文件夹", "authority's drop folder"),
    "web": Said("网页表单和接口", "web form and API"),
}


@dataclass(frozen=True, slots=True)
class _Cause:
    """What is wrong with a channel, and the one step that clears it."""

    kind: str
    said: Said
    step: Callable[[Expected, Beat], Said]
    uncounted: bool = False


def _setting(expected: Expected, name: str) -> str:
    groups = {"email": "MAILBOXES", "wechat": "WECHAT", "phone": "TWILIO", "regulator_12315": "REGULATOR__ACCOUNTS"}
    return f"INTAKE_{groups.get(expected.channel, '')}__{expected.account.upper()}__{name}"


def _set_and_restart(expected: Expected, beat: Beat, name: str, zh: str, en: str) -> Said:
    setting = _setting(expected, name)
    return Said(
        f"把 {setting} 改为{zh}，然后重启进程 {beat.process}",
        f"set {setting} to {en} and restart the process {beat.process}",
    )


def _password(expected: Expected, beat: Beat) -> Said:
    return _set_and_restart(
        expected,
        beat,
        "PASSWORD",
        "邮箱现在的密码（QQ、网易邮箱填授权码）",
        "the mailbox's present password (QQ and NetEase: the authorisation code)",
    )


def _folder(expected: Expected, beat: Beat) -> Said:
    return _set_and_restart(expected, beat, "FOLDER", "邮箱里存在的文件夹", "a folder that the mailbox has")


def _token(expected: Expected, beat: Beat) -> Said:
    name = "APP_SECRET" if expected.channel == "wechat" else "AUTH_TOKENS"
    return _set_and_restart(expected, beat, name, "供应商后台现在的密钥", "the secret the vendor's console shows now")


def _reach(expected: Expected, beat: Beat) -> Said:
    return Said(
        f"让机器 {beat.host} 能连上它的服务器（系统会自动重试）",
        f"let the machine {beat.host} reach its server again (it is tried again by itself)",
    )


def _room(expected: Expected, beat: Beat) -> Said:
    return Said(f"在机器 {beat.host} 上腾出磁盘空间", f"make room on the disk of {beat.host}")


def _kept(expected: Expected, beat: Beat) -> Said:
    return Said(f"让机器 {beat.host} 的暂存区能再写入", f"let the spool on {beat.host} be written again")


def _log(expected: Expected, beat: Beat) -> Said:
    return Said(f"查看进程 {beat.process} 的日志", f"read the log of the process {beat.process}")


SPOOL_CAUSES = ("spool-failed", "spool-full")
"""Why a gateway takes nothing while Kafka is away: its disk or its limit."""
_REFUSED = _Cause(
    "channel-not-durable",
    Said(
        "既写不进 Kafka，也写不进暂存区，收到的内容被拒收（503）",
        "neither Kafka nor its spool takes what comes: refused (503)",
    ),
    _kept,
)
_CAUSES = {
    **dict.fromkeys(SPOOL_CAUSES, _REFUSED),
    "wrong-password": _Cause(
        "wrong-password",
        Said("密码被拒绝，收不到新邮件", "its password is refused, no mail is read"),
        _password,
        uncounted=True,
    ),
    "folder-refused": _Cause(
        "folder-refused",
        Said("文件夹打不开，收不到新邮件", "its folder cannot be opened, no mail is read"),
        _folder,
        uncounted=True,
    ),
    "token-refused": _Cause(
        "token-refused",
        Said("密钥或令牌被供应商拒绝或已过期", "its secret or token is refused or expired"),
        _token,
    ),
    "unreachable": _Cause(
        "channel-unreachable", Said("连不上服务器", "its server is not reached"), _reach, uncounted=True
    ),
    "disk-full": _Cause("channel-disk-full", Said("磁盘已满，无法写入", "the disk is full"), _room),
    "not-durable": _Cause(
        "channel-not-durable", Said("收到的内容无法保存，已暂停接收", "what comes cannot be kept, so it waits"), _kept
    ),
}
_OTHER = _Cause("channel-not-ready", Said("没有在工作", "does not work"), _log)


def cause_of(beat: Beat) -> Said:
    """What is wrong with a channel's part that is not ready."""
    return _CAUSES.get(str(beat.facts.get("cause", "")), _OTHER).said


def judge(seen: Seen) -> Iterator[Finding]:
    """One finding for each channel and account that does not bring what it should."""
    for expected in seen.expected:
        if expected.channel:
            yield from _judge(seen, expected)


def _judge(seen: Seen, expected: Expected) -> Iterator[Finding]:
    beat = _worst(seen, expected) if expected.shared else seen.alive(expected.part)
    if beat is None:
        if not expected.shared and not starting(seen, expected.part):
            yield _stopped(seen, expected)
    elif not beat.ready and (beat.facts.get("cause") or settled(seen, beat)):
        cause = _CAUSES.get(str(beat.facts.get("cause", "")), _OTHER)
        since = beat.not_ready_since or beat.beaten_at
        found = _found(seen, expected, cause.kind, cause.said, since, cause.step(expected, beat))
        yield replace(found, uncounted=cause.uncounted)


def _worst(seen: Seen, expected: Expected) -> Beat | None:
    """The process that is not let in, if there is one: another may just not have tried."""
    told = [one for one in seen.living if one.part == expected.part]
    return min(told, key=lambda one: one.ready, default=None)


def _stopped(seen: Seen, expected: Expected) -> Finding:
    last = seen.last(expected.part)
    step = Said(f"启动它：`{expected.start}`", f"start it: `{expected.start}`")
    if last is None:
        said = Said("还没有启动过", "was never started")
        return _found(seen, expected, "channel-stopped", said, seen.now, step, expected.start)
    if last.ended_at is not None:
        said = Said(f"已停止（进程 {last.process} 正常结束）", f"is stopped (the process {last.process} was ended)")
        return _found(seen, expected, "channel-stopped", said, last.ended_at, step, expected.start)
    said = Said(f"进程 {last.process} 没有响应", f"the process {last.process} has fallen silent")
    return _found(seen, expected, "channel-silent", said, last.beaten_at, step, expected.start)


def _found(
    seen: Seen, expected: Expected, kind: str, said: Said, since: datetime, step: Said, command: str | None = None
) -> Finding:
    what = called(expected.channel, expected.account)
    return Finding(
        key=f"channel:{expected.channel}:{expected.account}:{expected.part}",
        kind=kind,
        level=Level.RED,
        object=what,
        said=Said(f"{what.zh}：{said.zh}", f"{what.en}: {said.en}"),
        since=since,
        at_risk=_answers_by(seen, expected) if expected.shared else waiting_before(seen, expected),
        next_step=step,
        command=command,
    )


def called(channel: str, account: str) -> Said:
    """What people call the account of a channel."""
    what = _CHANNELS.get(channel, Said(channel, channel))
    return Said(f"{what.zh} {account}".strip(), f"{what.en} {account}".strip())


def waiting_before(seen: Seen, expected: Expected) -> int:
    """What lies at the channel's door as far as it is known: unread mails, files, what its spool holds."""
    if expected.channel == Channel.EMAIL.value and expected.account in seen.doors:
        return seen.doors[expected.account]
    beat = seen.last(expected.part)
    if beat is None:
        return 0
    return sum(int(beat.facts.get(name, 0)) for name in ("waiting", "retrying", "spool_entries"))


def _answers_by(seen: Seen, expected: Expected) -> int:
    """Acknowledgements that are owed to people who wrote to this account and are answered through it."""
    return sum((one.channel, one.account) == (expected.channel, expected.account) for one in seen.owed)
