"""The pipeline: every stage and service of the workers, in the order a complaint meets them. The architecture."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from infra.service import Service
from schemas.errors import InvalidRequest
from schemas.topics import all_topics
from workers.acknowledge import Acknowledge, Desk, Sweeper
from workers.acknowledge.desk import Times
from workers.acknowledge.guards import Guards
from workers.acknowledge.sweeper import SweeperParts
from workers.acknowledge.words import PackWords
from workers.additions import Additions, Fetcher, FetcherParts
from workers.additions.fetching import Files
from workers.alarm import Alarm
from workers.archive import Archive
from workers.auditor import Auditor, AuditorParts
from workers.casework import Casework, FollowUp, FollowUpParts
from workers.classify import ClassifyStage, TextUnderstander
from workers.classify.model import load_current
from workers.classify.sensing import DangerSense
from workers.clock import Clock
from workers.confirm import Confirm
from workers.context import WorkerContext
from workers.deduplicate import ClusterRules, Deduplicate, Windows
from workers.deduplicate.prints import Printer
from workers.families import family_by_rules
from workers.index import IndexStage
from workers.notify import Notify
from workers.notify.judging import Judge
from workers.notify.stage import Times as NotifyTimes
from workers.notify.words import NoticeWords
from workers.reachability import Reachability
from workers.republisher import Republisher, RepublisherParts
from workers.review import OpinionParts, Opinions, Review, Sampler, SamplerParts
from workers.review.words import words_at
from workers.route import Route
from workers.runtime.stage import AnyStage
from workers.runtime.worker import StageWorker
from workers.sender import Sender, SenderParts
from workers.tasks import Clocks, Tasks
from workers.text.company import company_names
from workers.webhooks import Webhooks, WebhooksParts


@dataclass(frozen=True, slots=True)
class StageSpec:
    """A stage: its name is its consumer group and the argument of `intake worker`.

    `beside` the way to the departments it gives way to the stages on it: a second counts for nobody there.
    """

    name: str
    factory: Callable[[WorkerContext], AnyStage]
    meaning: str
    beside: bool = False


@dataclass(frozen=True, slots=True)
class ServiceSpec:
    """A part beside the stages that works from the database; `beside` is the stage whose process it shares."""

    name: str
    factory: Callable[[WorkerContext], Service]
    meaning: str
    beside: str | None = None


def desk(context: WorkerContext) -> Desk:
    """The desk of stage and sweeper."""
    settings = context.settings
    own = frozenset(address.strip().lower() for address in context.own_addresses)
    return Desk(
        Guards(settings.acknowledge, own),
        PackWords(context.pack, context.public_url.rstrip("/"), context.token_keys),
        Times(settings.clock.sweep_at, settings.clock.acknowledge_within, settings.sender.late_tries),
        context.pseudonym_key,
        context.token_keys,
    )


def _deduplicate(context: WorkerContext) -> Deduplicate:
    printer = Printer(
        context.pseudonym_key,
        context.token_keys,
        context.pack.linking,
        context.pack.zone,
        context.own_addresses | (context.places.organisation.phones if context.places else frozenset()),
        family_by_rules(context.pack),
    )
    windows = context.settings.deduplicate
    cluster_rules = ClusterRules(context.pack.clusters, context.pack.quick_notices)
    return Deduplicate(printer, Windows(windows.order_window, windows.conversation_window), cluster_rules)


def _classify(context: WorkerContext) -> ClassifyStage:
    names = company_names(context.pack, context.places)
    return ClassifyStage(TextUnderstander(context.pack, load_current(), names), context.pack)


def _notify(context: WorkerContext) -> Notify:
    settings, url = context.settings, context.public_url.rstrip("/")
    own = frozenset(address.strip().lower() for address in context.own_addresses)
    return Notify(
        Judge(own, settings.acknowledge.robots, context.pseudonym_key),
        NoticeWords(context.pack, url, context.token_keys),
        NotifyTimes(settings.notify.tries, settings.clock.sweep_at, settings.notify.patience),
        context.token_keys,
    )


def _tasks(context: WorkerContext) -> Tasks:
    settings = context.settings
    return Tasks(context.pack, Clocks(settings.tasks, settings.clock.acknowledge_within))


def _casework(context: WorkerContext) -> Casework:
    systems = context.settings.systems
    keys = {code: one.status_key.get_secret_value().encode() for code, one in systems.items() if one.status_key}
    return Casework(context.pack, keys)


def _sweeper(context: WorkerContext) -> Sweeper:
    settings = context.settings
    return Sweeper(
        SweeperParts(
            context.engine,
            desk(context),
            context.objects,
            settings.clock,
            settings.kafka,
            context.now,
            settings.worker.drain_deadline,
        )
    )


def _sender(context: WorkerContext) -> Sender:
    settings = context.settings
    return Sender(
        SenderParts(
            context.engine,
            context.replies or {},
            settings.sender,
            settings.kafka,
            context.now,
            settings.worker.drain_deadline,
            settings.answering,
            settings.acknowledge.window,
        )
    )


def _fetcher(context: WorkerContext) -> Fetcher:
    settings = context.settings
    tries = settings.transcription.tries if settings.transcription else 1
    return Fetcher(
        FetcherParts(
            context.engine,
            Files(context.media, context.objects, settings.additions, context.transcriber),
            settings.kafka,
            context.now,
            settings.worker.drain_deadline,
            tries,
        )
    )


def _opinions(context: WorkerContext) -> Opinions:
    words = partial(words_at, context.settings.kafka)
    adviser, settings = context.adviser, context.settings.opinion
    return Opinions(OpinionParts(context.engine, context.pack, words, context.now, adviser, settings))


def _auditor(context: WorkerContext) -> Auditor:
    settings = context.settings
    topics = [settings.kafka.naming.topic(topic) for topic in all_topics(context.pack.department_codes)]
    return Auditor(AuditorParts(context.engine, settings.kafka, topics, settings.ledger.retention, context.now))


def _republisher(context: WorkerContext) -> Republisher:
    settings = context.settings
    return Republisher(
        RepublisherParts(
            context.engine,
            context.objects,
            settings.kafka,
            context.rounds(),
            context.connector_of,
            settings.ledger.republish_after,
        )
    )


def _webhooks(context: WorkerContext) -> Webhooks:
    settings = context.settings
    return Webhooks(WebhooksParts(context.engine, settings.kafka, settings.systems, settings.posting, context.now))


PIPELINE: tuple[StageSpec, ...] = (
    StageSpec(
        "archive", lambda context: Archive(context.objects), "keeps the raw bytes of every delivery", beside=True
    ),
    StageSpec(
        "clock",
        lambda context: Clock(context.settings.clock.acknowledge_within),
        "writes down the promise of 24 hours for everything that arrives",
        beside=True,
    ),
    StageSpec(
        "alarm",
        lambda context: Alarm(context.pack, DangerSense(context.pack, load_current()), context.pseudonym_key),
        "alarms people within minutes when somebody's safety may be at stake, whatever the other queues",
        beside=True,
    ),
    StageSpec(
        "additions",
        lambda context: Additions(context.pseudonym_key, context.settings.additions),
        "makes of files, recordings, typed words and updates that come later a revision of their complaint",
        beside=True,
    ),
    StageSpec("deduplicate", _deduplicate, "finds the case: duplicate, follow-up, repeat, suspected or new"),
    StageSpec(
        "classify",
        _classify,
        "understands kind, category, severity and urgency",
    ),
    StageSpec(
        "route",
        lambda context: Route(context.pack, context.pseudonym_key, context.places),
        "hands each complaint to the department that must act, masked",
    ),
    StageSpec(
        "acknowledge",
        lambda context: Acknowledge(desk(context)),
        "writes one answer a complaint to the outbox",
        beside=True,
    ),
    StageSpec(
        "confirm",
        lambda context: Confirm(context.settings.clock.acknowledge_within),
        "makes exactly one acknowledgement record a complaint",
        beside=True,
    ),
    StageSpec("notify", _notify, "puts what customers are to be told into the outbox, once", beside=True),
    StageSpec("casework", _casework, "keeps what departments did with each case, and tells customers", beside=True),
    StageSpec("tasks", _tasks, "keeps what people must do, until they have done it", beside=True),
    StageSpec(
        "review",
        lambda context: Review(context.pack),
        "keeps what people look at, what they said of it, and plain counts of what came",
        beside=True,
    ),
    StageSpec(
        "reachability",
        lambda context: Reachability(),
        "notes which ways to a person are closed and which messages nobody got",
        beside=True,
    ),
    StageSpec(
        "index",
        lambda context: IndexStage(context.pseudonym_key),
        "keeps the newest of every complaint where people find it",
        beside=True,
    ),
)
"""Every stage. Which topics each reads and writes stands at its class."""

SERVICES: tuple[ServiceSpec, ...] = (
    ServiceSpec("sweeper", _sweeper, "answers at hour 20 whoever was not answered yet", beside="acknowledge"),
    ServiceSpec("sender", _sender, "sends what the outbox holds, each message at most once"),
    ServiceSpec(
        "sampler",
        lambda context: Sampler(SamplerParts(context.engine, context.pack, context.now)),
        "draws each week's sample of complaints for people to look at",
        beside="review",
    ),
    ServiceSpec(
        "opinion",
        _opinions,
        "asks another model about what the machine is unsure of; off unless set up",
        beside="review",
    ),
    ServiceSpec(
        "follow-up",
        lambda context: FollowUp(FollowUpParts(context.engine, context.settings.kafka, context.now)),
        "looks after cases that nobody accepts, and sends on what was not a department's",
        beside="casework",
    ),
    ServiceSpec("fetcher", _fetcher, "fetches files that channels announced, each until it is safely ours"),
    ServiceSpec("auditor", _auditor, "writes down which record lies where: the ledger of `intake reconcile`"),
    ServiceSpec("webhooks", _webhooks, "posts records to departments that speak HTTP only; off unless set up"),
    ServiceSpec(
        "republisher", _republisher, "publishes deliveries again whose complaint never got there", beside="auditor"
    ),
)


def names() -> tuple[str, ...]:
    """Every part that can be built, stages first."""
    return (*(stage.name for stage in PIPELINE), *(service.name for service in SERVICES))


def process_of(name: str) -> tuple[str, ...]:
    """The parts that run in one process when `name` runs alone: itself and what works beside it."""
    return (name, *(spec.name for spec in SERVICES if spec.beside == name))


def build(name: str, context: WorkerContext) -> Service:
    """Make one part, ready to run. Raises `InvalidRequest` for a name there is not."""
    service = next((spec for spec in SERVICES if spec.name == name), None)
    if service is not None:
        return service.factory(context)
    stage = next((spec for spec in PIPELINE if spec.name == name), None)
    if stage is None:
        raise InvalidRequest(f"no stage is called {name}: choose one of {', '.join(names())}")
    settings = context.settings.worker
    if stage.beside:
        settings = settings.model_copy(update={"gather": settings.gather_beside})
    return StageWorker(stage.factory(context), kafka=context.settings.kafka, engine=context.engine, settings=settings)
