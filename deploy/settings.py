"""Loading the settings: environment over what the embedded platform says about itself over defaults."""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import platformdirs
from pydantic import BaseModel, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, SettingsError

from deploy.declared import NESTED, PREFIX, declared, entries_of, group_of, variable
from deploy.keys import check_keys, make_keys, read_keys
from deploy.local import Part, PlatformStatus
from deploy.local.status import MailboxAddress
from schemas.errors import SettingsInvalid
from schemas.settings import Settings

DEMO_ACCOUNT = "demo"
_NOT_OURS = ("INTAKE_CACHE", "INTAKE_TEST_", "INTAKE_FAILPOINTS")
_CHECKOUT = Path(__file__).resolve().parents[1]


class _FromEnvironment(Settings):
    """Settings whose environment wins over the values handed in; an empty variable counts as unset."""

    model_config = SettingsConfigDict(env_ignore_empty=True)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment first, then what the caller hands in."""
        return env_settings, init_settings


@dataclass(frozen=True, slots=True)
class Installation:
    """The settings with what is known about them.

    `embedded` are the parts of the platform that no setting points elsewhere. `handed` are the values that came
    from the embedded platform or the keys file, by path. `unknown` are variables that mean nothing to us.
    """

    settings: Settings
    embedded: frozenset[Part]
    handed: Mapping[tuple[str, ...], str]
    unknown: tuple[str, ...]

    @property
    def keeps_own_keys(self) -> bool:
        """Whether keys may be made here: only where log and state are embedded, so that nobody else needs them."""
        return {Part.KAFKA, Part.DATABASE} <= self.embedded

    def origin(self, path: tuple[str, ...]) -> str:
        """Say where the value of a setting came from."""
        present = {name.upper() for name, value in os.environ.items() if value}
        for length in range(len(path), 0, -1):
            if variable(path[:length]).upper() in present:
                return f"environment {variable(path[:length])}"
        return self.handed.get(path, "default")


def load_settings(home: Path | None = None) -> Settings:
    """Return the settings of this installation; SettingsInvalid names the variable that is wrong.

    Keys are those of the environment or the keys file and may be unset; see `with_keys`.
    """
    return load(home).settings


def load(home: Path | None = None) -> Installation:
    """Load the settings and remember where each came from."""
    unknown = _unknown(os.environ)
    chosen = (home or default_home()).expanduser().absolute()
    plain = _build({})
    embedded = embedded_parts(plain)
    handed: dict[str, Any] = _addresses(_platform(chosen), embedded)
    origins = dict.fromkeys(_leaves(handed), "embedded platform")
    if {Part.KAFKA, Part.DATABASE} <= embedded:
        demo = _demo_accounts(chosen, plain)
        handed |= demo
        origins |= dict.fromkeys(_leaves(demo), "demo")
    if {Part.KAFKA, Part.DATABASE} <= embedded:
        keys = _kept_keys(chosen, plain)
        handed |= keys
        origins |= dict.fromkeys(_leaves(keys), "keys file")
    settings = _build(handed).model_copy(update={"home": chosen})
    return Installation(settings, embedded, origins, unknown)


def with_keys(installation: Installation) -> Settings:
    """Return the settings with keys: made now where everything is embedded, else SettingsInvalid when unset."""
    settings = installation.settings
    if installation.keeps_own_keys:
        make_keys(settings.home)
        settings = load(settings.home).settings
    check_keys(settings.keys)
    return settings


def default_home() -> Path:
    """Return `INTAKE_HOME`, else `.intake` in the checkout we run from, else the user's data folder."""
    if os.environ.get("INTAKE_HOME"):
        return Path(os.environ["INTAKE_HOME"])
    if (_CHECKOUT / "pyproject.toml").exists():
        return _CHECKOUT / ".intake"
    return Path(platformdirs.user_data_dir("complaint-intake"))


def embedded_parts(settings: Settings) -> frozenset[Part]:
    """Return the parts of the platform that these settings do not point elsewhere.

    The demo mailbox belongs to an embedded log or database without any mail settings of one's own.
    """
    parts = set()
    if settings.kafka.bootstrap_servers is None:
        parts.add(Part.KAFKA)
    if settings.database.url is None:
        parts.add(Part.DATABASE)
    if parts and not settings.mailboxes and settings.smtp is None:
        parts.add(Part.MAILBOX)
    return frozenset(parts)


def _build(handed: dict[str, Any]) -> Settings:
    try:
        return _FromEnvironment(**handed)
    except SettingsError as error:
        raise SettingsInvalid(f"{error}: lists and groups are written as JSON") from error
    except ValidationError as error:
        raise SettingsInvalid("; ".join(_problems(error))) from None


