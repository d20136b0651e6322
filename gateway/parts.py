"""What a gateway is put together from; every page and endpoint gets it from the application's state."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import cast

import httpx
from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.requests import Request

from connectors.contract import Connector, HookConnector
from connectors.web import Web
from gateway.body import Bodies
from gateway.clients import Clients
from gateway.drafts.store import Drafts
from gateway.intake import IntakePath
from gateway.limits import RateLimit
from gateway.qr.revoked import Revoked
from gateway.replays import Replays
from gateway.reports import Reports
from gateway.staff.oidc import Oidc
from gateway.staff.passwords import Passwords
from infra.clock import present
from infra.service import Health
from schemas.policy import PolicyPack
from schemas.policy.organisation import Resolver
from schemas.settings import DraftSettings, GatewaySettings, QrSettings, StaffSettings, TrackSettings
from schemas.tokens import TokenKeys

_SMALL_BODY_BYTES = 16 * 1024
"""Of a form that holds a key, a code or four digits."""
_REPORT_BYTES = 256 * 1024
"""Of a department's report: its longest texts, each character escaped, are a third of it."""


@dataclass(slots=True)
class GatewayParts:
    """`healths` are the other parts of this process that `/readyz` shows; `public_url` is how callers see us;
    `hooks` are the channels that vendors call. Receiving needs no `engine`: without one the staff pages answer 503.
    `home` keeps the drafts of apps and the list of revoked codes. `regulator` reads the notices of authorities that
    staff type in; None where that channel is not installed. `places` are the stores codes may be made for; None: any.
    `pack` knows the departments' and categories' titles; without one a customer reads neither.
    `reports` takes what departments report; None: they are told to try later.
    """

    intake: IntakePath
    web: Web
    settings: GatewaySettings
    token_keys: TokenKeys
    pseudonym_key: bytes
    public_url: str
    healths: Callable[[], Sequence[Health]] = tuple
    now: Callable[[], datetime] = present
    hooks: Mapping[str, HookConnector] = field(default_factory=dict)
    engine: AsyncEngine | None = None
    home: Path | None = None
    staff: StaffSettings = field(default_factory=StaffSettings)
    qr: QrSettings = field(default_factory=QrSettings)
    draft_settings: DraftSettings = field(default_factory=DraftSettings)
    regulator: Connector | None = None
    places: Resolver | None = None
    reports: Reports | None = None
    passwords: Passwords = field(default_factory=Passwords)
    pack: PolicyPack | None = None
    track: TrackSettings = field(default_factory=TrackSettings)
    provider_transport: httpx.AsyncBaseTransport | None = None
    clients: Clients = field(init=False)
    bodies: Bodies = field(init=False)
    hook_bodies: Bodies = field(init=False)
    rate: RateLimit = field(init=False)
    sign_in_rate: RateLimit = field(init=False)
    wrong_sign_in_rate: RateLimit = field(init=False)
    qr_opened: RateLimit = field(init=False)
    qr_posts: RateLimit = field(init=False)
    revoked: Revoked = field(init=False)
    drafts: Drafts | None = field(init=False)
    draft_bodies: Bodies = field(init=False)
    replays: Replays = field(default_factory=Replays)
    track_rate: RateLimit = field(init=False)
    track_bodies: Bodies = field(init=False)
    report_bodies: Bodies = field(init=False)
    oidc: Oidc | None = field(init=False)

    def __post_init__(self) -> None:
        self.clients = Clients(self.settings, self.pseudonym_key)
        self.bodies = Bodies(self.settings)
        self.hook_bodies = Bodies(self.settings.model_copy(update={"max_body_bytes": self.settings.max_hook_bytes}))
        self.rate = RateLimit(self.settings.requests_per_minute)
        back = f"{self.public_url}/staff/sign-in/provider/back"
        self.oidc = (
            Oidc(self.staff.oidc, back, lambda: self.now(), self.provider_transport) if self.staff.oidc else None
        )
        self.sign_in_rate = RateLimit(self.staff.sign_ins_per_minute)
        self.wrong_sign_in_rate = RateLimit(self.staff.wrong_sign_ins_per_minute)
        self.qr_opened = RateLimit(self.qr.opened_per_minute)
        self.qr_posts = RateLimit(self.qr.posts_per_minute)
        self.revoked = Revoked(self.home, self.engine, self.qr)
        self.drafts = Drafts(self.home, self.draft_settings) if self.home is not None else None
        chunk_bytes = self.draft_settings.max_chunk_bytes
        self.draft_bodies = Bodies(self.settings.model_copy(update={"max_body_bytes": chunk_bytes}))
        self.track_rate = RateLimit(self.track.requests_per_minute)
        self.track_bodies = Bodies(self.settings.model_copy(update={"max_body_bytes": _SMALL_BODY_BYTES}))
        self.report_bodies = Bodies(self.settings.model_copy(update={"max_body_bytes": _REPORT_BYTES}))

    async def aclose(self) -> None:
        """End what goes on beside requests."""
        await self.revoked.aclose()
        if self.reports is not None:
            await self.reports.close()

    def status_url(self, tracking_number: str) -> str:
        """Where a customer looks a complaint up."""
        return f"{self.public_url}/track/{tracking_number}"


def parts_of(request: Request) -> GatewayParts:
    """The parts of the application that serves this request."""
    return cast(GatewayParts, request.app.state.parts)
