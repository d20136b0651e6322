"""Mutants of the reader of Twilio's webhooks: each protection left out breaks the promise that is about it."""

from dataclasses import replace
from unittest.mock import patch

import pytest
from twilio.request_validator import RequestValidator

from connectors.phone.twilio import Twilio, connector
from connectors.phone.twilio.form import form_fields
from schemas.errors import NotGenuine
from schemas.inbound import Inbound, ParsedItem
from tests.connectors.conformance.breaking import broken
from tests.connectors.conformance.promises import (
    another_account_or_content_is_another_complaint,
    nothing_is_parsed_before_it_is_proven,
    the_time_of_a_comparison_tells_nothing,
    what_is_not_genuine_is_refused,
)
from tests.connectors.conformance.twilio_cases import BASE, SIGNATURE, TOKENS, twilio


class ComparesNoSignature(Twilio):
    """Takes whatever comes to an account's address."""

    def parse(self, inbound: Inbound) -> list[ParsedItem]:
        with patch.object(connector, "is_signed", return_value=True):
            return super().parse(inbound)


class ComparesAsTheLibraryDoes(Twilio):
    """Leaves the comparison to the library, which ends it early for another length and raises for some bodies."""

    def parse(self, inbound: Inbound) -> list[ParsedItem]:
        url = f"{BASE}/webhooks/phone/{inbound.account}/sms"
        given = inbound.headers.get(SIGNATURE, "")
        if not any(RequestValidator(one).validate(url, form_fields(inbound.body), given) for one in TOKENS):
            raise NotGenuine("not signed")
        return self.read(inbound)


class ParsesFirst(Twilio):
    """Looks at the signature of what it has read."""

    def parse(self, inbound: Inbound) -> list[ParsedItem]:
        items = self.read(inbound)
        super().parse(inbound)
        return items


class KnowsNoAccounts(Twilio):
    """Checks the signature and forgets whose account it is."""

    def parse(self, inbound: Inbound) -> list[ParsedItem]:
        super().parse(inbound)
        return self.read(replace(inbound, account="main"))


MUTANTS = {
    ComparesNoSignature: {
        what_is_not_genuine_is_refused,
        nothing_is_parsed_before_it_is_proven,
        the_time_of_a_comparison_tells_nothing,
    },
    ComparesAsTheLibraryDoes: {the_time_of_a_comparison_tells_nothing},
    ParsesFirst: {nothing_is_parsed_before_it_is_proven},
    KnowsNoAccounts: {another_account_or_content_is_another_complaint},
}


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.__name__)
def test_a_reader_of_twilio_without_a_protection_is_caught(mutant: type[Twilio]) -> None:
    assert broken(twilio(mutant)) == MUTANTS[mutant]