def _problems(error: ValidationError) -> list[str]:
    """One sentence a mistake, without the value: it may be a secret."""
    found = error.errors(include_url=False, include_context=False, include_input=False)
    return [f"{variable(tuple(str(part) for part in one['loc']))}: {one['msg']}" for one in found]


def _platform(home: Path) -> PlatformStatus:
    try:
        return PlatformStatus.model_validate_json((home / "platform.json").read_bytes())
    except FileNotFoundError:
        return PlatformStatus()
    except (OSError, ValidationError) as error:
        raise SettingsInvalid(
            f"{home / 'platform.json'} cannot be read: run `intake platform down`, then up"
        ) from error


def _addresses(platform: PlatformStatus, embedded: frozenset[Part]) -> dict[str, Any]:
    handed: dict[str, Any] = {}
    if platform.kafka and Part.KAFKA in embedded:
        handed["kafka"] = {"bootstrap_servers": platform.kafka.bootstrap_servers}
    if platform.database and Part.DATABASE in embedded:
        handed["database"] = {"url": platform.database.url}
    if platform.mailbox and Part.MAILBOX in embedded:
        handed |= _demo_mailbox(platform.mailbox)
    return handed


def _demo_mailbox(mailbox: MailboxAddress) -> dict[str, Any]:
    imap_host, imap_port = mailbox.imap.rsplit(":", 1)
    smtp_host, smtp_port = mailbox.smtp.rsplit(":", 1)
    read = {"host": imap_host, "port": int(imap_port), "security": "plain", "user": mailbox.user}
    read |= {"password": mailbox.password, "addresses": (mailbox.user,), "poll_every": "PT5S"}
    send = {"host": smtp_host, "port": int(smtp_port), "security": "plain", "from_address": mailbox.user}
    # GreenMail 2.1 takes `MAIL FROM:<>` and then refuses every recipient.
    send["bounce_address"] = f"bounces@{mailbox.user.rpartition('@')[2]}"
    return {"mailboxes": {DEMO_ACCOUNT: read}, "smtp": send}


def _demo_accounts(home: Path, plain: Settings) -> dict[str, Any]:
    """The accounts at the demo's vendors, where no own ones are set; see `deploy.demo.accounts`."""
    if not (home / "demo.json").exists():
        return {}
    from deploy.demo.accounts import noted  # all that vendors sign and write with, slow to import

    demo = noted(home)
    return {} if demo is None else {name: own for name, own in demo.settings().items() if _is_unset(plain, name)}


def _is_unset(plain: Settings, group: str) -> bool:
    return group not in plain.model_fields_set


def _kept_keys(home: Path, plain: Settings) -> dict[str, Any]:
    kept = read_keys(home)
    if kept is None:
        return {}
    if plain.keys.tokens:
        del kept["tokens"], kept["current_token"]
    return {"keys": kept}


def _leaves(values: Mapping[str, Any], path: tuple[str, ...] = ()) -> Iterable[tuple[str, ...]]:
    for name, value in values.items():
        if isinstance(value, Mapping):
            yield from _leaves(value, (*path, name))
        else:
            yield (*path, name)


def _unknown(environment: Mapping[str, str]) -> tuple[str, ...]:
    """Return our variables that name no setting; one that looks like a slip of the pen raises SettingsInvalid."""
    unknown = [
        name
        for name, value in environment.items()
        if name.upper().startswith(PREFIX) and not name.upper().startswith(_NOT_OURS) and value and not _known(name)
    ]
    for name in unknown:
        if (meant := nearest(name)) is not None:
            raise SettingsInvalid(f"{name} is no setting; did you mean {meant}? `intake settings` lists all")
    return tuple(unknown)


def _known(name: str) -> bool:
    return _walk(name.upper().removeprefix(PREFIX).lower().split(NESTED), Settings)


def _walk(parts: list[str], model: type[BaseModel]) -> bool:
    field = model.model_fields.get(parts[0])
    if field is None:
        return False
    rest, annotation = parts[1:], field.annotation
    entry = entries_of(annotation)
    if entry is not None and rest:
        rest, annotation = rest[1:], entry
    inside = group_of(annotation)
    if not rest:
        return True
    return inside is not None and _walk(rest, inside)


def nearest(name: str) -> str | None:
    """Return the declared variable a misspelt one probably means, with the same account or key names, or None."""
    parts = name.upper().removeprefix(PREFIX).split(NESTED)
    candidates: dict[str, None] = {}
    for row in declared():
        path = row.path
        if len(path) == len(parts):
            path = tuple(own.lower() if part.startswith("<") else part for part, own in zip(path, parts, strict=True))
        candidates[variable(path)] = None
    found = get_close_matches(name.upper(), candidates, n=1, cutoff=0.85)
    return found[0] if found else None
