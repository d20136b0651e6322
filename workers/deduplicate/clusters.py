"""Co-victims: other customers with the same batch, product and store, or product and problem. Counted, never merged.

Counting is exact: under the lock of each shared value, taken after all other locks of a batch, in one sorted
statement, so that a value thousands share is held only until the batch commits.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.identity import named_uuid
from schemas.policy.clusters import ClusterRule
from schemas.records import Cluster, Evidence
from schemas.tables.clusters import CLUSTER_CUSTOMERS, CLUSTERS
from schemas.tables.deduplicate import DEDUPLICATE_LOCKS
from workers.bulk import insert_rows
from workers.deduplicate.facts import Facts
from workers.deduplicate.identifiers import Identifiers
from workers.deduplicate.persons import Persons
from workers.runtime import decisions

_A_DAY = timedelta(days=1)
_CLUSTERS = text(
    "SELECT cluster_id, key, by, first_at, last_at, size, systemic FROM clusters "
    "WHERE key = ANY(CAST(:keys AS text[])) ORDER BY last_at DESC, cluster_id"
)
_CUSTOMERS = text(
    "SELECT cluster_id, received_at, known_by FROM cluster_customers "
    "WHERE cluster_id = ANY(CAST(:clusters AS uuid[])) ORDER BY received_at, complaint_id"
)
_NEW_STATE = (
    "(cluster_id) DO UPDATE SET first_at = excluded.first_at, last_at = excluded.last_at, size = excluded.size, "
    "systemic = excluded.systemic"
)
_IN_WORDS = {
    "batch": ("同一批次", "the same batch"),
    "product-store": ("同一门店的同一商品", "the same product of the same store"),
    "product-problem": ("同一商品的同类问题", "the same problem of the same product"),
}


@dataclass(frozen=True, slots=True)
class Sighting:
    """One complaint as clusters see it: what it shares (key → by), and how its customer is known.

    `counts` is false for a revision and for what joins a case: its customer was there before.
    """

    complaint_id: UUID
    received_at: datetime
    keys: Mapping[str, str]
    customer: frozenset[str]
    counts: bool


@dataclass(slots=True)
class Growing:
    """One cluster while a batch is counted."""

    cluster_id: UUID
    key: str
    by: str
    first_at: datetime
    last_at: datetime
    size: int = 0
    systemic: bool = False
    times: list[datetime] = field(default_factory=list)
    known_by: set[str] = field(default_factory=set)
    changed: bool = False

    def is_open(self, at: datetime, rule: ClusterRule) -> bool:
        """Whether a complaint of this time belongs to it."""
        within = timedelta(days=rule.within_days)
        return self.first_at - within <= at <= self.last_at + within

    def see(self, one: Sighting, rule: ClusterRule) -> bool:
        """Count a customer unless he is known; whether this very one makes the cluster systemic."""
        if self.size >= rule.cap:
            if one.received_at > self.last_at + _A_DAY:
                self.last_at, self.changed = one.received_at, True
            return False
        if not one.customer or not self.known_by.isdisjoint(one.customer):
            self.known_by |= one.customer
            return False
        self.size += 1
        self.known_by |= one.customer
        self.times.append(one.received_at)
        self.first_at, self.last_at = min(self.first_at, one.received_at), max(self.last_at, one.received_at)
        self.changed = True
        reached = not self.systemic and self._is_dense(rule)
        self.systemic = self.systemic or reached
        return reached

    def _is_dense(self, rule: ClusterRule) -> bool:
        """Whether so many customers came within the days of the rule."""
        times, within = sorted(self.times), timedelta(days=rule.within_days)
        last = rule.at_least - 1
        return any(end - begin <= within for begin, end in zip(times, times[last:], strict=False))


class Clusters:
    """The clusters of one batch. `rules` by what is shared, in the order of importance."""

    def __init__(self, rules: Mapping[str, ClusterRule], known: Iterable[Growing] = ()) -> None:
        self._rules = rules
        self._known: dict[str, list[Growing]] = {}
        for one in known:
            self._known.setdefault(one.key, []).append(one)
        self._new: list[dict[str, object]] = []

    def take(self, one: Sighting) -> Cluster | None:
        """Count one complaint everywhere it belongs; the cluster that matters most, None while it is alone."""
        seen = [found for key, by in one.keys.items() if (found := self._take(one, key, self._rules[by]))]
        together = [found for found in seen if found.size > 1]
        order = list(self._rules)
        return min(
            together,
            key=lambda found: (not found.reached, not found.systemic, order.index(found.by), -found.size),
            default=None,
        )

    def needs_lock(self, sightings: Iterable[Sighting]) -> list[str]:
        """The keys whose cluster may change: not those of a full cluster that has its newest day already."""
        needed = set()
        for one in sightings:
            for key, by in one.keys.items():
                rule = self._rules[by]
                cluster = self._open(key, one.received_at, rule)
                full = cluster is not None and cluster.size >= rule.cap
                if one.counts and not (full and cluster and one.received_at <= cluster.last_at + _A_DAY):
                    needed.add(key)
        return sorted(needed)

    async def store(self, connection: AsyncConnection) -> None:
        """Write what was counted."""
        changed = [one for found in self._known.values() for one in found if one.changed]
        await insert_rows(
            connection,
            CLUSTERS,
            [
                {
                    "cluster_id": one.cluster_id, "key": one.key, "by": one.by, "first_at": one.first_at,
                    "last_at": one.last_at, "size": one.size, "systemic": one.systemic,
                }
                for one in changed
            ],
            on_conflict=_NEW_STATE,
        )  # fmt: skip
        await insert_rows(connection, CLUSTER_CUSTOMERS, self._new)

    def _take(self, one: Sighting, key: str, rule: ClusterRule) -> Cluster | None:
        cluster = self._open(key, one.received_at, rule)
        if cluster is None:
            if not one.counts or not one.customer:
                return None
            identity = named_uuid("cluster", key, str(one.complaint_id))
            cluster = Growing(identity, key, rule.by, one.received_at, one.received_at)
            self._known.setdefault(key, []).append(cluster)
        before = cluster.size
        reached = one.counts and cluster.see(one, rule)
        if cluster.size > before:
            row = {"cluster_id": cluster.cluster_id, "complaint_id": one.complaint_id, "received_at": one.received_at}
            self._new.append(row | {"known_by": sorted(one.customer)})
        return Cluster(
            cluster_id=cluster.cluster_id,
            by=rule.by,
            size=cluster.size,
            systemic=cluster.systemic,
            reached=reached,
            capped=cluster.size >= rule.cap,
        )

    def _open(self, key: str, at: datetime, rule: ClusterRule) -> Growing | None:
        return next((one for one in self._known.get(key, ()) if one.is_open(at, rule)), None)


async def count(
    connection: AsyncConnection, rules: Sequence[ClusterRule], sightings: Sequence[Sighting]
) -> list[Cluster | None]:
    """Count the complaints of a batch, in order. Call last, after every other lock of the batch."""
    by: dict[str, ClusterRule] = {rule.by: rule for rule in rules}
    keys = sorted({key for one in sightings for key in one.keys})
    if not keys:
        return [None] * len(sightings)
    clusters = Clusters(by, await _read(connection, keys, by))
    if wanted := clusters.needs_lock(sightings):
        await decisions.lock(connection, DEDUPLICATE_LOCKS, (f"cluster {key}" for key in wanted))
        clusters = Clusters(by, await _read(connection, keys, by))
    counted = [clusters.take(one) for one in sightings]
    await clusters.store(connection)
    return counted


async def _read(connection: AsyncConnection, keys: Sequence[str], rules: Mapping[str, ClusterRule]) -> list[Growing]:
    """The clusters of these keys; the customers of those that still count."""
    found = [Growing(*row) for row in await connection.execute(_CLUSTERS, {"keys": keys})]
    growing = {one.cluster_id: one for one in found if one.size < rules[one.by].cap}
    if growing:
        for row in await connection.execute(_CUSTOMERS, {"clusters": list(growing)}):
            growing[row.cluster_id].times.append(row.received_at)
            growing[row.cluster_id].known_by.update(row.known_by)
    return found


def keys_of(facts: Facts, rules: Sequence[ClusterRule]) -> dict[str, str]:
    """What a complaint shares with others, by the rules of the pack: key → by. Pseudonyms, as facts hold them."""
    product, store = (",".join(sorted(facts.fuzzy.get(name, ()))) for name in ("product", "store"))
    values: dict[str, list[tuple[str, ...]]] = {
        "batch": [("batch", one) for one in sorted(facts.exact.get("batch", ()))],
        "product-store": [("product-store", product, store)] if product and store else [],
        "product-problem": [("product-problem", product, facts.family)] if product and facts.family else [],
    }
    return {str(named_uuid("cluster-key", *parts)): rule.by for rule in rules for parts in values[rule.by]}


def customer_of(persons: Persons, identity: Identifiers) -> frozenset[str]:
    """All by which the customer of a complaint may be known again; empty for one that names nobody of his own."""
    own = [one.key for one in identity.own if not persons.is_shared(one.key)]
    ends = [f"ends {one}" for one in (*identity.full_ends, *identity.masked_ends)]
    if not own and not identity.masked_ends:
        return frozenset()
    return frozenset((*own, *map(str, persons.of(own)), *ends))


def evidence_of(cluster: Cluster) -> Evidence:
    """What a clerk reads about it."""
    chinese, english = _IN_WORDS[cluster.by]
    size = f"不少于 {cluster.size}" if cluster.capped else str(cluster.size)
    watched = "，已列为系统性问题" if cluster.systemic else ""
    detail = f"{chinese}已有 {size} 位不同顾客反映{watched}；各自处理，不合并 / Other customers with {english}"
    return Evidence(rule=f"cluster-{cluster.by}", detail=detail)
