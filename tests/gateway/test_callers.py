"""Who calls and how often: addresses are believed only from our proxies, buckets stay bounded."""

from ipaddress import ip_network

import pytest

from gateway.clients import client_address
from gateway.limits import AtOnce, RateLimit
from schemas.errors import TooMany

PROXIES = (ip_network("10.0.0.0/8"), ip_network("fd00::/8"))


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        ("203.0.113.5", [], "203.0.113.5"),
        ("203.0.113.5", ["1.2.3.4"], "203.0.113.5"),
        ("10.0.0.1", ["1.2.3.4"], "1.2.3.4"),
        ("10.0.0.1", ["6.6.6.6, 1.2.3.4"], "1.2.3.4"),
        ("10.0.0.1", ["6.6.6.6, 1.2.3.4, 10.0.0.2"], "1.2.3.4"),
        ("10.0.0.1", ["6.6.6.6", "1.2.3.4"], "1.2.3.4"),
        ("10.0.0.1", ["nonsense"], "10.0.0.1"),
        ("10.0.0.1", [], "10.0.0.1"),
        ("fd00::1", ["2001:db8:1:2:3:4:5:6"], "2001:db8:1:2::"),
        ("::ffff:203.0.113.5", [], "203.0.113.5"),
        ("testclient", ["1.2.3.4"], "testclient"),
    ],
)
def test_the_address_is_the_last_that_no_proxy_of_ours_has(peer: str, forwarded: list[str], address: str) -> None:
    assert client_address(peer, forwarded, PROXIES) == address


def test_a_bucket_fills_again_with_time() -> None:
    now = 0.0
    rate = RateLimit(60, clock=lambda: now)
    for _ in range(60):
        rate.take("a")
    with pytest.raises(TooMany) as refused:
        rate.take("a")
    assert refused.value.retry_after_s == 1

    now = 2.0

    rate.take("a")
    rate.take("a")
    with pytest.raises(TooMany):
        rate.take("a")


def test_zero_switches_the_limit_off() -> None:
    rate = RateLimit(0)

    for _ in range(10_000):
        rate.take("a")


def test_memory_is_bounded_whoever_calls() -> None:
    rate = RateLimit(1, clock=lambda: 0.0, max_clients=10)

    for number in range(1_000):
        rate.take(str(number))

    assert len(rate._buckets) == 10


def test_one_client_has_only_so_much_going_on_at_once() -> None:
    limit = AtOnce(2)

    with limit.one("a"), limit.one("a"), limit.one("b"), pytest.raises(TooMany) as refused, limit.one("a"):
        pass
    with limit.one("a"), limit.one("a"):
        pass

    assert refused.value.retry_after_s > 0


def test_what_fails_is_no_longer_going_on() -> None:
    limit = AtOnce(1)

    with pytest.raises(OSError, match="gone"), limit.one("a"):
        raise OSError("gone")

    with limit.one("a"):
        pass


def test_zero_lets_any_number_go_on() -> None:
    limit = AtOnce(0)

    with limit.one("a"), limit.one("a"), limit.one("a"):
        pass
