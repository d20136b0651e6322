"""What a pack says of clusters, and how the quick-handling notice of a batch is put on a record."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from schemas.complaint import Complaint
from schemas.identity import named_uuid
from schemas.policy.clusters import ClusterRule, QuickNotice
from schemas.records import Cluster, Evidence
from workers.deduplicate import clusters
from workers.deduplicate.clusters import Sighting
from workers.deduplicate.customers import Customer
from workers.deduplicate.prints import Printer, Prints


@dataclass(frozen=True, slots=True)
class ClusterRules:
    """Rules of systemic clusters, and the notices in force."""

    rules: tuple[ClusterRule, ...] = ()
    notices: tuple[QuickNotice, ...] = ()


def notice_for(rules: ClusterRules, printer: Printer, complaint: Complaint, prints: Prints) -> QuickNotice | None:
    """The notice of the batch that a complaint names, valid on the day of its receipt."""
    batches: Collection[str] = prints.facts.exact.get("batch", frozenset())
    if not batches:
        return None
    day = complaint.received_at.astimezone(printer.zone).date()
    return next(
        (one for one in rules.notices if printer.batch(one.batch) in batches and _is_valid(one, day)),
        None,
    )


def sighting(rules: ClusterRules, complaint: Complaint, prints: Prints, *, counts: bool) -> Sighting:
    """One complaint as clusters see it; automatic mail and reports share nothing."""
    return Sighting(
        complaint.complaint_id,
        complaint.received_at,
        clusters.keys_of(prints.facts, rules.rules),
        Customer.of(prints.identity),
        counts,
    )


def noted(cluster: Cluster | None, notice: QuickNotice | None, of: Sighting) -> Cluster | None:
    """The cluster with its notice; a notice applies to the first complaint of a batch as well."""
    if notice is None:
        return cluster
    if cluster is None:
        alone = named_uuid("cluster", notice.number, str(of.complaint_id))
        return Cluster(cluster_id=alone, by="batch", size=1, notice=notice.number)
    return cluster.model_copy(update={"notice": notice.number})


def evidence(cluster: Cluster | None, notice: QuickNotice | None) -> tuple[Evidence, ...]:
    """What a clerk reads: who else, and what to do."""
    found = []
    if cluster is not None and cluster.size > 1:
        found.append(clusters.evidence_of(cluster))
    if notice is not None:
        signed = "、".join(notice.signed_by)
        detail = (
            f"适用快速处理通知单 {notice.number}：{notice.handle}（{signed}） / Quick-handling notice of this batch"
        )
        found.append(Evidence(rule="quick-notice", detail=detail))
    return tuple(found)


def _is_valid(notice: QuickNotice, day: date) -> bool:
    return notice.valid_from <= day and (notice.valid_to is None or day <= notice.valid_to)
