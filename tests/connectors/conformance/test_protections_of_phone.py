"""Mutants of readers of SMS pushes: each breaks the promises about its missing protection, and no other."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from connectors.phone.sms import Sms
from schemas.inbound import Inbound, ParsedItem
from tests.connectors.conformance.breaking import broken
from tests.connectors.conformance.case import Case
from tests.connectors.conformance.phone_cases import aliyun_sms, tencent_sms
from tests.connectors.conformance.promises import (
    another_account_or_content_is_another_complaint,
    nothing_is_parsed_before_it_is_proven,
    the_time_of_a_comparison_tells_nothing,
    what_is_not_genuine_is_refused,
)


class ComparesNoSecret(Sms):
    """Takes an account's pushes from everybody."""

    def parse(self, inbound: Inbound) -> Sequence[ParsedItem]:
        return self.read(inbound)


class KnowsNoAccounts(Sms):
    """Checks the secret and forgets whose account it is."""

    def parse(self, inbound: Inbound) -> Sequence[ParsedItem]:
        return super().parse(inbound) and self.read(replace(inbound, account="main"))


SMS_MUTANTS = {
    ComparesNoSecret: {
        what_is_not_genuine_is_refused,
        nothing_is_parsed_before_it_is_proven,
        the_time_of_a_comparison_tells_nothing,
    },
    KnowsNoAccounts: {another_account_or_content_is_another_complaint},
}


@pytest.mark.parametrize("case", [aliyun_sms, tencent_sms])
@pytest.mark.parametrize("mutant", SMS_MUTANTS, ids=lambda mutant: mutant.__name__)
def test_a_reader_of_pushes_without_a_protection_is_caught(
    mutant: type[Sms], case: Callable[[type[Sms]], Case]
) -> None:
    assert broken(case(mutant)) == SMS_MUTANTS[mutant]
