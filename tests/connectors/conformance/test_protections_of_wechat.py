"""Mutants of the WeChat connector: each breaks the promises that are about its missing protection, and no other."""

from unittest.mock import patch

import pytest

from connectors.wechat import WeChat, crypto
from schemas.inbound import Inbound, ParsedItem
from tests.connectors.conformance.breaking import broken
from tests.connectors.conformance.cases import wechat
from tests.connectors.conformance.promises import (
    nothing_is_parsed_before_it_is_proven,
    the_time_of_a_comparison_tells_nothing,
    what_is_not_genuine_is_refused,
)


class OpensWhatAnybodySigned(WeChat):
    """Believes that the Encrypt element is the vendor's."""

    def parse(self, inbound: Inbound) -> list[ParsedItem]:
        with patch("hmac.compare_digest", return_value=True):
            return super().parse(inbound)


class ForgetsWhenItWasSigned(WeChat):
    """Takes a WeChat delivery of any age."""

    def parse(self, inbound: Inbound) -> list[ParsedItem]:
        with patch.object(crypto, "is_fresh", return_value=True):
            return super().parse(inbound)


WECHAT_MUTANTS = {
    OpensWhatAnybodySigned: {
        what_is_not_genuine_is_refused,
        nothing_is_parsed_before_it_is_proven,
        the_time_of_a_comparison_tells_nothing,
    },
    ForgetsWhenItWasSigned: {what_is_not_genuine_is_refused, nothing_is_parsed_before_it_is_proven},
}


@pytest.mark.parametrize("mutant", WECHAT_MUTANTS, ids=lambda mutant: mutant.__name__)
def test_a_wechat_connector_without_a_protection_is_caught(mutant: type[WeChat]) -> None:
    assert broken(wechat(mutant)) == WECHAT_MUTANTS[mutant]
