"""The board's rows for what no consumer group reads: each source of complaints, what is suspended, dead letters."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from operations.findings.channels import cause_of
from operations.findings.seen import Pile, Seen
from operations.findings.settling import settled, starting
from operations.heartbeats import Beat
from operations.lag.rows import BoardRow, RowKind, RowState
from operations.promises.forecasting import clock_time
from operations.saying import Said
from operations.watching.gathering import Activity, Source

_TITLES = {
    "email": Said("邮件", "e-mail"),
    "wechat": Said("微信", "WeChat"),
    "phone": Said("电话与短信", "telephone and SMS"),
    "web": Said("网页与接口", "web and API"),
    "regulator_12315": Said("12315 与监管", "12315 and authorities"),
    "webhook": Said("网络回调", "webhook"),
}
_SUSPENDED = Said("无法读取的来件", "suspended")
_DEAD = Said("死信", "dead letters")


def rows(seen: Seen, parts: Mapping[Source, str], active: Mapping[Source, Activity]) -> tuple[BoardRow, ...]:
    """`parts`: each source that is set up → its part; a source that only has brought something comes by the gateway."""
    sources = dict.fromkeys([*parts, *active])
    channels = [_channel(seen, source, parts.get(source, "gateway"), active.get(source)) for source in sources]
    return (*channels, *_piles(seen))


def _channel(seen: Seen, source: Source, part: str, active: Activity | None) -> BoardRow:
    channel, account = source
    title = _TITLES.get(channel, Said(channel, channel))
    beat = seen.alive(part)
    state, why, since = _state(seen, source, part, beat, active)
    return BoardRow(
        key=f"channel:{channel}:{account}",
        kind=RowKind.CHANNEL,
        name=f"{channel} {account}".strip(),
        title=Said(f"{title.zh} {account}".strip(), f"{title.en} {account}".strip()),
        state=state,
        why=why,
        since=since,
        waiting=_waiting(beat) if beat is not None else seen.doors.get(account) if channel == "email" else None,
        in_per_s=active.last_minute / 60 if active is not None else 0.0,
    )


def _state(
    seen: Seen, source: Source, part: str, beat: Beat | None, active: Activity | None
) -> tuple[RowState, Said, datetime | None]:
    if beat is None and starting(seen, part):
        return RowState.SLOW, Said("正在启动", "is starting"), None
    if beat is None:
        last = seen.last(part)
        since = (last.ended_at or last.beaten_at) if last is not None else None
        return RowState.STOPPED, Said("没有进程在运行", "no process runs it"), since
    if not beat.ready and (beat.facts.get("cause") or settled(seen, beat)):
        return RowState.STALLED, cause_of(beat), beat.not_ready_since
    if beat.facts.get("durable") == "spool":
        said = Said("Kafka 没有响应，先写入暂存区", "Kafka does not answer: what comes goes to the spool")
        return RowState.SLOW, said, None
    quiet = next((one for one in seen.silences if (one.channel, one.account) == source), None)
    if quiet is not None and quiet.came == 0 and quiet.usual >= seen.watch.silence_from:
        usual = round(quiet.usual)
        said = Said(f"没有来件，平时此时已有 {usual} 件", f"nothing comes; usually there are {usual} by now")
        return RowState.SLOW, said, quiet.last_at
    return RowState.OK, _last(seen, active), None


def _last(seen: Seen, active: Activity | None) -> Said:
    if active is None:
        return Said("正常，两天内没有来件", "works; nothing has come for two days")
    at = clock_time(active.last_at, seen.now)
    return Said(f"正常，最近一件 {at}", f"works; the last came at {at}")


def _waiting(beat: Beat) -> int:
    return sum(int(beat.facts.get(name, 0)) for name in ("waiting", "retrying", "spool_entries"))


def _piles(seen: Seen) -> Iterator[BoardRow]:
    yield _pile(seen, RowKind.SUSPENDED, _SUSPENDED, seen.suspended)
    yield _pile(seen, RowKind.DEAD_LETTERS, _DEAD, _all(list(seen.dead_letters.values())))


def _all(piles: Sequence[Pile]) -> Pile:
    oldest = [one.oldest for one in piles if one.oldest is not None]
    return Pile(sum(one.count for one in piles), min(oldest, default=None))


def _pile(seen: Seen, kind: RowKind, title: Said, pile: Pile) -> BoardRow:
    none = Said("没有", "none")
    some = Said(f"{pile.count} 件等人处理", f"{pile.count} wait for a person")
    return BoardRow(
        key=kind.value,
        kind=kind,
        name=kind.value,
        title=title,
        state=RowState.SLOW if pile.count else RowState.OK,
        why=some if pile.count else none,
        since=pile.oldest,
        waiting=pile.count,
        oldest_s=(seen.now - pile.oldest).total_seconds() if pile.oldest is not None else None,
    )
