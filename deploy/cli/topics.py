"""`intake topics`: every topic of this installation."""

from deploy.cli.guard import run
from deploy.cli.output import AsJson, put_json, put_table
from deploy.settings import load_settings
from operations.assembly import topics_of
from operations.reading import partitions_of
from schemas.commands import TopicLine, TopicsReport
from schemas.settings import Settings
from schemas.topics import Topic


def topics(as_json: AsJson = False) -> None:
    """Print every topic with its meaning, writer, key, retention and how personal its records are."""
    settings = load_settings()
    counts = run(_partitions(settings)) if settings.kafka.bootstrap_servers else {}
    lines = tuple(_line(topic, settings, counts) for topic in topics_of(settings))
    if as_json:
        put_json(TopicsReport(topics=lines))
        return
    put_table(
        ("topic", "partitions", "key", "personal", "days", "writer", "meaning"),
        (
            (
                line.name,
                "missing" if line.partitions is None else str(line.partitions),
                line.key,
                line.personal,
                str(line.retention_days),
                line.writer,
                line.meaning,
            )
            for line in lines
        ),
    )


def _line(topic: Topic, settings: Settings, counts: dict[str, int]) -> TopicLine:
    name = settings.kafka.naming.topic(topic)
    return TopicLine(
        name=name,
        meaning=topic.meaning,
        key=topic.key,
        personal=topic.personal.value,
        writer=topic.writer,
        retention_days=topic.retention.days,
        partitions=counts.get(name),
    )


async def _partitions(settings: Settings) -> dict[str, int]:
    names = {settings.kafka.naming.topic(topic) for topic in topics_of(settings)}
    found = await partitions_of(settings.kafka, names)
    counts: dict[str, int] = {}
    for part in found:
        counts[part.topic] = counts.get(part.topic, 0) + 1
    return counts
