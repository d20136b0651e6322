"""E-mail: reads mailboxes over IMAP, answers over SMTP."""

from connectors.imap.mail import Mail
from connectors.imap.own import authserv_ids, own_addresses
from connectors.imap.poll import MailboxPoller
from connectors.imap.reply import MailReply

__all__ = ["Mail", "MailReply", "MailboxPoller", "authserv_ids", "own_addresses"]
