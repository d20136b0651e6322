"""Writes `schemas/json/`: a JSON Schema (2020-12) of every record on a topic and of what every command prints;
and `docs/asyncapi.yaml`, the contract of department systems.

Objects stay open and known values of a vocabulary are no closed list: consumers accept unknown fields and values.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode, JsonSchemaValue
from pydantic_core import core_schema

from operations.contract import Installed, written
from schemas.base import Record
from schemas.commands import COMMAND_OUTPUTS
from schemas.policy import load_pack
from schemas.settings import KafkaSettings
from schemas.topics import PIPELINE_TOPICS, department_topic

ASYNCAPI = Path(__file__).resolve().parents[1] / "docs" / "asyncapi.yaml"
"""What `/asyncapi.yaml` answers in an installation with the default pack and without a prefix."""
FOLDER = Path(__file__).resolve().parents[1] / "schemas" / "json"
DIALECT = "https://json-schema.org/draft/2020-12/schema"
VERSION = 1


class _OpenVocabulary(GenerateJsonSchema):
    """Lists the known values of a vocabulary without closing it."""

    schema_dialect = DIALECT

    def enum_schema(self, schema: core_schema.EnumSchema) -> JsonSchemaValue:
        """Any string; the known values first."""
        known = super().enum_schema(schema)
        return {"anyOf": [{"enum": known.pop("enum")}, {"type": "string"}], **known}

    def generate(self, schema: core_schema.CoreSchema, mode: JsonSchemaMode = "validation") -> JsonSchemaValue:
        """The schema with its dialect in front."""
        return {"$schema": self.schema_dialect, **super().generate(schema, mode)}


def records() -> dict[str, type[Record]]:
    """Schema name → record, for every record type that lies on a topic."""
    topics = (*PIPELINE_TOPICS, department_topic("any"))
    return {_kebab(topic.record.__name__): topic.record for topic in topics}


def schema_of(name: str, model: type[Record]) -> dict[str, Any]:
    """The JSON Schema of a model as it is written (empty optional fields are left out on the wire)."""
    schema = model.model_json_schema(mode="serialization", schema_generator=_OpenVocabulary)
    return {"$schema": schema.pop("$schema"), "$id": f"urn:complaint-intake:schema:{name}:{VERSION}", **schema}


def documents() -> Iterator[tuple[Path, str]]:
    """Every schema file with its content."""
    for name, model in records().items():
        yield FOLDER / f"{name}.json", _text(schema_of(name, model))
    for name, model in COMMAND_OUTPUTS.items():
        yield FOLDER / "commands" / f"{name}.json", _text(schema_of(f"command-{name}", model))


def write() -> None:
    """Write the files anew and remove those of models that are gone."""
    wanted = dict(documents())
    for path in set(FOLDER.rglob("*.json")) - set(wanted):
        path.unlink()
        sys.stderr.write(f"{path.name} removed\n")
    for path, text in wanted.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
            sys.stderr.write(f"{path.name} written\n")
    ASYNCAPI.write_text(written(Installed(load_pack(), KafkaSettings())), encoding="utf-8")


def _text(schema: dict[str, Any]) -> str:
    return json.dumps(schema, ensure_ascii=False, indent=2) + "\n"


def _kebab(name: str) -> str:
    return "".join(f"-{char.lower()}" if char.isupper() else char for char in name).lstrip("-")


if __name__ == "__main__":
    write()
