"""Events of Aliyun 云联络中心 (CCC), one JSON object each, POSTed to the webhook of an instance's subscription.

Names of the types: help.aliyun.com/zh/ccs, UpdateSubscription; their fields: help.aliyun.com/zh/ccs/use-cases/
event-notification-formats, read through public code that cites it. That a subscription may be a webhook says
UpdateSubscription (`Topic_Webhook`); what the webhook wants to hear is undocumented: unsure. All read 2026-11-22.

| field | meaning | source |
|---|---|---|
| eventType | RecordingReady, CDRReady, … | event-notification-formats |
| eventTime | ISO 8601, UTC | event-notification-formats |
| contactId | the call, `job-…` | event-notification-formats |
| RecordingReady: downloadURL | signed address of a WAV; a day: GetMonoRecording | event-notification-formats |
| RecordingReady: fileName, endTime | | event-notification-formats |
| VoicemailReady: the same | | its name in UpdateSubscription; its fields: unsure |

CDRReady: what is in it besides the fields of every event is not in any page we found. Read are the fields of
GetCallDetailRecord (help.aliyun.com/zh/ccs/developer-reference/api-ccc-2020-07-01-getcalldetailrecord) and those of the
other events of a call, small or capital first letter: unsure.

| field | meaning | source |
|---|---|---|
| contactType / callType | INBOUND, OUTBOUND, INTERNAL, PREDICTIVE, CONFERENCE … | GetCallDetailRecord |
| callingNumber / caller | who called | GetCallDetailRecord / event-notification-formats |
| startTime, establishedTime | Unix time in ms | GetCallDetailRecord |
| contactDisposition | Success, AbandonedInIVR, AbandonedInQueue, AbandonedInRing, Voicemail … | GetCallDetailRecord |
| callDuration | seconds | GetCallDetailRecord |
| recordingReady | true or false | GetCallDetailRecord |
| agentIds | separated by commas | GetCallDetailRecord |
| remark, summary | the agent's words | unsure |
"""

from collections.abc import Mapping
from typing import Any

from connectors.phone.calls.events import (
    CallRecord,
    Event,
    Progress,
    Recording,
    Unknown,
    Way,
    agent_name,
    file_url,
    seconds,
)
from connectors.phone.values import any_time, code, plain

CALL_OVER = "CDRReady"
RECORDINGS = {"RecordingReady": False, "VoicemailReady": True}
"""Type → whether it is what a caller left in the voicemail box."""
PROGRESS = frozenset(
    {
        "AgentCheckIn", "AgentReady", "AgentDialing", "AgentRinging", "AgentTalk", "AgentRelease", "AgentBreak",
        "AgentCheckOut", "AgentRingingTimeout", "Dialing", "Ringing", "Established", "Released", "Held", "Retrieved",
        "Muted", "Unmuted", "BlindTransfer", "AttendedTransfer", "StartConference", "StopConference", "Route2IVR",
        "Abandoned", "Enqueue", "QueueingTimeout", "QueueingOverflow", "QueueingCancelled", "QueueingRerouted",
        "QueueingFailure", "DispatchingFailure", "AssignAgentFailure", "AssignAgent", "InitiateConsultant",
        "StartConsultant", "StopConsultant", "StartMonitor", "StopMonitor", "StartCoach", "StopCoach", "BargeIn",
        "Intercept", "IvrTracking", "TextStream", "MediaStream", "CampaignSubmitted", "CampaignPaused",
        "CampaignResumed", "CampaignAborted", "CampaignCompleted", "CaseAttempted", "SatisfactionSurveyOffer",
        "SatisfactionSurveyResponse", "DualTrackRecordingReady",
    }
)  # fmt: skip
"""DualTrackRecordingReady is the same talk again, in two tracks of one file."""
_ANSWERED = frozenset({"success", "forwardtooutsidenumber"})
_INCOMING, _INTERNAL = "inbound", frozenset({"internal", "conference", "consultant", "monitor", "coach", "barge"})


def read(fields: Mapping[str, Any], action: str | None = None) -> Event | None:
    """The event in an object; None when it is none. `action` is of no meaning here."""
    kind, call_id = plain(fields.get("eventType")), plain(fields.get("contactId"))
    at = any_time(fields.get("eventTime"))
    if kind in PROGRESS:
        return Progress()
    if kind == CALL_OVER and call_id:
        return _record({name.lower(): value for name, value in fields.items()}, call_id)
    if kind in RECORDINGS and call_id:
        file_name = plain(fields.get("fileName")) or call_id
        ended_at = any_time(fields.get("endTime")) or at
        is_voicemail = RECORDINGS[kind]
        return Recording(call_id, file_name, file_url(fields.get("downloadURL")), ended_at, is_voicemail=is_voicemail)
    return Unknown(code(kind), call_id, at) if kind and kind != CALL_OVER and kind not in RECORDINGS else None


def _record(fields: Mapping[str, Any], call_id: str) -> CallRecord:
    disposition = plain(fields.get("contactdisposition"))
    established = any_time(fields.get("establishedtime"))
    agent = plain(fields.get("agentids"))
    answered = disposition.lower() in _ANSWERED if disposition else bool(established and agent)
    return CallRecord(
        call_id=call_id,
        way=_way(plain(fields.get("contacttype")) or plain(fields.get("calltype"))),
        caller=plain(fields.get("callingnumber")) or plain(fields.get("caller")),
        started_at=any_time(fields.get("starttime")),
        answered=answered,
        recorded=answered and fields.get("recordingready") is True,
        talked_s=seconds(fields.get("callduration")) if answered else None,
        agent=agent_name(agent),
        reason=code(disposition),
        notes=plain(fields.get("remark")) or plain(fields.get("summary")),
    )


def _way(written: str) -> Way:
    """A call without a type is taken for one that came in: what is not known may be a customer."""
    kind = written.lower()
    if kind in {"", _INCOMING}:
        return Way.INCOMING
    return Way.INTERNAL if kind in _INTERNAL else Way.OUTGOING
