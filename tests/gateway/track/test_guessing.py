"""A hundred thousand guesses find nothing and lock nobody out."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta

import pytest

from gateway.track.guessing import Guesses, admitted
from schemas.identity import named_uuid, tracking_number
from schemas.settings import TrackSettings
from schemas.tokens import TokenKeys, opens_track, track_key
from tests.gateway.parts import NOW, PSEUDONYM_KEY

GUESSES = 100_000
SETTINGS = TrackSettings()
LIMITS = Guesses(PSEUDONYM_KEY, SETTINGS)
KEYS = TokenKeys("k1", {"k1": b"token key of the tests, 32 bytes"})
NUMBER = tracking_number(b"k" * 32, named_uuid("a"))


class MemoryTally:
    """Counts in memory."""

    def __init__(self) -> None:
        self.counts: Counter[tuple[str, datetime]] = Counter()

    async def add(self, ends: Mapping[str, datetime]) -> Mapping[str, int]:
        """See `Tally.add`."""
        self.counts.update(ends.items())
        return {key: self.counts[key, ends[key]] for key in ends}


async def looked_at(callers: int, within: timedelta) -> int:
    """How many of the guesses at one number's four digits are compared at all, spread over callers and time."""
    tally, step = MemoryTally(), within / GUESSES
    tries = [
        await admitted(tally, LIMITS.at_digits(NUMBER, f"caller {guess % callers}"), NOW + guess * step)
        for guess in range(GUESSES)
    ]
    return sum(tries)


@pytest.mark.parametrize(("callers", "most"), [(1, 5), (100_000, 10)])
async def test_100_000_guesses_in_an_hour_compare_a_handful(callers: int, most: int) -> None:
    compared = await looked_at(callers, timedelta(minutes=59))

    assert compared == most


async def test_a_day_of_guesses_from_everywhere_finds_four_digits_once_in_five_hundred_days() -> None:
    compared = await looked_at(100_000, timedelta(days=1) - timedelta(seconds=1))

    assert compared <= 2 * SETTINGS.digits_per_day


async def test_100_000_requests_for_codes_send_a_handful() -> None:
    tally = MemoryTally()

    sent = [await admitted(tally, LIMITS.at_sending(NUMBER, f"caller {one}"), NOW) for one in range(GUESSES)]

    assert sum(sent) == SETTINGS.codes_per_hour


async def test_one_caller_walking_through_numbers_is_stopped() -> None:
    tally = MemoryTally()
    numbers = (tracking_number(b"k" * 32, named_uuid(str(one))) for one in range(1_000))

    compared = [await admitted(tally, LIMITS.at_digits(number, "caller"), NOW) for number in numbers]

    assert sum(compared) == SETTINGS.tries_per_caller


async def test_the_owner_of_a_code_may_try_it_while_strangers_guess() -> None:
    tally = MemoryTally()
    for guess in range(10_000):
        await admitted(tally, LIMITS.at_digits(NUMBER, f"stranger {guess}"), NOW)
        await admitted(tally, LIMITS.at_sending(NUMBER, f"stranger {guess}"), NOW)
        await admitted(tally, LIMITS.at_codes(f"stranger {guess}"), NOW)

    assert await admitted(tally, LIMITS.at_codes("owner"), NOW)


def test_100_000_guessed_keys_open_nothing_and_the_owners_still_opens() -> None:
    key = track_key(KEYS, NUMBER)

    opened = [opens_track(KEYS, NUMBER, f"{key[:18]}{guess:06d}") for guess in range(GUESSES)]

    assert not any(opened)
    assert opens_track(KEYS, NUMBER, key)


async def test_what_is_counted_says_neither_number_nor_address() -> None:
    tally = MemoryTally()
    await admitted(tally, LIMITS.at_digits(NUMBER, "192.0.2.7"), NOW)

    kept = str(tally.counts)
    assert NUMBER not in kept
    assert "192.0.2.7" not in kept


async def test_windows_are_the_same_for_every_gateway_and_begin_anew() -> None:
    [limit] = LIMITS.at_adding(NUMBER)

    assert limit.ends_at(NOW) == limit.ends_at(NOW + timedelta(minutes=59)) == NOW + timedelta(hours=1)
    assert limit.ends_at(NOW + timedelta(hours=1)) == NOW + timedelta(hours=2)
