"""A record with every field filled, made from its model: what a reader of another version may meet."""

from datetime import UTC, datetime
from decimal import Decimal
from enum import Enum
from types import NoneType
from typing import Annotated, Any, Literal, TypeVar, get_args, get_origin
from uuid import UUID

from pydantic import BaseModel

M = TypeVar("M", bound=BaseModel)
_PLAIN: dict[Any, Any] = {
    str: "文字",
    int: 1,
    float: 0.5,
    bool: True,
    UUID: UUID(int=1),
    Decimal: Decimal("12.50"),
    datetime: datetime(2026, 11, 22, 7, 31, 0, 123000, tzinfo=UTC),
    Any: {"any": "thing"},
}


def filled(model: type[M]) -> M:
    """An instance in which no field is left to its default."""
    return model.model_validate({name: _value(field.annotation) for name, field in model.model_fields.items()})


def _value(annotation: Any) -> Any:
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _value(arguments[0])
    if origin is Literal:
        return arguments[0]
    if origin is tuple:
        return (_value(arguments[0]),)
    if origin is dict:
        return {_value(arguments[0]): _value(arguments[1])}
    if arguments:
        return _value(next(argument for argument in arguments if argument is not NoneType))
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return filled(annotation)
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return next(iter(annotation))
    return _PLAIN.get(annotation, _PLAIN[datetime])
