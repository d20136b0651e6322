"""Reading the lists of all Twilio accounts as one service, on an intake path of its own."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager

import httpx

from connectors.phone.twilio.poll import TwilioPoller
from deploy.polling import PollingService
from deploy.supervisor import Plan
from gateway.intake import IntakePath
from operations.assembly import connector_of
from schemas.complaint import Channel
from schemas.errors import SettingsInvalid
from schemas.settings import Settings, TwilioSettings

TWILIO_LISTS = "twilio-lists"


def working_accounts(settings: Settings) -> Mapping[str, TwilioSettings]:
    """The accounts that are on; the others say why not in `off_because`."""
    return {name: account for name, account in settings.twilio.items() if account.off_because is None}


class TwilioListsService(PollingService):
    """Brings in what Twilio's webhooks did not. Cursors lie in `<home>/twilio`; one process owns them."""

    name = TWILIO_LISTS

    def __init__(
        self,
        settings: Settings,
        accounts: Sequence[str] = (),
        client: Callable[[], httpx.AsyncClient] = httpx.AsyncClient,
    ) -> None:
        """Raise SettingsInvalid when an account is not on, or none is, with the reason of each."""
        super().__init__(settings)
        on = working_accounts(settings)
        if not on or set(accounts) - set(on):
            reasons = [f"INTAKE_TWILIO__{name}: {one.off_because}" for name, one in settings.twilio.items()]
            raise SettingsInvalid("; ".join(reasons) or "no Twilio account: set INTAKE_TWILIO__<account>__ACCOUNT_SID")
        self._accounts = {name: on[name] for name in accounts or on}
        self._make_client = client
        self._client: httpx.AsyncClient | None = None

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[IntakePath]:
        """Open the intake path and the connections to Twilio."""
        async with self._make_client() as client, super().opened() as intake:
            self._client = client
            yield intake

    def plans(self, intake: IntakePath) -> Sequence[Plan]:
        """One reader an account."""
        return [self._plan(name, intake) for name in self._accounts]

    def _plan(self, account: str, intake: IntakePath) -> Plan:
        connector, client = connector_of(self.settings, Channel.PHONE.value), self._client
        assert client is not None  # noqa: S101 - tells mypy what opened() has done

        def build() -> TwilioPoller:
            return TwilioPoller(
                account,
                self._accounts[account],
                connector=connector,
                receive=intake.receive,
                client=client,
                folder=self.settings.home / "twilio",
            )

        return Plan(f"twilio {account}", build)
