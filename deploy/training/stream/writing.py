"""Writes a stream: stories until there are enough messages, in order of time, each with its truth."""

from random import Random

from deploy.training.stream.episodes import Episodes
from deploy.training.stream.incidents import Happenings
from deploy.training.stream.lines import Channels
from deploy.training.stream.model import Draft, Incident, Relation, Told, Truth
from deploy.training.stream.people import Town
from deploy.training.stream.settings import StreamSettings

_REPEAT_DAYS = 365


def write_stream(settings: StreamSettings) -> list[Told]:
    """Write a stream of exactly `settings.size` messages in order of time; the same settings give the same."""
    dice = Random(settings.seed)
    happenings = Happenings(settings, dice)
    episodes = Episodes(settings, dice, Town(settings, dice), happenings)
    drafts: list[Draft] = []
    while len(drafts) < settings.size:
        drafts += episodes.next()
    drafts = sorted(drafts, key=lambda draft: draft.at)[: settings.size]
    channels = Channels(settings, dice, happenings.store_phones)
    lines = [channels.line(draft, number) for number, draft in enumerate(drafts)]
    return [Told(line, truth) for line, truth in zip(lines, _truths(drafts), strict=True)]


def _truths(drafts: list[Draft]) -> list[Truth]:
    seen: set[int] = set()
    of_person: dict[tuple[int, str], tuple[Draft, Incident]] = {}
    truths = []
    for draft in drafts:
        incident = draft.incident
        family = (incident.person.number, incident.kernel.family)
        relation, earlier = Relation.FOLLOW_UP if draft.asks else Relation.DUPLICATE, None
        if incident.number not in seen:
            seen.add(incident.number)
            relation, before = Relation.NEW, of_person.get(family)
            if before and (draft.at - before[0].at).days <= _REPEAT_DAYS:
                relation, earlier = Relation.REPEAT, before[1].number
            of_person[family] = draft, incident
        truths.append(
            Truth(incident.number, incident.person.number, relation, draft.scenario, earlier, incident.cluster)
        )
    return truths
