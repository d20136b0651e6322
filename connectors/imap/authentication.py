"""What our own mail server found out about the sender (RFC 8601). Anybody can write such a header; ours is on top."""

import re
from collections.abc import Collection

from connectors.imap.addresses import Address
from connectors.imap.mime import Headers
from connectors.imap.words import unfold

_COMMENT = re.compile(r"\([^()]*\)")
_RESULT = re.compile(r"\s*([a-z0-9-]{1,30})\s*=\s*([a-z]{1,20})\b", re.IGNORECASE)
_FROM_DOMAIN = re.compile(r"\bheader\.from\s*=\s*\"?(?:[^\s;\"@]*@)?([^\s;\"]{1,253})", re.IGNORECASE)
_METHODS = ("dmarc", "spf", "dkim", "arc")
DMARC_DOMAIN = "dmarc_domain"


def results(headers: Headers, trusted: Collection[str]) -> dict[str, str]:
    """Method → result of the topmost Authentication-Results headers, as long as they are of our own servers."""
    found: dict[str, str] = {}
    for raw in headers.every("authentication-results")[:10]:
        text = _COMMENT.sub(" ", _COMMENT.sub(" ", unfold(raw)[:4_000]))
        server, *statements = text.split(";")
        if (server.split() or [""])[0].lower() not in trusted:
            break
        for statement in statements:
            result = _RESULT.match(statement)
            if result is None or result[1].lower() not in _METHODS:
                continue
            method, verdict = result[1].lower(), result[2].lower()
            # Several signatures are reported one by one; one that passes is what counts.
            if found.get(method) != "pass":
                found[method] = verdict
            domain = _FROM_DOMAIN.search(statement)
            if method == "dmarc" and domain:
                found.setdefault(DMARC_DOMAIN, domain[1].lower().rstrip("."))
    return found


def proves(found: dict[str, str], senders: list[Address]) -> bool:
    """Whether the address in From belongs to who sent it: DMARC passed for the domain of the only From address."""
    return found.get("dmarc") == "pass" and len(senders) == 1 and found.get(DMARC_DOMAIN) == senders[0].domain
