"""The working parts: stages, sender and sweeper, as plans of a process; and which topics each stage reads."""

from collections.abc import Sequence
from difflib import get_close_matches
from functools import partial

from sqlalchemy.ext.asyncio import AsyncEngine

from connectors.imap import own_addresses
from deploy.handover import gateway_url
from deploy.preparation import Preparation
from deploy.reaching import Reach
from deploy.supervisor import Plan
from infra.objects import ObjectStore
from operations.assembly import connector_of, pack_of, places_of, pseudonym_key_of, rounds_of, token_keys_of
from schemas.errors import InvalidRequest
from schemas.settings import Settings
from workers.context import WorkerContext
from workers.pipeline import build, names, process_of

ALL = "all"


def chosen(asked: Sequence[str]) -> tuple[str, ...]:
    """Return the parts meant by the arguments of `intake worker`, with what shares a process with them.

    Raises InvalidRequest for a name there is not.
    """
    parts: dict[str, None] = {}
    for name in names() if ALL in asked else asked:
        if name not in names():
            near = get_close_matches(name, names(), n=1)
            hint = f"; did you mean {near[0]}?" if near else ""
            raise InvalidRequest(f"there is no stage {name}{hint}; choose from: {', '.join(names())}, {ALL}")
        parts |= dict.fromkeys(process_of(name))
    return tuple(parts)


def stage_plans(context: WorkerContext, parts: Sequence[str], preparation: Preparation | None = None) -> list[Plan]:
    """Return a plan for each part; they begin when the preparation is done."""
    after = preparation.done if preparation else None
    return [Plan(name, partial(build, name, context), after, "topics and tables") for name in parts]


def worker_context(settings: Settings, engine: AsyncEngine, objects: ObjectStore) -> WorkerContext:
    """Return what stages are made from. SettingsInvalid without keys."""
    reach = Reach(settings)
    return WorkerContext(
        settings=settings,
        pack=pack_of(settings),
        engine=engine,
        objects=objects,
        pseudonym_key=pseudonym_key_of(settings),
        token_keys=token_keys_of(settings),
        public_url=settings.gateway.public_url or gateway_url(settings),
        own_addresses=frozenset(own_addresses(settings)),
        replies=reach.replies(),
        connector_of=partial(connector_of, settings),
        rounds=partial(rounds_of, settings),
        media=reach.media(),
        transcriber=reach.transcriber(),
        places=places_of(settings),
        adviser=reach.adviser(),
        accounts=reach.accounts,
    )
