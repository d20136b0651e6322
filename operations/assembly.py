"""What every process of an installation is put together from: pack, topics, numbering."""

from pathlib import Path

from connectors.contract import Connector, HookConnector, Numbering
from connectors.rounds import Rounds
from schemas.errors import InvalidRequest, SettingsInvalid
from schemas.policy import PolicyPack, load_pack
from schemas.policy.organisation import Resolver, load_organisation
from schemas.settings import Settings
from schemas.tokens import TokenKeys
from schemas.topics import Topic, all_topics, department_topic


def pack_of(settings: Settings) -> PolicyPack:
    """Return the policy pack of this installation."""
    return load_pack(settings.policy)


def places_of(settings: Settings) -> Resolver | None:
    """Return what finds stores and counters by name; None without an organisation file."""
    return None if settings.organisation is None else Resolver(load_organisation(settings.organisation))


def topics_of(settings: Settings) -> tuple[Topic, ...]:
    """Return every topic of this installation, those of the pack's departments included."""
    return all_topics(pack_of(settings).department_codes)


def department_topics(settings: Settings) -> dict[str, str]:
    """Return department → broker name of its topic."""
    naming = settings.kafka.naming
    return {code: naming.topic(department_topic(code)) for code in pack_of(settings).department_codes}


def numbering_of(settings: Settings) -> Numbering:
    """Return what gives ids and tracking numbers. Raises SettingsInvalid without a number key."""
    if settings.keys.number is None:
        raise SettingsInvalid("INTAKE_KEYS__NUMBER is not set")
    return Numbering(settings.keys.number.get_secret_value().encode())


def pseudonym_key_of(settings: Settings) -> bytes:
    """Return the key that turns identifiers into pseudonyms. Raises SettingsInvalid when unset."""
    if settings.keys.pseudonym is None:
        raise SettingsInvalid("INTAKE_KEYS__PSEUDONYM is not set")
    return settings.keys.pseudonym.get_secret_value().encode()


def connector_of(settings: Settings, channel: str, number_key: bytes | None = None) -> Connector:
    """Return the reader of a channel; `number_key` stands in for the keys of the settings.

    Raises InvalidRequest for a channel that is not installed.
    """
    from connectors.registry import CONNECTORS, Installation  # all channels and what they read with, slow to import

    make = CONNECTORS.get(channel)
    if make is None:
        raise InvalidRequest(f"channel {channel}: choose one of {', '.join(sorted(CONNECTORS))}")
    if number_key is not None:
        return make(Installation(settings, Numbering(number_key), number_key))
    return make(Installation(settings, numbering_of(settings), pseudonym_key_of(settings)))


def hooks_of(settings: Settings) -> dict[str, HookConnector]:
    """Return the channels that vendors call, by name."""
    from connectors.registry import CONNECTORS  # as above

    made = {channel: connector_of(settings, channel) for channel in CONNECTORS}
    return {channel: one for channel, one in made.items() if isinstance(one, HookConnector)}


def rounds_of(settings: Settings) -> Rounds:
    """Return what makes records of deliveries. Raises SettingsInvalid without keys."""
    numbering, pseudonym_key = numbering_of(settings), pseudonym_key_of(settings)
    return Rounds(settings.kafka.naming, numbering, pseudonym_key, settings.archive.inline_bytes)


def token_keys_of(settings: Settings) -> TokenKeys:
    """Return the keys of signed tokens; without a named current key the last one makes new tokens."""
    secrets = {name: secret.get_secret_value().encode() for name, secret in settings.keys.tokens.items()}
    if not secrets:
        raise SettingsInvalid("INTAKE_KEYS__TOKENS__K1 is not set")
    return TokenKeys(settings.keys.current_token or list(secrets)[-1], secrets)


def with_spool_of(settings: Settings, part: str) -> Settings:
    """Return the settings with the spool folder of one part: a spool has exactly one owner."""
    parent: Path = settings.spool.folder or settings.home / "spool"
    return settings.model_copy(update={"spool": settings.spool.model_copy(update={"folder": parent / part})})
