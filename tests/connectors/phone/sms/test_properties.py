"""Whatever is pushed: items or a declared refusal, and the same push gives the same answer."""

import json
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.errors import PayloadRejected
from schemas.inbound import ParsedComplaint
from tests.connectors.phone.sms.pushes import SMS, aliyun, aliyun_report, push, sample, tencent, tencent_report

ACCOUNTS = st.sampled_from(["a1", "t1"])
TEXTS = st.text(max_size=60) | st.sampled_from(
    ["TD", "\ud800", "\0", "退订", "13800001234", "+86", "2026-11-20 10:21:40"]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)
LAYOUTS = (aliyun, tencent, aliyun_report, tencent_report)
FIELDS = st.sampled_from(sorted({name for layout in LAYOUTS for name in layout()}))


def answers(body: bytes, account: str) -> None:
    try:
        first, again = (SMS.parse(push(body, account)) for _ in range(2))
    except PayloadRejected:
        return
    assert first == again
    for item in first:
        if isinstance(item, ParsedComplaint):
            item.complaint.to_json().decode()


@given(st.binary(max_size=300), ACCOUNTS)
def test_noise_is_answered(noise: bytes, account: str) -> None:
    answers(noise, account)


@given(st.lists(st.dictionaries(FIELDS, VALUES), max_size=4) | VALUES, ACCOUNTS)
def test_any_json_is_answered(value: object, account: str) -> None:
    answers(json.dumps(value).encode(), account)


@given(st.sampled_from(LAYOUTS), FIELDS, VALUES, ACCOUNTS)
def test_any_value_in_any_field_is_answered(
    layout: Callable[..., dict[str, object]], name: str, value: object, account: str
) -> None:
    answers(json.dumps([layout(**{name: value})]).encode(), account)


@pytest.mark.parametrize(("name", "account"), [("aliyun_push.json", "a1"), ("tencent_reply.json", "t1")])
@given(data=st.data())
def test_a_damaged_push_is_answered(name: str, account: str, data: st.DataObject) -> None:
    whole = sample(name)
    start = data.draw(st.integers(0, len(whole)))
    end = data.draw(st.integers(start, min(len(whole), start + 40)))
    answers(whole[:start] + data.draw(st.binary(max_size=8)) + whole[end:], account)
