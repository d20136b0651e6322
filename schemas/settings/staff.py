"""Staff at the pages, QR codes in the stores, drafts of the app."""

from datetime import timedelta

from pydantic import BaseModel, ConfigDict, Field, SecretStr


class OidcSettings(BaseModel):
    """Signing in at the company's identity provider (OpenID Connect), beside names and passwords."""

    model_config = ConfigDict(hide_input_in_errors=True)

    issuer: str = Field(
        pattern=r"^(https://|http://(127\.0\.0\.1|localhost)[:/]?)[^\s?#]*$",
        description="As the provider writes it in its discovery document, to the letter",
    )
    client_id: str = Field(min_length=1, description="Given by the provider")
    client_secret: SecretStr = Field(min_length=1, description="Given by the provider")
    scope: str = Field("openid profile email", pattern=r"\bopenid\b", description="What is asked for")
    role_claim: str = Field("groups", description="The claim of the id token that says what somebody is")
    roles: dict[str, str] = Field(
        default_factory=dict, description="Value of that claim → role of ours; who has none of them does not come in"
    )
    label: str = Field("OIDC", max_length=40, description="What the provider is called on the sign-in page")
    leeway: timedelta = Field(
        timedelta(seconds=60), le=timedelta(minutes=5), description="By how much the provider's clock may differ"
    )
    timeout: timedelta = Field(timedelta(seconds=10), description="Of one call to the provider")


class StaffSettings(BaseModel):
    """Signing in, and the clocks of the adverse-event report (P0)."""

    session_lifetime: timedelta = Field(timedelta(hours=12), description="A sign-in ends after so long in any case")
    session_idle: timedelta = Field(timedelta(hours=2), description="… or after so long without a page")
    free_tries: int = Field(5, ge=1, description="Wrong passwords in a row before an account is locked for a while")
    first_pause: timedelta = Field(timedelta(seconds=30), description="The first lock; doubled by each further one")
    longest_pause: timedelta = Field(timedelta(minutes=30), description="No lock is longer")
    sign_ins_per_minute: int = Field(60, ge=1, description="Tries per network address")
    min_password_chars: int = Field(10, ge=8, description="Of a new password")
    review_within: timedelta = Field(
        timedelta(hours=24), description="Adverse-event report: the store manager passes it on or sends it back"
    )
    handle_within: timedelta = Field(
        timedelta(hours=48), description="Adverse-event report: the regional manager handles it, from receipt"
    )
    oidc: OidcSettings | None = Field(None, description="Off when unset")
    authority_account: str = Field("manual", description="Account of the 12315 channel for notices taken by phone")


class QrSettings(BaseModel):
    """Codes that open the form with the place filled in."""

    posts_per_minute: int = Field(
        30, ge=0, description="Forms a code may place in a minute; more are taken without the place; 0: no limit"
    )
    opened_per_minute: int = Field(
        600, ge=0, description="Times a code opens in a minute; more see the plain form; 0: no limit"
    )
    refresh_every: timedelta = Field(timedelta(minutes=1), description="How often the revoked codes are read again")


class DraftSettings(BaseModel):
    """Complaints that an app hands over in parts."""

    lifetime: timedelta = Field(timedelta(days=3), description="A draft is removed so long after it was begun")
    max_chunk_bytes: int = Field(4 * 1024 * 1024, ge=1024, description="Of one part of a file")
    max_drafts: int = Field(2_000, ge=1, description="Kept at once; more are answered 503")
    per_client: int = Field(200, ge=1, description="Kept at once of one client; more are answered 429")
