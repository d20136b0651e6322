"""The secrets of an embedded installation: made once, kept in `<home>/keys.json` for the owner only."""

import secrets
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from deploy.local.files import locked, write_private
from schemas.errors import SettingsInvalid
from schemas.settings import KeySettings

MIN_CHARS = 32
DEVELOPMENT_NUMBER = "development-number-key-for-parse-only"
"""Stands in for the number key where no installation exists and numbers are only looked at (`intake parse`)."""


class KeysFile(BaseModel):
    """The content of `keys.json`."""

    number: str
    pseudonym: str
    tokens: dict[str, str]
    current_token: str


def read_keys(home: Path) -> dict[str, Any] | None:
    """Return the kept keys as settings values; None when there are none yet. SettingsInvalid when damaged."""
    file = home / "keys.json"
    try:
        return KeysFile.model_validate_json(file.read_bytes()).model_dump()
    except FileNotFoundError:
        return None
    except ValidationError:
        # pydantic quotes the rejected value in its text, and these are secrets
        raise SettingsInvalid(f"{file} is damaged: restore it, or `intake platform reset` to begin anew") from None


def make_keys(home: Path) -> dict[str, Any]:
    """Return the kept keys, making them first if there are none. Safe when several processes do it at once."""
    with locked(home / "keys.lock"):
        kept = read_keys(home)
        if kept is not None:
            return kept
        made = KeysFile(
            number=secrets.token_urlsafe(32),
            pseudonym=secrets.token_urlsafe(32),
            tokens={"k1": secrets.token_urlsafe(32)},
            current_token="k1",  # noqa: S106 - the name of a key, not a secret
        )
        write_private(home / "keys.json", made.model_dump_json(indent=2) + "\n")
        return made.model_dump()


def check_keys(keys: KeySettings) -> None:
    """Raise SettingsInvalid naming every variable that is missing or too short."""
    wrong = []
    for name, value in (("NUMBER", keys.number), ("PSEUDONYM", keys.pseudonym)):
        if value is None or len(value.get_secret_value()) < MIN_CHARS:
            wrong.append(f"INTAKE_KEYS__{name}")
    if not keys.tokens or any(len(secret.get_secret_value()) < MIN_CHARS for secret in keys.tokens.values()):
        wrong.append("INTAKE_KEYS__TOKENS__K1")
    if wrong:
        raise SettingsInvalid(
            f"set {', '.join(wrong)} to random secrets of at least {MIN_CHARS} characters"
            " (for example `openssl rand -hex 32`), the same for every process of this installation"
        )
    if keys.current_token is not None and keys.current_token not in keys.tokens:
        raise SettingsInvalid(
            f"INTAKE_KEYS__CURRENT_TOKEN names no key of INTAKE_KEYS__TOKENS__…: {keys.current_token}"
        )
