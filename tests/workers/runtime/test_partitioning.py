"""Keys go where every other Kafka client puts them."""

from aiokafka.partitioner import murmur2 as of_aiokafka
from hypothesis import given
from hypothesis import strategies as st

from workers.runtime.partitioning import murmur2, partition_index


@given(st.binary(max_size=80))
def test_the_hash_is_that_of_other_clients(data: bytes) -> None:
    assert murmur2(data) == of_aiokafka(data) & 0xFFFFFFFF


def test_known_values_of_the_java_client_are_met() -> None:
    # From Apache Kafka's own UtilsTest.testMurmur2, as unsigned numbers.
    assert murmur2(b"21") == -973932308 & 0xFFFFFFFF
    assert murmur2(b"foobar") == -790332482 & 0xFFFFFFFF
    assert partition_index(b"foobar", 3) == (-790332482 & 0x7FFFFFFF) % 3
