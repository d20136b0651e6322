"""PostgreSQL reads every list we write as the values that are in it."""

from datetime import UTC, datetime, timedelta, timezone
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from infra.arrays import ArrayDumper

pytestmark = pytest.mark.services

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


class Word(StrEnum):
    """A word of a vocabulary."""

    SENT = "sent"


def stored(url: str, kind: str, values: list[Any]) -> Any:
    with psycopg.connect(url, options="-c timezone=UTC") as connection:
        connection.adapters.register_dumper(list, ArrayDumper)
        row = connection.execute(f"SELECT CAST(%s AS {kind}[])", [values]).fetchone()
    return row[0] if row else None


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        (
            "text",
            ["", " ", "NULL", "null", 'a"b', "a\\b", '\\"', "{1,2}", "a,b", "两行\n\t\r", "\u3000\u1680", "😀", "'"],
        ),
        ("text", [None, "a", None]),
        ("text", [Word.SENT, "other"]),
        ("uuid", [uuid4(), None, UUID(int=1)]),
        ("timestamptz", [NOON, None, NOON.replace(microsecond=1, tzinfo=timezone(timedelta(hours=8)))]),
        ("bigint", [0, -1, None, 2**62]),
        ("boolean", [True, None, False]),
        ("float8", [1.5, None]),
        ("text", []),
        ("text", [None]),
    ],
)
def test_a_list_comes_back_as_it_was(database_url: str, kind: str, values: list[Any]) -> None:
    assert stored(database_url, kind, values) == values


def test_nul_in_a_text_is_refused_as_psycopg_does(database_url: str) -> None:
    with pytest.raises(psycopg.DataError, match="NUL") as refused:
        stored(database_url, "text", ["a", "b\0c"])

    assert refused.value.sqlstate is None


def test_a_lone_surrogate_is_refused_as_psycopg_does(database_url: str) -> None:
    with pytest.raises(UnicodeEncodeError):
        stored(database_url, "text", ["\ud800"])
