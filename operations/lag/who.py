"""Who is watched in this installation: every stage on every topic it reads, and whoever reads for a department."""

from operations.assembly import department_topics
from operations.lag.watched import Readers, Watched
from operations.stages import topics_read
from schemas.settings import Settings


def readers_of(settings: Settings) -> Readers:
    """Return the stages in the order a complaint meets them, and the departments of the pack."""
    naming = settings.kafka.naming
    stages = tuple(
        Watched("stage", stage, naming.group(stage), naming.topic(topic))
        for stage, topics in topics_read(settings).items()
        for topic in topics
    )
    announced = {code: one.groups for code, one in settings.systems.items()}
    return Readers(stages, department_topics(settings), announced)


def owners_of(settings: Settings) -> dict[str, str]:
    """Return department → who looks after its consumers, with how to reach them; nothing where it is not set."""
    told = {
        code: " · ".join(part for part in (one.owner, one.contact) if part) for code, one in settings.systems.items()
    }
    return {code: owner for code, owner in told.items() if owner}
