"""The simulated stream: the same settings give the same, and its truth contradicts neither itself nor the lines."""

from collections import Counter, defaultdict
from itertools import pairwise

import pytest

from deploy.training.stream import Relation, StreamSettings, Told, write_stream
from deploy.training.stream.kernels import kernels
from deploy.training.stream.settings import EPISODES


@pytest.fixture(scope="module")
def stream() -> list[Told]:
    """A stream in which every scenario has happened."""
    return write_stream(StreamSettings(size=3_000, seed=5))


def test_the_same_settings_give_the_same_stream_and_another_seed_gives_another() -> None:
    once, again = write_stream(StreamSettings(size=400, seed=9)), write_stream(StreamSettings(size=400, seed=9))
    other = write_stream(StreamSettings(size=400, seed=10))

    assert once == again
    assert [told.line.text for told in once] != [told.line.text for told in other]


def test_a_stream_has_its_size_is_in_order_of_time_and_names_every_message_once(stream: list[Told]) -> None:
    lines = [told.line for told in stream]

    assert len(lines) == 3_000
    assert all(first.received_at <= later.received_at for first, later in pairwise(lines))
    assert len({line.complaint_id for line in lines}) == len(lines)


def test_an_incident_is_of_one_person_and_begins_with_new_or_repeat(stream: list[Told]) -> None:
    of_incident = defaultdict(list)
    for told in stream:
        of_incident[told.truth.incident].append(told.truth)

    for truths in of_incident.values():
        assert len({truth.person for truth in truths}) == 1
        assert truths[0].relation in {Relation.NEW, Relation.REPEAT}
        assert {truth.relation for truth in truths[1:]} <= {Relation.DUPLICATE, Relation.FOLLOW_UP}


def test_a_repeat_names_an_earlier_incident_of_the_same_person(stream: list[Told]) -> None:
    person_of: dict[int, int] = {}

    for told in stream:
        truth = told.truth
        assert (truth.earlier is not None) == (truth.relation is Relation.REPEAT)
        if truth.earlier is not None:
            assert person_of[truth.earlier] == truth.person
            assert truth.earlier != truth.incident
        person_of.setdefault(truth.incident, truth.person)


def test_every_scenario_and_every_channel_happens(stream: list[Told]) -> None:
    scenarios = Counter(told.truth.scenario for told in stream)
    channels = Counter(told.line.channel for told in stream)

    assert set(scenarios) == set(EPISODES)
    assert set(channels) == {"wechat", "phone", "email", "web", "regulator_12315"}


def test_people_of_one_cluster_are_different_and_have_incidents_of_their_own(stream: list[Told]) -> None:
    clusters: dict[int, dict[int, set[int]]] = defaultdict(lambda: defaultdict(set))
    for told in stream:
        if told.truth.cluster is not None:
            clusters[told.truth.cluster][told.truth.incident].add(told.truth.person)

    assert any(len(incidents) >= 3 for incidents in clusters.values())
    assert all(len(people) == 1 for incidents in clusters.values() for people in incidents.values())


def test_there_are_sixty_stories_each_told_in_many_ways() -> None:
    told_in = {story.name: _ways(story.facts) for story in kernels()}

    assert len(told_in) >= 60
    assert min(told_in.values()) >= 27


def _ways(facts: tuple[tuple[str, ...], ...]) -> int:
    ways = 1
    for wordings in facts:
        ways *= len(wordings)
    return ways


def test_every_identifier_is_missing_from_some_messages_of_its_channel(stream: list[Told]) -> None:
    senders = [told.line.sender or {} for told in stream if told.line.channel == "web"]

    for name in ("phones", "emails", "customer_no"):
        with_it = sum(bool(sender.get(name)) for sender in senders)
        assert 0 < with_it < len(senders)
