"""Which addresses and mail servers are ours, taken from the settings."""

from schemas.settings import MailboxSettings, Settings


def addresses_of(mailbox: MailboxSettings) -> tuple[str, ...]:
    """Our addresses in one mailbox; the user name when none is set and it is one."""
    return mailbox.addresses or ((mailbox.user,) if "@" in mailbox.user else ())


def own_addresses(settings: Settings) -> tuple[str, ...]:
    """Every address we read or send with: mail from one of them is our own and never answered."""
    read = [address for mailbox in settings.mailboxes.values() for address in addresses_of(mailbox)]
    sent = [settings.smtp.from_address, settings.smtp.bounce_address] if settings.smtp is not None else []
    return tuple(dict.fromkeys(address for address in (*read, *sent) if address))


def authserv_ids(settings: Settings) -> tuple[str, ...]:
    """The names of our own mail servers, whose Authentication-Results are believed."""
    return tuple(dict.fromkeys(name for mailbox in settings.mailboxes.values() for name in mailbox.authserv_ids))
