"""Whether a mail is an authority's: proven by our own mail server, from a domain that only authorities have.

Source: gov.cn is registered for authorities only (CNNIC, rules of domain registration, second-hand, unsure); DMARC,
RFC 7489: a pass means that the domain in From stands for the mail.
"""

from collections.abc import Collection, Mapping


def is_from_authority(authentication: Mapping[str, str], senders: Collection[str], domains: Collection[str]) -> bool:
    """Whether a mail comes from one of the domains or from below one.

    `authentication` is what our own server found, method → result, with `dmarc_domain` (the mail connector's
    `Complaint.authentication`); `senders` are the addresses in From, of which there must be exactly one.
    """
    if authentication.get("dmarc") != "pass" or len(senders) != 1:
        return False
    [sender] = senders
    domain = sender.rpartition("@")[2].strip().strip(">").lower().rstrip(".")
    if not domain or authentication.get("dmarc_domain") != domain:
        return False
    return any(domain == one or domain.endswith(f".{one}") for one in (name.lower().strip(".") for name in domains))
