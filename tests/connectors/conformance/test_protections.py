"""Mutants: a connector with one protection left out breaks the promise that is about it, and no other."""

import operator
import secrets
from dataclasses import replace
from unittest.mock import patch

import pytest

from connectors.webhook import Webhook, signature
from connectors.webhook.event import Event
from schemas.inbound import Inbound, ParsedComplaint
from tests.connectors.conformance.breaking import broken
from tests.connectors.conformance.case import STALE, UNSIGNED
from tests.connectors.conformance.cases import webhook
from tests.connectors.conformance.promises import (
    nothing_is_parsed_before_it_is_proven,
    redelivery_keeps_id_and_number,
    the_time_of_a_comparison_tells_nothing,
    what_is_not_genuine_is_refused,
)


class ComparesNoSignature(Webhook):
    """Asks for a fresh timestamp only."""

    def _verify(self, inbound: Inbound) -> None:
        with patch.object(signature, "is_signed", return_value=True):
            super()._verify(inbound)


class ChecksNoFreshness(Webhook):
    """Takes what was ever signed."""

    def _verify(self, inbound: Inbound) -> None:
        with patch.object(signature, "is_fresh", return_value=True):
            super()._verify(inbound)


class TakesARandomId(Webhook):
    """Does not ask what the event is called."""

    def _source_id(self, event: Event) -> str:
        return f"event:{secrets.token_hex(16)}"


class ComparesCharacterByCharacter(Webhook):
    """Ends a comparison at the first character that differs."""

    def _verify(self, inbound: Inbound) -> None:
        with patch("hmac.compare_digest", operator.eq):
            super()._verify(inbound)


class ParsesFirst(Webhook):
    """Looks at the signature of what it has read."""

    def parse(self, inbound: Inbound) -> list[ParsedComplaint]:
        items = self.read(inbound)
        self._verify(inbound)
        return items


MUTANTS = {
    ComparesNoSignature: {
        what_is_not_genuine_is_refused,
        nothing_is_parsed_before_it_is_proven,
        the_time_of_a_comparison_tells_nothing,
    },
    ChecksNoFreshness: {what_is_not_genuine_is_refused, nothing_is_parsed_before_it_is_proven},
    TakesARandomId: {redelivery_keeps_id_and_number},
    ComparesCharacterByCharacter: {the_time_of_a_comparison_tells_nothing},
    ParsesFirst: {nothing_is_parsed_before_it_is_proven},
}


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.__name__)
def test_a_connector_without_a_protection_is_caught(mutant: type[Webhook]) -> None:
    assert broken(webhook(mutant)) == MUTANTS[mutant]


def test_whoever_signs_cannot_leave_a_break_out() -> None:
    case = webhook()
    without = {name: spoil for name, spoil in case.breaks.items() if name != STALE}

    for absent in ({}, {STALE: ""}, {STALE: "no time", UNSIGNED: "no signature"}):
        with pytest.raises(AssertionError):
            what_is_not_genuine_is_refused(replace(case, breaks=without, absent=absent))
