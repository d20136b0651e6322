"""Which partition a key goes to: murmur2 as in every Java client, so that other producers agree.

Source: Apache Kafka, `Utils.murmur2`. aiokafka has the same byte by byte; by words it takes a third of the time, and
it is the dearest part of a send (8 of some 40 microseconds).
"""

from struct import unpack_from

_SEED = 0x9747B28C
_M = 0x5BD1E995
_32_BITS = 0xFFFFFFFF


def partition_index(key: bytes, partitions: int) -> int:
    """The index among the topic's sorted partitions."""
    return (murmur2(key) & 0x7FFFFFFF) % partitions


def murmur2(data: bytes) -> int:
    """MurmurHash2, 32 bits, unsigned."""
    length = len(data)
    words = length // 4
    result = _SEED ^ length
    for word in unpack_from(f"<{words}I", data):
        mixed = word * _M & _32_BITS
        result = (result * _M & _32_BITS) ^ ((mixed ^ (mixed >> 24)) * _M & _32_BITS)
    rest = data[words * 4 :]
    if rest:
        result = (result ^ int.from_bytes(rest, "little")) * _M & _32_BITS
    result = (result ^ (result >> 13)) * _M & _32_BITS
    return result ^ (result >> 15)
