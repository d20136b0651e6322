"""Whatever a call centre sends: items or a declared refusal, and the same push gives the same answer."""

import json
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.errors import PayloadRejected
from schemas.inbound import ParsedAddition, ParsedComplaint
from tests.connectors.phone.calls.events import (
    CALLS,
    aliyun,
    aliyun_recording,
    push,
    tencent,
    tencent_recording,
    voicemail,
)

LAYOUTS = {
    "a1": (aliyun, aliyun_recording),
    "t1": (tencent, tencent_recording, voicemail),
}
ACTIONS = st.none() | st.sampled_from(["cdr", "record", "voicemail", "asr", ""]) | st.text(max_size=5)
TEXTS = st.text(max_size=60) | st.sampled_from(
    ["\ud800", "\0", "13800001234", "0", "9" * 30, "2026-11-20T05:02:00Z", "https://x.aliyuncs.com/a.wav", "INBOUND"]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)
FIELDS = st.sampled_from(sorted({name for layouts in LAYOUTS.values() for layout in layouts for name in layout()}))
every_vendor = pytest.mark.parametrize("account", LAYOUTS)
every_layout = pytest.mark.parametrize(
    ("account", "layout"), [(account, layout) for account, layouts in LAYOUTS.items() for layout in layouts]
)


def answers(body: bytes, account: str, action: str | None = None) -> None:
    try:
        first, again = (CALLS.parse(push(body, account, action)) for _ in range(2))
    except PayloadRejected:
        return
    assert first == again
    for item in first:
        if isinstance(item, ParsedComplaint):
            item.complaint.to_json().decode()
        if isinstance(item, ParsedAddition):
            item.addition.to_json().decode()


@every_vendor
@given(noise=st.binary(max_size=300), action=ACTIONS)
def test_noise_is_answered(account: str, noise: bytes, action: str | None) -> None:
    answers(noise, account, action)


@every_vendor
@given(value=st.dictionaries(FIELDS, VALUES) | st.lists(st.dictionaries(FIELDS, VALUES), max_size=3), action=ACTIONS)
def test_any_json_is_answered(account: str, value: object, action: str | None) -> None:
    answers(json.dumps(value).encode(), account, action)


@every_layout
@given(name=FIELDS, value=VALUES, action=ACTIONS)
def test_any_value_in_any_field_is_answered(
    account: str, layout: Callable[..., dict[str, object]], name: str, value: object, action: str | None
) -> None:
    answers(json.dumps(layout(**{name: value})).encode(), account, action)
