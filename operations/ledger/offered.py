"""What the sources say they handed over, asked outside our receiving code, compared with what is stored.

Asked before the cut and compared after it: what a poller marked as durable by then lies before the cut in Kafka.
"""

import asyncio
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncEngine

from operations.ledger import mailboxes
from operations.ledger.model import Offered
from operations.ledger.spools import SpoolOf, list_spools, spool_folder
from schemas.complaint import Channel
from schemas.settings import Settings

SPOOL = "spool"
NOT_LISTED = {
    Channel.WEB.value: "nobody keeps a list of posts that were not accepted: the ledger begins at stored",
}
"""Channels whose source cannot be listed, and why."""


@dataclass(frozen=True, slots=True)
class Sources:
    """What all sources said. Spools are listed after the mailboxes: a mail taken meanwhile is in one or in Kafka."""

    mailboxes: list[mailboxes.Asked]
    spools: list[SpoolOf]


async def ask(settings: Settings, engine: AsyncEngine, now: datetime) -> Sources:
    """List mailboxes and spools; call it before the end offsets of the cut are noted. Changes nothing anywhere.

    `engine` leaves out what is known already. A source that cannot be reached never raises.
    """
    asked = await mailboxes.ask(settings, engine, now)
    return Sources(asked, await asyncio.to_thread(list_spools, settings))


async def compare(
    settings: Settings, sources: Sources, engine: AsyncEngine, *, archived: bool = True
) -> tuple[Offered, ...]:
    """Compare what was listed with what is stored; call it after the cut.

    Without `archived` the archive has not passed the cut: what is not stored may only wait for it.
    """
    found: list[Offered] = []
    for one in sources.mailboxes:
        spooled = {
            held.place
            for spool in sources.spools
            for held in spool.deliveries
            if held.account == one.account and held.place is not None
        }
        waits = settings.mailboxes[one.account].poll_every
        line = await mailboxes.judge(one, engine, spooled, waits)
        found.append(line if archived else replace(line, missing=(), waiting=(*line.missing, *line.waiting)))
    found += _spools(settings, sources.spools)
    found += [Offered(channel, "", None, note=why) for channel, why in NOT_LISTED.items()]
    return tuple(found)


def _spools(settings: Settings, spools: list[SpoolOf]) -> list[Offered]:
    """One line a spool. An entry that is torn or was refused holds what somebody was told is kept."""
    if not spools and not spool_folder(settings).is_dir():
        return [Offered(SPOOL, "", None, note="no spool folder on this machine: ask where the gateway runs")]
    return [
        Offered(
            SPOOL,
            one.part,
            len(one.deliveries) + len(one.lost),
            len(one.deliveries),
            tuple(one.lost),
            f"{len(one.deliveries)} deliveries wait for Kafka" if one.deliveries else "",
        )
        for one in spools
    ]
