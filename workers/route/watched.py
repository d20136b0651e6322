"""What route makes of a systemic cluster: people are told once, the notice of a batch brings copies. Pure."""

from collections.abc import Iterable, Iterator
from uuid import UUID

from schemas.policy import PolicyPack
from schemas.policy.clusters import notice_of
from schemas.records import Classified, Evidence
from workers.route.decision import Raised

SYSTEMIC = "systemic"
"""The level of the escalation that a cluster makes once, under the id of its parent case."""


def became_systemic(pack: PolicyPack, complaint: Classified) -> Iterator[Raised]:
    """The escalation of the one record that made a cluster systemic."""
    cluster = complaint.link.cluster
    if cluster is None or not cluster.reached:
        return
    rule = next((one for one in pack.clusters if one.by == cluster.by), None)
    reason = f"{cluster.size} 位不同顾客反映同一问题，已列为系统性问题 / {cluster.size} customers, one systemic problem"
    yield Raised(level=SYSTEMIC, rule_id=f"cluster.{cluster.by}", reason=reason, informed=rule.informed if rule else ())


def notice_copies(pack: PolicyPack, complaint: Classified) -> tuple[str, ...]:
    """Departments that a quick-handling notice names, as far as the pack has them."""
    cluster = complaint.link.cluster
    notice = notice_of(pack.quick_notices, cluster.notice if cluster is not None else None)
    return tuple(one for one in notice.copies if one in pack.department_codes) if notice is not None else ()


def parent_case(complaint: Classified, raised: Iterable[Raised]) -> UUID | None:
    """The parent case that an escalation is about, where this record has made a problem systemic."""
    cluster = complaint.link.cluster
    is_systemic = cluster is not None and any(one.level == SYSTEMIC for one in raised)
    return cluster.cluster_id if cluster is not None and is_systemic else None


def watched_because(complaint: Classified) -> tuple[Evidence, ...]:
    """What the department reads of other customers and of the notice of the batch."""
    return tuple(
        one for one in complaint.link.evidence if one.rule.startswith("cluster-") or one.rule == "quick-notice"
    )
