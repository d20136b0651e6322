"""The calls of the benchmark of hooks: each is taken and becomes a complaint, so that no refusal is ever measured."""

from datetime import timedelta
from pathlib import Path

import pytest

from operations.assembly import hooks_of
from schemas.settings import Settings
from tests.bench.calls import CHANNELS, Called, texts
from tests.gateway.http import gateway
from tests.gateway.parts import NOW

KEYS = {"INTAKE_KEYS__NUMBER": "number-key-of-the-tests-of-calls", "INTAKE_KEYS__PSEUDONYM": "pseudonym-key-of-them"}


@pytest.mark.parametrize("channel", CHANNELS, ids=lambda channel: channel.name)
async def test_every_call_becomes_a_complaint_with_its_own_words(
    channel: Called, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (KEYS | dict(channel.environment)).items():
        monkeypatch.setenv(name, value)
    said = texts()[:20]
    async with gateway(tmp_path) as of:
        of.parts.hooks = hooks_of(Settings())
        calls = channel.sign(said, NOW)
        answers = [await of.client.post(one.path, content=one.body, headers=one.headers) for one in calls]

    assert {one.status_code for one in answers} == {200}
    assert [one.text for one in of.complaints()] == said
    assert len({one.complaint_id for one in of.complaints()}) == len(said)


@pytest.mark.parametrize("channel", CHANNELS, ids=lambda channel: channel.name)
def test_calls_are_distinct_and_made_anew_each_time(channel: Called) -> None:
    said = texts()
    now, later = channel.sign(said, NOW), channel.sign(said, NOW + timedelta(minutes=5))

    assert len({one.body for one in now}) == len(said) == 500
    assert len(later) == len(said)
    assert channel.name == "twilio" or not set(map(repr, now)) & set(map(repr, later)), "the same proof again"
