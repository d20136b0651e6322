"""The mailboxes as a service: each is polled by itself, mails of authorities go to their own channel."""

from collections.abc import Sequence

from connectors.imap.poll import MailboxPoller
from deploy.authorities import sorting
from deploy.polling import PollingService
from deploy.supervisor import Plan
from gateway.intake import IntakePath
from operations.assembly import connector_of
from schemas.complaint import Channel
from schemas.errors import SettingsInvalid
from schemas.settings import Settings

IMAP = "imap"


class MailboxesService(PollingService):
    """All mailboxes of one process. Raises SettingsInvalid for an account there is not, or without any."""

    name = IMAP

    def __init__(self, settings: Settings, accounts: Sequence[str] = ()) -> None:
        super().__init__(settings)
        unknown = set(accounts) - set(settings.mailboxes)
        if unknown or not settings.mailboxes:
            known = ", ".join(settings.mailboxes) or "none, set INTAKE_MAILBOXES__<account>__HOST, __USER, __PASSWORD"
            raise SettingsInvalid(f"no mailbox {', '.join(sorted(unknown))}; mailboxes: {known}")
        self._accounts = accounts or tuple(settings.mailboxes)

    def plans(self, intake: IntakePath) -> Sequence[Plan]:
        """One poller a mailbox."""
        return [self._plan(account, intake) for account in self._accounts]

    def _plan(self, account: str, intake: IntakePath) -> Plan:
        connector = connector_of(self.settings, Channel.EMAIL.value)
        receive = sorting(self.settings, intake.receive)

        def build() -> MailboxPoller:
            return MailboxPoller(
                account,
                self.settings.mailboxes[account],
                connector=connector,
                receive=receive,
                suspend=intake.suspend,
                folder=self.settings.home / "mailboxes",
            )

        return Plan(f"mailbox {account}", build)
