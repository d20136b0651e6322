"""Reading the lists of all Twilio accounts as one service, on an intake path of its own."""

import asyncio
from collections.abc import Callable, Mapping

import httpx

from connectors.contract import Connector
from connectors.phone.twilio.poll import TwilioPoller
from deploy.assembly import connector_of
from deploy.receiving import open_own_intake
from deploy.supervisor import Plan, Supervisor
from gateway.intake import IntakePath
from infra.service import Health
from schemas.complaint import Channel
from schemas.errors import SettingsInvalid
from schemas.settings import Settings, TwilioSettings

TWILIO_LISTS = "twilio-lists"


def working_accounts(settings: Settings) -> Mapping[str, TwilioSettings]:
    """The accounts that are on; the others say why not in `off_because`."""
    return {name: account for name, account in settings.twilio.items() if account.off_because is None}


class TwilioListsService:
    """Brings in what Twilio's webhooks did not. Cursors lie in `<home>/twilio`; one process owns them."""

    name = TWILIO_LISTS

    def __init__(self, settings: Settings, client: Callable[[], httpx.AsyncClient] = httpx.AsyncClient) -> None:
        """Raise SettingsInvalid when no account is on, with the reason of each."""
        self._accounts = working_accounts(settings)
        if not self._accounts:
            reasons = [f"INTAKE_TWILIO__{name}: {one.off_because}" for name, one in settings.twilio.items()]
            raise SettingsInvalid("; ".join(reasons) or "no Twilio account: set INTAKE_TWILIO__<account>__ACCOUNT_SID")
        self._settings = settings
        self._client = client
        self._pollers = Supervisor(())
        self._intake: IntakePath | None = None

    async def run(self, stop: asyncio.Event) -> None:
        """Read the lists until `stop`; an item in hand is finished first."""
        connector = connector_of(self._settings, Channel.PHONE.value)
        async with self._client() as client, open_own_intake(self._settings, TWILIO_LISTS) as intake:
            self._intake = intake
            self._pollers = Supervisor([self._plan(name, connector, intake, client) for name in self._accounts])
            await self._pollers.run(stop)

    def health(self) -> Health:
        """Ready while every account's lists can be read and what is found can be made durable."""
        if self._intake is None:
            return Health(self.name, False, "starting")
        parts = [self._intake.health(), *self._pollers.health()]
        detail = "; ".join(f"{one.name}: {one.detail}" for one in parts)
        facts = {f"{one.name} {name}": value for one in parts for name, value in one.facts.items()}
        return Health(self.name, all(one.ready for one in parts), detail, facts)

    def _plan(self, account: str, connector: Connector, intake: IntakePath, client: httpx.AsyncClient) -> Plan:
        def build() -> TwilioPoller:
            return TwilioPoller(
                account,
                self._accounts[account],
                connector=connector,
                receive=intake.receive,
                client=client,
                folder=self._settings.home / "twilio",
            )

        return Plan(f"twilio {account}", build)
