"""Co-victims: other customers with the same batch, product and store, or product and problem. Counted, never merged.

Counting is exact: under the lock of each shared value, taken after all other locks of a batch, in one sorted
statement, so that a value thousands share is held only until the batch commits.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
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
from workers.deduplicate.customers import Counted, Customer, Customers, admit
from workers.deduplicate.facts import Facts
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
    """One complaint as clusters see it: what it shares (key → by), and who its customer is.

    `counts` is false for a revision and for what joins a case: its customer was there before.
    """

    complaint_id: UUID
    received_at: datetime
    keys: Mapping[str, str]
    customer: Customer
    counts: bool


@dataclass(slots=True)
class Growing:
    """One cluster while a batch is counted."""

    cluster_id: UUID
    key: str
    by: str
    first_at: datetime
    last_at: datetime
    stored: int = 0
    systemic: bool = False
    customers: Counted | None = None
    changed: bool = False

    @property
    def size(self) -> int:
        """Customers in it; of a full cluster, whose customers are not read, as many as were stored."""
        return self.stored if self.customers is None else len(self.customers)

    def is_open(self, at: datetime, rule: ClusterRule) -> bool:
        """Whether a complaint of this time belongs to it."""
        within = timedelta(days=rule.within_days)
        return self.first_at - within <= at <= self.last_at + within

    def see(self, one: Sighting, known_by: frozenset[str], rule: ClusterRule) -> bool:
        """Count a customer unless he is known; whether he is new."""
        if self.customers is None or self.size >= rule.cap:
            if one.received_at > self.last_at + _A_DAY:
                self.last_at, self.changed = one.received_at, True
            return False
        self.changed |= self.size != self.stored
        if not known_by or any(not known_by.isdisjoint(each) for _, each in self.customers):
            return False
        self.customers.append((one.received_at, set(known_by)))
        self.first_at, self.last_at = min(self.first_at, one.received_at), max(self.last_at, one.received_at)
        self.changed = True
        return True

    def becomes_systemic(self, rule: ClusterRule) -> bool:
        """Note that so many came within the days of the rule; whether that is so for the first time."""
        reached = not self.systemic and self._is_dense(rule)
        self.systemic = self.systemic or reached
        return reached

    def _is_dense(self, rule: ClusterRule) -> bool:
        """Whether so many customers came within the days of the rule."""
        times, within = sorted(at for at, _ in self.customers or ()), timedelta(days=rule.within_days)
        last = rule.at_least - 1
        return any(end - begin <= within for begin, end in zip(times, times[last:], strict=False))


class Clusters:
    """The clusters of one batch. `rules` by what is shared, in the order of importance."""

    def __init__(self, rules: Mapping[str, ClusterRule], customers: Customers, known: Iterable[Growing] = ()) -> None:
        self._rules = rules
        self._customers = customers
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
        known_by = self._customers.known_by(one.customer)
        if cluster is None:
            if not one.counts or not known_by:
                return None
            identity = named_uuid("cluster", key, str(one.complaint_id))
            cluster = Growing(identity, key, rule.by, one.received_at, one.received_at, customers=[])
            self._known.setdefault(key, []).append(cluster)
        is_new = one.counts and cluster.see(one, known_by, rule)
        reached = is_new and cluster.becomes_systemic(rule)
        if is_new:
            row = {"cluster_id": cluster.cluster_id, "complaint_id": one.complaint_id, "received_at": one.received_at}
            self._new.append(row | {"known_by": sorted(known_by)})
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
    if wanted := Clusters(by, Customers({}), await _stored(connection, keys)).needs_lock(sightings):
        await decisions.lock(connection, DEDUPLICATE_LOCKS, (f"cluster {key}" for key in wanted))
    clusters = await _read(connection, keys, by, sightings)
    counted = [clusters.take(one) for one in sightings]
    await clusters.store(connection)
    return counted


async def _stored(connection: AsyncConnection, keys: Sequence[str]) -> list[Growing]:
    """The clusters of these keys, without their customers."""
    return [Growing(*row) for row in await connection.execute(_CLUSTERS, {"keys": keys})]


async def _read(
    connection: AsyncConnection, keys: Sequence[str], rules: Mapping[str, ClusterRule], sightings: Sequence[Sighting]
) -> Clusters:
    """The clusters of these keys; the customers of those that still count, by whom they are known to be now."""
    found = await _stored(connection, keys)
    growing: dict[UUID, Counted] = {one.cluster_id: [] for one in found if one.stored < rules[one.by].cap}
    rows = list(await connection.execute(_CUSTOMERS, {"clusters": list(growing)})) if growing else []
    given = {key for one in sightings for key in one.customer.keys}
    customers = await Customers.meet(connection, given.union(*(row.known_by for row in rows)))
    for row in rows:
        admit(growing[row.cluster_id], row.received_at, customers.of_stored(row.known_by))
    for one in found:
        one.customers = growing.get(one.cluster_id)
    return Clusters(rules, customers, found)


def keys_of(facts: Facts, rules: Sequence[ClusterRule]) -> dict[str, str]:
    """What a complaint shares with others, by the rules of the pack: key → by. Pseudonyms, as facts hold them."""
    product, store = (",".join(sorted(facts.fuzzy.get(name, ()))) for name in ("product", "store"))
    values: dict[str, list[tuple[str, ...]]] = {
        "batch": [("batch", one) for one in sorted(facts.exact.get("batch", ()))],
        "product-store": [("product-store", product, store)] if product and store else [],
        "product-problem": [("product-problem", product, facts.family)] if product and facts.family else [],
    }
    return {str(named_uuid("cluster-key", *parts)): rule.by for rule in rules for parts in values[rule.by]}


def evidence_of(cluster: Cluster) -> Evidence:
    """What a clerk reads about it."""
    chinese, english = _IN_WORDS[cluster.by]
    size = f"不少于 {cluster.size}" if cluster.capped else str(cluster.size)
    watched = "，已列为系统性问题" if cluster.systemic else ""
    detail = f"{chinese}已有 {size} 位不同顾客反映{watched}；各自处理，不合并 / Other customers with {english}"
    return Evidence(rule=f"cluster-{cluster.by}", detail=detail)
