"""One receiver as the settings name it. What it answers never leads anywhere else: redirects are not followed."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from schemas.errors import SettingsInvalid
from schemas.settings import DepartmentSettings
from schemas.topics import department_topic
from schemas.wire import Naming
from workers.webhooks.signing import keys_of

WEBHOOK_GROUP = "webhook-"
"""Consumer group of a department's posts: with its code behind."""
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


@dataclass(frozen=True, slots=True)
class Target:
    """Where the records of a department go. `topic` and `group` are the broker's names."""

    department: str
    topic: str
    group: str
    url: str
    keys: tuple[bytes, ...]


def targets(departments: Mapping[str, DepartmentSettings], naming: Naming) -> tuple[Target, ...]:
    """Every department with a `webhook_url`, by its code. Raises `SettingsInvalid` for what cannot be posted to."""
    return tuple(_target(code, one, naming) for code, one in departments.items() if one.webhook_url)


def _target(code: str, settings: DepartmentSettings, naming: Naming) -> Target:
    name = f"INTAKE_DEPARTMENTS__{code.replace('-', '_').upper()}__WEBHOOK"
    url = settings.webhook_url or ""
    parts = urlsplit(url)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOOPBACK):
        raise SettingsInvalid(f"{name}_URL: use https://… (http only for this machine)")
    secret = settings.webhook_secret.get_secret_value() if settings.webhook_secret else ""
    return Target(
        code,
        naming.topic(department_topic(code)),
        naming.group(f"{WEBHOOK_GROUP}{code}"),
        url,
        keys_of(secret, f"{name}_SECRET"),
    )
