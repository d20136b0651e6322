"""What authorities send besides pushes: files in drop folders, and mails that arrive among those of customers."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace

from connectors.contract import Connector
from connectors.regulator_12315 import Regulator
from connectors.regulator_12315.authority import is_from_authority
from connectors.regulator_12315.connector import MAIL
from connectors.regulator_12315.folder import DropFolder
from deploy.polling import PollingService
from deploy.supervisor import Plan
from gateway.intake import IntakePath
from operations.assembly import connector_of
from schemas.complaint import Channel
from schemas.errors import IntakeError, SettingsInvalid
from schemas.inbound import Inbound, ParsedComplaint, Receipt
from schemas.settings import FolderSettings, Settings

Receive = Callable[[Inbound, Connector], Awaitable[Receipt]]
DROP_FOLDERS = "drop-folders"
_HEADER_BYTES = 64 * 1024
"""A mail's From stands in its first bytes; whether it could be an authority's is asked there, before it is read."""


def regulator_of(settings: Settings) -> Regulator:
    """Return the reader of what authorities send."""
    made = connector_of(settings, Channel.REGULATOR_12315.value)
    assert isinstance(made, Regulator)  # noqa: S101 - tells mypy what the registry makes
    return made


def folders_of(settings: Settings) -> Mapping[str, FolderSettings]:
    """Return account → its drop folder, for those that have one."""
    return {name: one.folder for name, one in settings.regulator.accounts.items() if one.folder is not None}


def sorting(settings: Settings, receive: Receive) -> Receive:
    """Return what takes mails and hands those of authorities to their own channel."""
    regulator = regulator_of(settings)
    domains = tuple(name.lower().strip(".") for name in settings.regulator.authority_domains)

    async def sorted_receive(inbound: Inbound, connector: Connector) -> Receipt:
        if _may_be(inbound, domains) and await asyncio.to_thread(_is_authority, inbound, connector, domains):
            source = {**inbound.source, "kind": MAIL, "entry": "mail"}
            own = replace(inbound, channel=regulator.channel, source=source, content_type="message/rfc822")
            return await receive(own, regulator)
        return await receive(inbound, connector)

    return sorted_receive


def _may_be(inbound: Inbound, domains: tuple[str, ...]) -> bool:
    head = inbound.body[:_HEADER_BYTES].lower()
    return any(name.encode() in head for name in domains)


def _is_authority(inbound: Inbound, connector: Connector, domains: tuple[str, ...]) -> bool:
    """Read it as a customer's mail to see who sent it; what cannot be read so stays a customer's."""
    try:
        items = connector.parse(inbound)
    except IntakeError:
        return False
    found = [one.complaint for one in items if isinstance(one, ParsedComplaint)]
    return any(is_from_authority(one.authentication, one.sender.emails if one.sender else (), domains) for one in found)


class DropFoldersService(PollingService):
    """All drop folders of this installation. Raises SettingsInvalid for an account without one, or without any."""

    name = DROP_FOLDERS

    def __init__(self, settings: Settings, accounts: Sequence[str] = ()) -> None:
        super().__init__(settings)
        self._folders = folders_of(settings)
        unknown = set(accounts) - set(self._folders)
        if unknown or not self._folders:
            known = ", ".join(self._folders) or "none, set INTAKE_REGULATOR__ACCOUNTS__<account>__FOLDER__PATH"
            raise SettingsInvalid(f"no drop folder {', '.join(sorted(unknown))}; drop folders: {known}")
        self._accounts = accounts or tuple(self._folders)

    def plans(self, intake: IntakePath) -> Sequence[Plan]:
        """One reader a folder."""
        return [self._plan(account, intake) for account in self._accounts]

    def _plan(self, account: str, intake: IntakePath) -> Plan:
        regulator = regulator_of(self.settings)

        async def receive(inbound: Inbound) -> Receipt:
            return await intake.receive(inbound, regulator)

        def build() -> DropFolder:
            return DropFolder(account, self._folders[account], connector=regulator, receive=receive)

        return Plan(f"drop folder {account}", build)
