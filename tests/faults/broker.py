"""What any tool of the Kafka project sees of the broker: how far each group is, who is in it, what is left open."""

import subprocess
from dataclasses import dataclass
from typing import Any

from confluent_kafka import ConsumerGroupState, ConsumerGroupTopicPartitions, IsolationLevel, TopicPartition
from confluent_kafka.admin import AdminClient, OffsetSpec  # type: ignore[attr-defined] # exported all the same

from deploy.local import EmbeddedPlatform

_ANSWER_WITHIN_S = 10
Place = tuple[str, int]
"""Topic and partition."""


@dataclass(frozen=True, slots=True)
class Group:
    """A consumer group: its members by id, and the partitions they hold together."""

    stable: bool
    members: frozenset[str]
    held: frozenset[Place]


class Broker:
    """Asks with another client library than the product's."""

    def __init__(self, bootstrap: str) -> None:
        self._bootstrap = bootstrap
        self.connect()

    def connect(self) -> None:
        """Begin with a new client: one that has seen the broker go may never hear of its return."""
        self._admin = AdminClient({"bootstrap.servers": self._bootstrap, "log_level": 0})

    def committed(self, groups: list[str]) -> dict[str, dict[Place, int]]:
        """Group → place → the committed offset; places without one are left out."""
        found: dict[str, dict[Place, int]] = {}
        for group in groups:  # the library asks about one group at a time
            asked = self._admin.list_consumer_group_offsets(
                [ConsumerGroupTopicPartitions(group)], request_timeout=_ANSWER_WITHIN_S
            )
            answer = asked[group].result()
            found[group] = {(one.topic, one.partition): one.offset for one in answer.topic_partitions if not one.error}
        return found

    def ends(self, topics: list[str]) -> dict[Place, int]:
        """The offset after the last record of each partition, of records in open transactions, too."""
        metadata = self._admin.list_topics(timeout=_ANSWER_WITHIN_S)
        asked = {
            TopicPartition(topic, partition): OffsetSpec.latest()  # type: ignore[no-untyped-call]
            for topic in topics
            for partition in metadata.topics[topic].partitions
        }
        answers = self._admin.list_offsets(
            asked, isolation_level=IsolationLevel.READ_UNCOMMITTED, request_timeout=_ANSWER_WITHIN_S
        )
        return {(one.topic, one.partition): answer.result().offset for one, answer in answers.items()}

    def group(self, name: str) -> Group:
        """Who is in a group now."""
        asked = self._admin.describe_consumer_groups([name], request_timeout=_ANSWER_WITHIN_S)
        answer: Any = asked[name].result()
        held = {(one.topic, one.partition) for member in answer.members for one in member.assignment.topic_partitions}
        members = frozenset(member.member_id for member in answer.members)
        return Group(answer.state == ConsumerGroupState.STABLE, members, frozenset(held))

    def waiting(self, stages: list[str]) -> dict[str, int]:
        """Stage → how many offsets it still has to pass in everything it reads; only stages that lag."""
        committed = self.committed(stages)
        ends = self.ends(sorted({topic for places in committed.values() for topic, _ in places}))
        lags = {
            stage: sum(ends[place] - offset for place, offset in places.items()) for stage, places in committed.items()
        }
        return {stage: lag for stage, lag in lags.items() if lag}


def open_transactions(platform: EmbeddedPlatform, bootstrap: str, longer_than_ms: int) -> list[str]:
    """Transactional ids whose transaction has been open for longer, as Kafka's own tool lists them."""
    tool = platform.kafka_tool(
        "org.apache.kafka.tools.TransactionsCommand",
        *("--bootstrap-server", bootstrap, "list", "--duration-filter", str(longer_than_ms)),
    )
    shown = subprocess.run(tool, capture_output=True, text=True, timeout=120, check=True)
    return [line for line in shown.stdout.splitlines() if "Ongoing" in line]
