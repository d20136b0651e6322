"""Every key of a policy pack and an organisation file, from the models that read them."""

from collections.abc import Iterator, Sequence
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from schemas.policy.documents import models_in
from schemas.policy.organisation.model import Organisation
from schemas.policy.pack import PolicyPack

_PLAIN = {"str": "text", "int": "number", "float": "number", "Decimal": "number", "bool": "yes or no"}
_PLAIN |= {"date": "date"}
_MOST_CHOICES = 12
_LONGEST_DEFAULT = 40


def pack_keys() -> Iterator[Sequence[str]]:
    """Part, key, what it holds, default, meaning: of a pack and all its parts."""
    yield _part(PolicyPack), "`extends`", "text", "", "The pack below: default, p0 … p4, or a path from this file"
    yield _part(PolicyPack), "`remove`", "mapping to list of text", "", "Section → ids of the pack below that go"
    yield from _keys(PolicyPack)


def organisation_keys() -> Iterator[Sequence[str]]:
    """The same of an organisation file."""
    return _keys(Organisation)


def _keys(root: type[BaseModel]) -> Iterator[Sequence[str]]:
    pending, seen = [root], {root}
    while pending:
        model = pending.pop(0)
        for name, field in model.model_fields.items():
            yield _part(model), f"`{name}`", _holds(field.annotation), _default(field), _meaning(field)
            for inner in models_in(field.annotation):
                if inner not in seen:
                    seen.add(inner)
                    pending.append(inner)


def _part(model: type[BaseModel]) -> str:
    return f"**{model.__name__}**"


def _holds(annotation: Any) -> str:
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Literal:
        return ", ".join(f"`{one}`" for one in arguments[:_MOST_CHOICES])
    if origin in {Union, UnionType}:
        return " or ".join(_holds(one) for one in arguments if one is not NoneType)
    if origin in {tuple, list}:
        return f"list of {_holds(arguments[0])}"
    if origin is dict:
        return f"mapping to {_holds(arguments[1])}"
    if origin is not None:
        return _holds(arguments[0])
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return _part(annotation)
    name = getattr(annotation, "__name__", str(annotation))
    return _PLAIN.get(name, name)


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    value = field.get_default(call_default_factory=True)
    if value is None or value == ():
        return ""
    if isinstance(value, BaseModel):
        return "its defaults"
    return f"`{value}`" if len(str(value)) <= _LONGEST_DEFAULT else "as shipped"


def _meaning(field: FieldInfo) -> str:
    """What is written at the key, else the first sentence about what it holds."""
    models = [model for model in models_in(field.annotation) if model.__doc__]
    return field.description or (models[0].__doc__ or "" if models else "").strip().partition("\n")[0]
