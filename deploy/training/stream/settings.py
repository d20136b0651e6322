"""How a simulated stream is mixed: sizes and rates, all in one place."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

CHANNELS: Mapping[str, float] = {
    "wechat": 0.26,
    "call": 0.24,
    "sms": 0.10,
    "email": 0.13,
    "web": 0.19,
    "referral": 0.08,
}
"""Form of a message → its share. A call and an SMS both arrive on the channel `phone`."""

EPISODES: Mapping[str, float] = {
    "single": 0.37,
    "duplicate": 0.22,
    "follow_up": 0.12,
    "repeat": 0.10,
    "repeat_soon": 0.02,
    "relative": 0.03,
    "other_trouble": 0.03,
    "co_victims": 0.02,
    "hot_topic": 0.01,
    "same_product_same_day": 0.01,
    "copied_text": 0.006,
    "family_phone": 0.012,
    "store_phone": 0.008,
    "victims_phone": 0.01,
    "order_typo_stranger": 0.01,
    "order_typo_own": 0.01,
    "same_order_other_trouble": 0.006,
}
"""Scenario → its share of all stories told; co-victims, hot topics and copies bring several people each."""


@dataclass(frozen=True, slots=True)
class StreamSettings:
    """What a stream is made of. Rates are probabilities between 0 and 1; the same settings give the same stream."""

    size: int = 2_000
    seed: int = 1
    days: int = 120
    begins: datetime = datetime(2026, 3, 2, tzinfo=UTC)
    stores: int = 40
    channels: Mapping[str, float] = field(default_factory=lambda: CHANNELS)
    episodes: Mapping[str, float] = field(default_factory=lambda: EPISODES)

    bound: float = 0.40
    """Customers who have a customer number that the company knows."""
    returning: float = 0.20
    """Single complaints that come from somebody who has written before."""
    second_phone: float = 0.15
    family_phone: float = 0.05
    traditional: float = 0.04
    english: float = 0.03

    wechat_phone: float = 0.25
    wechat_customer_no: float = 0.60
    call_withheld: float = 0.08
    call_other_phone: float = 0.12
    clerk_gives_store_phone: float = 0.02
    mail_phone: float = 0.15
    mail_phone_in_text: float = 0.30
    web_phone: float = 0.70
    web_email: float = 0.35
    web_customer_no: float = 0.50
    referral_phone: float = 0.85
    referral_masked: float = 0.75
    name: float = 0.50

    order_field: float = 0.45
    order_in_text: float = 0.18
    product_field: float = 0.60
    store_field: float = 0.55
    date_field: float = 0.40
    date_in_text: float = 0.45
    store_in_text: float = 0.45
    batch_in_text: float = 0.12
    international_phone: float = 0.30
    """Telephones written with +86, as connectors write those they can read."""
    misheard: float = 0.02
    """Characters of a transcript that a machine wrote as another of the same sound."""

    follow_up_after_duplicate: float = 0.30
    twice_told: float = 0.25
    """Co-victims and people of a hot topic who tell their own story a second time."""
    says_again: float = 0.45
    """Repeats whose words say that it is not the first time."""
