"""The posts of all departments as a service; one whose receiver is away holds no other."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncEngine

from infra.service import Health
from schemas.settings import DepartmentSettings, KafkaSettings, PostingSettings
from workers.persistent import persist
from workers.webhooks.department import DepartmentPosts
from workers.webhooks.target import targets


@dataclass(frozen=True, slots=True)
class WebhooksParts:
    """What the service needs. `departments` are all that are set up; those with a `webhook_url` are posted to."""

    engine: AsyncEngine
    kafka: KafkaSettings
    departments: Mapping[str, DepartmentSettings]
    settings: PostingSettings
    now: Callable[[], datetime]


class Webhooks:
    """Posts to every department with a `webhook_url`. Raises `SettingsInvalid` for one that cannot be posted to."""

    def __init__(self, parts: WebhooksParts) -> None:
        self.name = "webhooks"
        self._posts = tuple(
            DepartmentPosts(target, parts.engine, parts.kafka, parts.settings, parts.now)
            for target in targets(parts.departments, parts.kafka.naming)
        )

    async def run(self, stop: asyncio.Event) -> None:
        """See `infra.service.Service`."""
        if not self._posts:
            await stop.wait()
            return
        async with asyncio.TaskGroup() as tasks:
            for one in self._posts:
                tasks.create_task(self._keep_posting(one, stop))

    def health(self) -> Health:
        """Ready while every receiver takes what is posted."""
        found = [one.health() for one in self._posts]
        wrong = next((one for one in found if not one.ready), None)
        if wrong is not None:
            return Health(self.name, False, f"{wrong.name}: {wrong.detail}")
        return Health(self.name, True, f"posts to {len(found)} departments" if found else "no department is posted to")

    async def _keep_posting(self, one: DepartmentPosts, stop: asyncio.Event) -> None:
        await persist(stop, one.state, lambda: one.work(stop))
