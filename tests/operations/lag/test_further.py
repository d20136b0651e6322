"""Sources of the board beside Kafka: a slow or broken one holds up nothing and is said."""

import asyncio
from collections.abc import Sequence

from operations.lag.further import Further
from operations.lag.rows import BoardRow, RowKind, RowState
from operations.saying import Said
from tests.waiting import until

SAID = Said("一", "one")
MAIL = BoardRow("channel:mail", RowKind.CHANNEL, "mail", SAID, RowState.OK, SAID, waiting=3)


async def test_a_slow_source_is_asked_once_and_its_answer_comes_when_it_comes() -> None:
    asked, answer = [], asyncio.Event()

    async def slow() -> Sequence[BoardRow]:
        asked.append(1)
        await answer.wait()
        return [MAIL]

    source = Further(slow)
    for _ in range(3):
        await source.refresh(0)
    before = source.rows
    answer.set()
    await until(lambda: source.rows)

    assert (before, source.rows, asked) == ((), (MAIL,), [1])


async def test_the_last_answer_stays_while_the_source_is_away() -> None:
    answers: list[Sequence[BoardRow] | OSError] = [[MAIL], ConnectionRefusedError(), [MAIL, MAIL]]

    async def ask() -> Sequence[BoardRow]:
        answer = answers.pop(0)
        if isinstance(answer, OSError):
            raise answer
        return answer

    source, seen = Further(ask), []
    for _ in range(3):
        await source.refresh(5)
        seen.append((len(source.rows), source.away))

    assert seen == [(1, False), (1, True), (2, False)]


async def test_closing_gives_up_what_is_awaited() -> None:
    source = Further(asyncio.Event().wait)  # type: ignore[arg-type]
    await source.refresh(0)

    await source.close()

    assert len(asyncio.all_tasks()) == 1
