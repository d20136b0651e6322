"""A mutant of the channel of authorities: it breaks the promises about its missing protection, and no other."""

from dataclasses import replace

from connectors.regulator_12315 import Regulator
from connectors.regulator_12315.connector import MAIL
from schemas.inbound import Inbound, ParsedItem
from tests.connectors.conformance.breaking import broken
from tests.connectors.conformance.promises import (
    nothing_is_parsed_before_it_is_proven,
    the_time_of_a_comparison_tells_nothing,
    what_is_not_genuine_is_refused,
)
from tests.connectors.conformance.regulator_cases import regulator


class TakesPushesForFiles(Regulator):
    """Asks nobody for a signature, as if its own drop folder had handed the push over."""

    def parse(self, inbound: Inbound) -> list[ParsedItem]:
        return super().parse(replace(inbound, source={"kind": MAIL}))


def test_a_channel_of_authorities_that_asks_for_no_signature_is_caught() -> None:
    assert broken(regulator(TakesPushesForFiles)) == {
        what_is_not_genuine_is_refused,
        nothing_is_parsed_before_it_is_proven,
        the_time_of_a_comparison_tells_nothing,
    }
