"""Which parts of this installation should run, and what starts each: from the settings alone."""

from collections.abc import Iterable, Iterator

from operations.findings.seen import Expected
from schemas.complaint import Channel
from schemas.settings import Settings
from workers.pipeline import names

GATEWAY = "gateway"
_ANY = "intake worker all"


def expected(settings: Settings) -> tuple[Expected, ...]:
    """Every channel's part first, then stages and services."""
    return (*_channels(settings), *(Expected(name, f"intake worker {name}") for name in names()))


def _channels(settings: Settings) -> Iterator[Expected]:
    yield Expected(GATEWAY, "intake gateway", Channel.WEB.value)
    for account in settings.mailboxes:
        yield Expected(f"mailbox {account}", "intake connector imap", Channel.EMAIL.value, account)
    for account, twilio in settings.twilio.items():
        if twilio.off_because is None:
            yield Expected(f"twilio {account}", "intake connector twilio-lists", Channel.PHONE.value, account)
    for account, authority in settings.regulator.accounts.items():
        if authority.folder is not None:
            part = f"drop folder {account}"
            yield Expected(part, "intake connector drop-folders", Channel.REGULATOR_12315.value, account)
    for account, wechat in settings.wechat.items():
        if wechat.app_secret is not None:
            yield Expected(f"wechat {account}", _ANY, Channel.WECHAT.value, account, shared=True)


def sources(settings: Settings) -> dict[tuple[str, str], str]:
    """Return (channel, account) of each source that is set up → the part that brings what it says."""
    found = {(one.channel, one.account): one.part for one in _channels(settings) if one.account and not one.shared}
    pushed: dict[str, Iterable[str]] = {
        Channel.WECHAT.value: settings.wechat,
        Channel.PHONE.value: settings.phone,
        Channel.REGULATOR_12315.value: settings.regulator.accounts,
        "webhook": settings.webhooks,
    }
    for channel, accounts in pushed.items():
        found |= {(channel, account): GATEWAY for account in accounts if (channel, account) not in found}
    return found


def listable(settings: Settings) -> tuple[tuple[str, str], ...]:
    """The sources that can say what they still hold."""
    return tuple((one.channel, one.account) for one in _channels(settings) if one.account and not one.shared)
