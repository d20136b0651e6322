"""One KEDA ScaledObject a stage, scaled by records that wait as this gateway counts them.

Source: keda.sh, "ScaledObject specification" and "Prometheus" scaler, 2.17. Not KEDA's own Kafka scaler: it subtracts
offsets, so that the marker of the last transaction is lag for ever (keda#5675) and what retention removed is lag, too
(keda#7936), and it is wrong for a group that has not committed yet (keda#4552).
"""

from collections.abc import Iterable
from typing import Any

import yaml

_HEAD = """\
# Printed by `intake monitoring keda`. Each stage runs as the Deployment intake-worker-<stage>.
# At least one worker always runs: a group that never committed has no lag to be woken by. More workers than partitions
# would have nothing to read. While the gateways or Prometheus are away, the number of workers stays as it is.
"""
_LOOK_EVERY_S = 15
_SHRINK_AFTER_S = 300
"""Each worker more or less is a rebalance, in which the group stands still for a moment."""


def manifests(groups: Iterable[tuple[str, str]], prometheus: str, most: int, records: int) -> str:
    """Return the YAML of a ScaledObject for each (stage, consumer group).

    `most` is the number of partitions; `records` may wait before each worker until there is one more.
    """
    documents = [scaled_object(stage, group, prometheus, most, records) for stage, group in groups]
    return _HEAD + yaml.safe_dump_all(documents, sort_keys=False, explicit_start=True, width=120)


def scaled_object(stage: str, group: str, prometheus: str, most: int, records: int) -> dict[str, Any]:
    """Return the ScaledObject of one stage. Several gateways tell the same lag, hence max before sum."""
    query = f'sum(max by (topic, partition) (kafka_consumergroup_group_lag{{group="{group}"}}))'
    return {
        "apiVersion": "keda.sh/v1alpha1",
        "kind": "ScaledObject",
        "metadata": {"name": f"intake-worker-{stage}", "labels": {"app.kubernetes.io/part-of": "complaint-intake"}},
        "spec": {
            "scaleTargetRef": {"name": f"intake-worker-{stage}"},
            "pollingInterval": _LOOK_EVERY_S,
            "cooldownPeriod": _SHRINK_AFTER_S,
            "minReplicaCount": 1,
            "maxReplicaCount": most,
            "fallback": {"failureThreshold": 3, "replicas": 1, "behavior": "currentReplicas"},
            "advanced": {
                "horizontalPodAutoscalerConfig": {
                    "behavior": {"scaleDown": {"stabilizationWindowSeconds": _SHRINK_AFTER_S}}
                }
            },
            "triggers": [
                {
                    "type": "prometheus",
                    "metadata": {
                        "serverAddress": prometheus,
                        "query": query,
                        "threshold": str(records),
                        "ignoreNullValues": "false",
                    },
                }
            ],
        },
    }
