"""E-mail: reads mailboxes over IMAP, answers over SMTP."""

from connectors.imap.mail import Mail
from connectors.imap.own import authserv_ids, own_addresses

__all__ = ["Mail", "authserv_ids", "own_addresses"]
