"""The link a softphone opens: it names a call without saying a number, and not for ever."""

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from connectors.phone.callbacks import Vendor
from connectors.phone.calls import called_complaint, screen_pop
from connectors.phone.calls.screenpop import LIFE
from schemas.errors import NotGenuine
from schemas.tokens import TokenKeys, sign
from tests.connectors.phone.calls.events import CALLS

KEYS = TokenKeys("k1", {"k1": b"0123456789abcdef"})
RINGS = datetime(2026, 11, 20, 5, 2, tzinfo=UTC)
CALL = CALLS.complaint_id("a1", Vendor.ALIYUN, "job-6538214103689")


def token() -> str:
    return parse_qs(urlsplit(screen_pop(KEYS, CALL, RINGS)).query)["call"][0]


def test_the_link_leads_to_the_call_and_says_nothing_of_it() -> None:
    link = screen_pop(KEYS, CALL, RINGS)

    assert urlsplit(link).path == "/staff/calls/new"
    assert "job-" not in link
    assert called_complaint(KEYS, token(), RINGS + timedelta(hours=1)) == CALL


def test_the_link_is_good_for_as_long_as_a_call_may_take() -> None:
    with pytest.raises(NotGenuine):
        called_complaint(KEYS, token(), RINGS + LIFE)


@pytest.mark.parametrize(
    "wrong",
    [
        "",
        "k1.0.abc.def",
        f"{token()[:-1]}{'A' if token()[-1] != 'A' else 'B'}",
        sign(KEYS, "another-purpose", str(CALL), RINGS + LIFE),
        sign(KEYS, "screen-pop", "13800001234", RINGS + LIFE),
        sign(TokenKeys("k1", {"k1": b"fedcba9876543210"}), "screen-pop", str(CALL), RINGS + LIFE),
    ],
)
def test_what_we_did_not_make_opens_nothing(wrong: str) -> None:
    with pytest.raises(NotGenuine):
        called_complaint(KEYS, wrong, RINGS)
