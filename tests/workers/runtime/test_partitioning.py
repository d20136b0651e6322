"""Keys go where every other Kafka client puts them."""

from random import Random

from aiokafka.partitioner import murmur2 as of_aiokafka
from hypothesis import given
from hypothesis import strategies as st

from workers.runtime.partitioning import murmur2, partition_indices


@given(st.binary(max_size=80))
def test_the_hash_is_that_of_other_clients(data: bytes) -> None:
    assert murmur2(data) == of_aiokafka(data) & 0xFFFFFFFF


def test_known_values_of_the_java_client_are_met() -> None:
    # From Apache Kafka's own UtilsTest.testMurmur2, as unsigned numbers.
    assert murmur2(b"21") == -973932308 & 0xFFFFFFFF
    assert murmur2(b"foobar") == -790332482 & 0xFFFFFFFF
    assert partition_indices([b"foobar"], 3) == [(-790332482 & 0x7FFFFFFF) % 3]


@given(st.integers(0, 80), st.integers(0, 40), st.randoms(use_true_random=False))
def test_many_keys_go_where_each_goes_alone(length: int, count: int, random: Random) -> None:
    keys = [random.randbytes(length) for _ in range(count)]

    assert partition_indices(keys, 7) == [index for key in keys for index in partition_indices([key], 7)]


def test_keys_of_different_lengths_go_where_each_goes_alone() -> None:
    keys = [b"k" * length for length in range(40)]

    assert partition_indices(keys, 7) == [index for key in keys for index in partition_indices([key], 7)]
