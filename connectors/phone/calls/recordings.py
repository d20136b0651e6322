"""What a recording becomes: an addition to its call's complaint, with a file that is still to be fetched."""

from uuid import UUID

from connectors.phone.calls.events import Recording
from connectors.phone.values import believed_time
from schemas.additions import Addition
from schemas.complaint import Attachment
from schemas.identity import content_hash, named_uuid
from schemas.inbound import Inbound

LISTEN, CALL_BACK = "listen-and-type", "call-back"
WITHOUT_ADDRESS = "recording_without_address"
MEDIA_TYPES = {".mp3": "audio/mpeg", ".wav": "audio/wav"}


def addition(inbound: Inbound, complaint: UUID, recording: Recording) -> Addition:
    """The same recording again is the same addition, also under an address that is signed anew.

    Who listens to what was said need not call back for it, unless it was left in a voicemail box.
    """
    at = believed_time(inbound, recording.at) or inbound.received_at
    digest = content_hash(recording.recording_id)
    named = (str(complaint), recording.side, digest)
    if recording.url is None:
        number = named_uuid("call-recording", *named, WITHOUT_ADDRESS)
        return Addition(addition_id=number, complaint_id=complaint, warnings=(WITHOUT_ADDRESS,), at=at)
    return Addition(
        addition_id=named_uuid("call-recording", *named),
        complaint_id=complaint,
        attachments=(_attachment(named_uuid("attachment", *named), digest, recording, recording.url),),
        tasks=(LISTEN,),
        tasks_done=() if recording.is_voicemail else (CALL_BACK,),
        at=at,
    )


def _attachment(attachment_id: UUID, digest: str, recording: Recording, url: str) -> Attachment:
    """Until the bytes are here, the recording's own id stands for them."""
    path = url.partition("?")[0].lower()
    suffix = next((one for one in MEDIA_TYPES if path.endswith(one)), "")
    kind = "voicemail" if recording.is_voicemail else "recording"
    return Attachment(
        attachment_id=attachment_id,
        name=f"{kind}-{recording.side}{suffix}",
        media_type=MEDIA_TYPES.get(suffix, "application/octet-stream"),
        size_bytes=0,
        sha256=digest,
        state="pending",
        reference=url,
    )
