"""Mutants: a connector with one protection left out breaks the promise that is about it, and no other."""

import operator
import secrets
from collections.abc import Callable, Sequence
from dataclasses import replace
from unittest.mock import patch

import pytest

from connectors.phone.sms import Sms
from connectors.webhook import Webhook, signature
from connectors.webhook.event import Event
from connectors.wechat import WeChat, crypto
from schemas.errors import NotGenuine
from schemas.inbound import Inbound, ParsedComplaint, ParsedItem
from tests.connectors.conformance.case import Case
from tests.connectors.conformance.cases import webhook, wechat
from tests.connectors.conformance.cases import webhook
from tests.connectors.conformance.phone_cases import aliyun_sms, tencent_sms
from tests.connectors.conformance.promises import (
    PROMISES,
    another_account_or_content_is_another_complaint,
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


def broken(case: Case) -> set[Callable[[Case], None]]:
    """The promises a connector does not keep."""
    found = set()
    for promise in PROMISES:
        try:
            promise(case)
        except (AssertionError, NotGenuine):
            found.add(promise)
    return found


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.__name__)
def test_a_connector_without_a_protection_is_caught(mutant: type[Webhook]) -> None:
    assert broken(webhook(mutant)) == MUTANTS[mutant]


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
    ForgetsWhenItWasSigned: {what_is_not_genuine_is_refused, nothing_is_parsed_before_it_is_proven},
}


@pytest.mark.parametrize("mutant", WECHAT_MUTANTS, ids=lambda mutant: mutant.__name__)
def test_a_wechat_connector_without_a_protection_is_caught(mutant: type[WeChat]) -> None:
    assert broken(wechat(mutant)) == WECHAT_MUTANTS[mutant]
    KnowsNoAccounts: {another_account_or_content_is_another_complaint},
@pytest.mark.parametrize("case", [aliyun_sms, tencent_sms])
@pytest.mark.parametrize("mutant", SMS_MUTANTS, ids=lambda mutant: mutant.__name__)
def test_a_reader_of_pushes_without_a_protection_is_caught(
    mutant: type[Sms], case: Callable[[type[Sms]], Case]
) -> None:
    assert broken(case(mutant)) == SMS_MUTANTS[mutant]
