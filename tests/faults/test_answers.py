"""The verdict over all channels finds each way in which a story can go wrong: it can fail."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from deploy.vendors.server import Delivered, Vendor
from schemas.outcomes import Outcome
from schemas.reply import NOT_KNOWN
from schemas.topics import REVIEW
from tests.faults.answers import ACKNOWLEDGED, AUTHORITY_DESK, RECEIVED, VERSIONED, Screens, Story
from tests.faults.callers import Expected
from tests.faults.offering import Offered, problem
from tests.faults.seen import Seen

QUALITY = "departments.quality.v1"
CHAT, CALL, REPORT = (f"00000000-0000-4000-8000-00000000000{number}" for number in range(3))
CALLER, REFERRAL = "+8613700000001", "33010620261122000001"
NUMBERS = {CHAT: "MSEY-7R0P-KQGB-E", CALL: "0123-4567-89AB-C", REPORT: "ZZZZ-4567-89AB-C"}
SOUND = b"RIFF"


@dataclass
class Told:
    """A message on WeChat, a call with a recording and a report that went all the way; tests spoil one thing."""

    objects: Path
    seen: Seen = field(default_factory=Seen)
    vendor: Vendor = field(default_factory=Vendor)
    offset: int = 0
    expected: dict[str, Expected] = field(
        default_factory=lambda: {
            "c1": Expected("wechat"),
            CALLER: Expected("phone", 1),
            f"{REFERRAL}/report": Expected("regulator_12315", sealed=True),
        }
    )

    def on(self, topic: str, one: str, **more: Any) -> None:
        """Let a reader see a record."""
        self.offset += 1
        self.seen.note(topic, 0, self.offset, {"complaint_id": one, "tracking_number": NUMBERS[one], **more})

    def version(self, one: str, revision: int, **more: Any) -> None:
        """Let a version of a complaint go through the stages."""
        for topic in VERSIONED:
            self.on(topic, one, revision=revision, **more)

    def acknowledged(self, one: str, channel: str, outcome: str, reason: str = "by it") -> None:
        """Let the acknowledgement appear."""
        self.on(ACKNOWLEDGED, one, channel=channel, outcome=outcome, reason=reason)

    def shown(self, one: str) -> None:
        """Let a message come to somebody's screen."""
        self.vendor.delivered.append(Delivered("somebody", "sms", f"编号 {NUMBERS[one]}。", "1"))

    def assigned(self, topic: str, one: str, revision: int = 1) -> None:
        """Let a department see a record."""
        self.on(topic, one, responsible=True, revision=revision)

    def found(self, unknown_at_most: int = 0) -> list[str]:
        """What the judge says."""
        screens = Screens.of([self.vendor], [])
        story = Story(Offered(), self.expected, self.seen, screens, [QUALITY, AUTHORITY_DESK], self.objects)
        return story.findings(unknown_at_most)


def complete(story: Told, unclear: str = "") -> Told:
    """Tell it all; of one message nobody knows whether it went out."""
    recording = {"state": "stored", "object_key": "sound", "sha256": hashlib.sha256(SOUND).hexdigest()}
    (story.objects / "sound").write_bytes(SOUND)
    story.on(RECEIVED, CHAT, channel="wechat", text=problem("c1"))
    story.on(RECEIVED, CALL, channel="phone", entry="call", sender={"phones": [CALLER]})
    story.on(RECEIVED, REPORT, channel="regulator_12315", referral={"number": REFERRAL, "kind": "report"})
    for one, topic in ((CHAT, QUALITY), (CALL, QUALITY), (REPORT, AUTHORITY_DESK)):
        story.version(one, 1, attachments=[])
        story.assigned(topic, one)
    story.version(CALL, 2, attachments=[recording])
    for one, channel in ((CHAT, "wechat"), (CALL, "phone")):
        known = (Outcome.SENT, "by it") if one != unclear else (Outcome.BY_PERSON, NOT_KNOWN)
        story.acknowledged(one, channel, *known)
        story.shown(one)
    story.acknowledged(REPORT, "regulator_12315", Outcome.BY_PERSON)
    return story


@pytest.fixture
def told(tmp_path: Path) -> Told:
    """The story as it should be."""
    return complete(Told(tmp_path))


def test_a_story_as_it_should_be_has_no_findings(told: Told) -> None:
    assert told.found() == []


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda of: of.expected.update(c2=Expected("wechat")), id="a message that vanished"),
        pytest.param(
            lambda of: of.on(RECEIVED, REPORT, channel="wechat", text=problem("c1")), id="a message that became two"
        ),
        pytest.param(lambda of: of.version(CHAT, 1, attachments=[]), id="a version twice"),
        pytest.param(lambda of: of.version(CHAT, 3, attachments=[]), id="a version left out"),
        pytest.param(lambda of: of.acknowledged(CHAT, "wechat", Outcome.SENT), id="two acknowledgements"),
        pytest.param(lambda of: of.shown(CHAT), id="an answer twice on a screen"),
        pytest.param(lambda of: of.shown(REPORT), id="an answer to whom nothing was to be said"),
        pytest.param(lambda of: of.vendor.delivered.clear(), id="sent, but on no screen"),
        pytest.param(lambda of: of.assigned(QUALITY, CHAT), id="a record twice at a department"),
        pytest.param(lambda of: (of.objects / "sound").write_bytes(b""), id="a recording that is not what it was"),
        pytest.param(lambda of: (of.objects / "sound").unlink(), id="a recording that is not there"),
        pytest.param(lambda of: of.assigned(QUALITY, REPORT, 2), id="a report at another department"),
        pytest.param(lambda of: of.on(REVIEW.name, REPORT), id="a report in the list of doubtful ones"),
    ],
)
def test_whatever_is_wrong_is_found(told: Told, spoil: Callable[[Told], object]) -> None:
    spoil(told)

    assert told.found()


def test_an_unknown_outcome_passes_only_where_a_message_was_cut_off(tmp_path: Path) -> None:
    told = complete(Told(tmp_path), unclear=CHAT)

    assert told.found(unknown_at_most=1) == []
    assert told.found(unknown_at_most=0)


def test_an_sms_that_arrived_must_have_been_found_by_asking_the_vendor(tmp_path: Path) -> None:
    told = complete(Told(tmp_path), unclear=CALL)
    assert told.found(unknown_at_most=1)

    told.vendor.delivered.pop()

    assert told.found(unknown_at_most=1) == []
