"""What Kafka's own tools ask of its data folder."""

from uuid import UUID

from deploy.local.kafka import cluster_id


def test_no_cluster_id_looks_like_an_option() -> None:
    ids = [cluster_id(UUID(bytes=bytes((first, *range(15))))) for first in range(256)]

    assert not [one for one in ids if one.startswith("-")]
    assert {len(one) for one in ids} == {22}
