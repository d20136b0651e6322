"""Twilio accounts: calls and SMS outside the mainland of China."""

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, StringConstraints

Sid = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}[0-9A-Za-z]{1,64}$")]
Address = Annotated[str, StringConstraints(pattern=r"^https?://[^\s?#]+$")]
Language = Literal["zh", "en"]
Secret = Annotated[SecretStr, Field(min_length=16)]


class TwilioLanguage(BaseModel):
    """How the hotline speaks and listens in one language. The tags are Twilio's, which change with its providers."""

    say: str = Field(description="Language of <Say>")
    speech: str = Field(description="Language of <Gather> for speech; which tag a provider takes must be tried")
    voice: str | None = Field(None, description="Voice of <Say>; unset: Twilio's own choice")
    speech_model: str | None = Field(None, description="speechModel of <Gather>; unset: Twilio's own choice")
    prompts: dict[str, str] = Field(default_factory=dict, description="Prompt → text instead of the shipped one")


def _languages() -> dict[Language, TwilioLanguage]:
    return {
        "zh": TwilioLanguage(say="zh-CN", speech="cmn-Hans-CN"),
        "en": TwilioLanguage(say="en-US", speech="en-US"),
    }


def _menu() -> dict[str, str]:
    return {
        "1": "quality",
        "2": "service",
        "3": "price",
        "4": "payment",
        "5": "logistics",
        "6": "after_sales",
        "7": "hygiene",
        "0": "other",
    }


class TwilioSettings(BaseModel):
    """One Twilio account; its name is part of the URLs and should be hard to guess.

    Twilio works outside the mainland of China, so the account stays off until `export_path` names why personal data
    may go there.
    """

    model_config = ConfigDict(hide_input_in_errors=True)

    account_sid: Sid = Field(description="Account SID (AC…)")
    auth_tokens: tuple[Secret, ...] = Field(
        min_length=1, max_length=2, description="Auth tokens, the one to call with first; two during rotation"
    )
    signing_keys: tuple[Secret, ...] = Field(
        (), max_length=2, description="Secrets of the shared keys that sign webhooks; unset: the auth tokens sign"
    )
    algorithm: Literal["HMAC_SHA1", "HMAC_SHA256"] = Field(
        "HMAC_SHA1", description="The only algorithm webhooks may be signed with; no header changes it"
    )
    public_base_url: Address = Field(description="How Twilio sees the gateway, as registered there, without query")
    numbers: tuple[str, ...] = Field((), description="Our senders: E.164, or channel:number; first of a channel sends")
    messaging_service_sid: Sid | None = Field(None, description="Sends instead of `numbers` where set (MG…)")
    export_path: str | None = Field(
        None, description="Legal basis of sending personal data abroad (PIPL articles 38-39); unset: the account is off"
    )
    location: str = Field("US", description="Where the processor is, for the record of processing")
    delete_after_copy: bool = Field(False, description="Delete recordings and media at Twilio once they are ours")
    recording_format: Literal["mp3", "wav"] = Field("mp3", description="How recordings are fetched")
    recording_at_most: timedelta = Field(timedelta(minutes=5), description="Longest recording of one caller")
    languages: dict[Language, TwilioLanguage] = Field(
        default_factory=_languages, min_length=1, description="Languages of the hotline; the first is the default"
    )
    menu: dict[Annotated[str, StringConstraints(pattern=r"^[0-9]$")], str] = Field(
        default_factory=_menu, description="Key → category code"
    )
    api_url: Address = Field("https://api.twilio.com", description="Base address of the REST API")
    media_hosts: tuple[str, ...] = Field(
        ("*.twiliocdn.com",), description="Hosts beside the API's that files may come from; *. stands for any below"
    )
    timeout: timedelta = Field(
        timedelta(seconds=20), description="Of sending or fetching one item; less than the lease"
    )
    poll_every: timedelta = Field(timedelta(minutes=5), description="How often the lists are read for what was missed")
    poll_overlap: timedelta = Field(timedelta(hours=1), description="How far each reading of the lists goes back again")
    settled_after: timedelta = Field(
        timedelta(minutes=2), description="A message that Twilio does not list so long after the try was never sent"
    )
    enabled: bool = Field(True, description="false: answered like an account there is not")

    @property
    def off_because(self) -> str | None:
        """Why this account does not work, in a sentence for operators; None when it does."""
        if not self.enabled:
            return "switched off: ENABLED is false"
        if not (self.export_path or "").strip():
            return "EXPORT_PATH is not set: name the legal basis for a processor abroad (PIPL articles 38-39)"
        return None

    @property
    def secrets(self) -> tuple[str, ...]:
        """Whatever may have signed a webhook."""
        return tuple(one.get_secret_value() for one in (self.signing_keys or self.auth_tokens))
