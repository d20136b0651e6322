"""Bytes of the broker to a record the stage can decide about, or the reason why that is impossible."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from aiokafka import ConsumerRecord
from pydantic import ValidationError

from schemas.base import Record
from schemas.wire import Naming
from workers.runtime.failures import Failure
from workers.runtime.outcome import SKIPPED, Fate, Outcome, dead
from workers.runtime.replays import is_for_another
from workers.runtime.stage import AnyStage, Incoming, Origin

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@lru_cache(maxsize=256)
def _moment(milliseconds: int) -> datetime:
    """The time of a record. Under load many records share a millisecond, and then what is made of it later."""
    return _EPOCH + timedelta(milliseconds=milliseconds)


class Headers(Mapping[str, str]):
    """Headers as text, decoded when asked for: of a dozen a stage looks at one or two. The last of a name wins."""

    __slots__ = ("_raw",)

    def __init__(self, pairs: Iterable[tuple[str, bytes | None]]) -> None:
        self._raw = dict(pairs)

    def __getitem__(self, name: str) -> str:
        return (self._raw[name] or b"").decode(errors="replace")

    def get(self, name: str, default: Any = None) -> Any:
        """The header or the default. The one of `Mapping` raises and catches what is not there: 1.5 microseconds."""
        return self[name] if name in self._raw else default

    def __iter__(self) -> Iterator[str]:
        return iter(self._raw)

    def __len__(self) -> int:
        return len(self._raw)


class Reader:
    """Validates what the stage reads; a stage of several topics has one model each."""

    def __init__(self, stage: AnyStage, naming: Naming) -> None:
        self._stage = stage.name
        self._models: dict[str, type[Record]] = {naming.topic(topic): topic.record for topic in stage.reads}

    def read(self, record: "ConsumerRecord[Any, Any]") -> Incoming[Any] | Outcome:
        """Read one record: what is to be decided, or its outcome when nothing is (skipped, dead letter)."""
        headers = Headers(record.headers)
        if is_for_another(headers, self._stage):
            return SKIPPED
        model, raw = self._models[record.topic], record.value or b""
        try:
            value = model.model_validate_json(raw)
            at = _moment(record.timestamp)
        except ValidationError as error:
            return Outcome(Fate.DEAD_LETTER, failure=_where(model, error))
        except OverflowError as error:  # a producer may claim any CreateTime
            return dead(error)
        return Incoming(value, Origin(record.topic, record.partition, record.offset), at, headers, raw)


def _where(model: type[Record], error: ValidationError) -> Failure:
    """Name the broken fields of the model. Deeper parts of a location can be keys of the content: left out."""
    found = error.errors(include_input=False, include_context=False, include_url=False)
    places = {(str(one["loc"][0]) if one["loc"] else "", one["type"]) for one in found}
    named = sorted(f"{field}: {kind}" if field in model.model_fields else kind for field, kind in places)
    return Failure("ValidationError", f"{model.__name__} " + ", ".join(named[:5]))
