"""Passwords: argon2id through argon2-cffi with its default costs, a few at once, growing pauses after wrong ones.

Source: argon2-cffi.readthedocs.io (`PasswordHasher`: RFC 9106's low-memory profile, 64 MiB a hash).
"""

import asyncio
import unicodedata
from datetime import timedelta
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from schemas.errors import InvalidRequest
from schemas.settings.staff import StaffSettings

_HASHER = PasswordHasher()
_AT_ONCE = 4
"""Hashes under way in one process: each takes 64 MiB."""
_MAX_CHARS = 256


class Passwords:
    """Hashes and compares beside the event loop."""

    def __init__(self) -> None:
        self._turn = asyncio.Semaphore(_AT_ONCE)

    async def fit(self, typed: str, kept: str | None) -> bool:
        """Whether `typed` is the password; without a kept hash it costs the same and is False."""
        async with self._turn:
            return await asyncio.to_thread(_fits, typed, kept)


def hashed(password: str, settings: StaffSettings) -> str:
    """The hash to keep. Raises `InvalidRequest` for a password that is too short or too long."""
    if not settings.min_password_chars <= len(password) <= _MAX_CHARS:
        raise InvalidRequest(f"password: {settings.min_password_chars} to {_MAX_CHARS} characters")
    return _HASHER.hash(_canonical(password))


def pause_after(failed_tries: int, settings: StaffSettings) -> timedelta:
    """How long an account is locked after so many wrong passwords in a row."""
    over = failed_tries - settings.free_tries
    if over < 0:
        return timedelta(0)
    doubled: timedelta = settings.first_pause * 2 ** min(over, 20)
    return min(doubled, settings.longest_pause)


def _fits(typed: str, kept: str | None) -> bool:
    try:
        _HASHER.verify(kept or _nobodys(), _canonical(typed[:_MAX_CHARS]))
    except (VerificationError, InvalidHashError):
        return False
    return kept is not None


def _canonical(password: str) -> bytes:
    """The same password typed on another keyboard; what UTF-8 cannot hold is replaced."""
    return unicodedata.normalize("NFKC", password).encode(errors="replace")


@cache
def _nobodys() -> str:
    return _HASHER.hash("nobody has this password")
