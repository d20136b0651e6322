"""Events of Tencent's contact centre (TCCC), one JSON object each, POSTed to `…?action=<type>`. All read 2026-11-22.

How they come: tencentcloud.com/document/product/1229/59640 (HTTP basic authentication, `ErrCode` 0 in the answer, three
tries more). The same push carries the same `X-TCCC-PUSH-UUID`, which is not needed: what is in it identifies.

`action=cdr`, a call that is over (tencentcloud.com/document/product/1229/59641):

| field | meaning | source |
|---|---|---|
| SessionId | the call | 59641 |
| Caller, Callee | numbers, as `0086138…` | 59641; the form: DescribeTelCdr |
| Direction | 0 incoming, 1 outgoing | 59641 |
| CallType | 1 outgoing, 2 incoming, 3 incoming audio, 5 predictive, 6 between staff | 59641 |
| StartTimestamp, AcceptTimestamp | Unix time in seconds; accepted by an agent when incoming | 59641 |
| Duration | seconds | 59641 |
| SeatUser | the agent, the last one after a transfer; its Mail, UserId, StaffNumber | 59641; the names: unsure |
| EndStatusString | ok, ivrGiveUp, waitingGiveUp, noSeatOnline … | cloud.tencent.com/document/product/679/123938 |
| RecordId, ServeParticipants[].RecordId | recordings | 59641 |
| Remark | the agent's words | unsure |

`action=record` (1229/59642): SessionId, RecordId, RecordURL, CustomRecordURL, EndpointUser (a number, or the agent's
mail), Timestamp. `action=voicemail` (1229/59643): SessionId, RecordURL, EndpointUser, Timestamp.

Without an action (a saved file) the fields tell. Recordings are kept at the vendor for three months.
"""

import hashlib
from collections.abc import Callable, Mapping
from typing import Any

from connectors.phone.calls.events import CallRecord, Event, Recording, Unknown, Way, agent_name, file_url, seconds
from connectors.phone.values import any_time, code, plain

_BETWEEN_STAFF = "6"
_OUTGOING_TYPES = frozenset({"1", "5"})


def read(fields: Mapping[str, Any], action: str | None = None) -> Event | None:
    """The event in an object; None when it is none."""
    call_id = plain(fields.get("SessionId"))
    kind = _kind(fields) if action is None else action
    reader = _READERS.get(kind)
    if reader is not None and call_id:
        return reader(fields, call_id)
    at = any_time(fields.get("Timestamp"))
    return Unknown(code(kind), call_id, at) if reader is None and (call_id or action) else None


def _kind(fields: Mapping[str, Any]) -> str:
    if "Caller" in fields or "StartTimestamp" in fields:
        return "cdr"
    if "RecordURL" in fields or "CustomRecordURL" in fields:
        return "record" if "RecordId" in fields else "voicemail"
    return ""


def _record(fields: Mapping[str, Any], call_id: str) -> CallRecord:
    reason = plain(fields.get("EndStatusString"))
    accepted = any_time(fields.get("AcceptTimestamp"))
    answered = accepted is not None or (reason == "ok" and "AcceptTimestamp" not in fields)
    return CallRecord(
        call_id=call_id,
        way=_way(plain(fields.get("Direction")), plain(fields.get("CallType"))),
        caller=plain(fields.get("Caller")),
        started_at=any_time(fields.get("StartTimestamp")),
        answered=answered,
        recorded=answered and _is_recorded(fields),
        talked_s=seconds(fields.get("Duration")) if answered else None,
        agent=agent_name(_agent(fields.get("SeatUser"))),
        reason=code(reason),
        notes=plain(fields.get("Remark")),
    )


def _is_recorded(fields: Mapping[str, Any]) -> bool:
    participants = fields.get("ServeParticipants")
    parts = [fields, *(participants if isinstance(participants, list) else ())]
    return any(isinstance(one, dict) and plain(one.get("RecordId")) for one in parts)


def _agent(seat: object) -> str:
    names = [plain(seat.get(name)) for name in ("StaffNumber", "UserId", "Mail")] if isinstance(seat, dict) else []
    return next(filter(None, names), "")


def _way(direction: str, call_type: str) -> Way:
    """A call that says nothing of its direction is taken for one that came in: it may be a customer."""
    if call_type == _BETWEEN_STAFF:
        return Way.INTERNAL
    return Way.OUTGOING if direction == "1" or (not direction and call_type in _OUTGOING_TYPES) else Way.INCOMING


def _recorded(fields: Mapping[str, Any], call_id: str) -> Recording:
    url = file_url(fields.get("RecordURL")) or file_url(fields.get("CustomRecordURL"))
    side = "agent" if "@" in plain(fields.get("EndpointUser")) else "customer"
    recording_id = plain(fields.get("RecordId")) or _digest(url)
    return Recording(call_id, recording_id, url, any_time(fields.get("Timestamp")), side)


def _left(fields: Mapping[str, Any], call_id: str) -> Recording:
    url = file_url(fields.get("RecordURL"))
    at = any_time(fields.get("Timestamp"))
    return Recording(call_id, f"voicemail-{_digest(url)}", url, at, "customer", is_voicemail=True)


def _digest(url: str | None) -> str:
    """Without its query: a signature may change from one push to the next."""
    return hashlib.sha256((url or "").partition("?")[0].encode()).hexdigest()[:32]


_READERS: Mapping[str, Callable[[Mapping[str, Any], str], Event]] = {
    "cdr": _record,
    "record": _recorded,
    "voicemail": _left,
}
