"""The contract does not drift: files match the models, old readers read new records and new readers old ones.

`golden/` holds one record of each kind and all schemas as they were in version 1.0. They are never edited; a change
that fails here is a new version of the topic. New kinds are added with `python -m tests.schemas.test_contract`.
"""

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from deploy import contract
from schemas.base import Record
from tests.schemas.filled import filled

GOLDEN = Path(__file__).parent / "golden"
RECORDS = contract.records()
DOCUMENTS = dict(contract.documents())
every_record = pytest.mark.parametrize(("name", "model"), RECORDS.items(), ids=list(RECORDS))


def golden_record(name: str) -> bytes:
    return (GOLDEN / f"{name}-1.0.json").read_bytes()


def golden_schema(name: str) -> dict[str, Any]:
    schema: dict[str, Any] = json.loads((GOLDEN / f"{name}-1.0.schema.json").read_text(encoding="utf-8"))
    return schema


def test_schema_files_are_those_of_the_models() -> None:
    found = {path: path.read_text(encoding="utf-8") for path in contract.FOLDER.rglob("*.json")}

    assert sorted(path.name for path, text in DOCUMENTS.items() if found.get(path) != text) == [], "run: make docs"
    assert sorted(path.name for path in found.keys() - DOCUMENTS.keys()) == [], "run: make docs"


@pytest.mark.parametrize("text", DOCUMENTS.values(), ids=[path.stem for path in DOCUMENTS])
def test_every_schema_is_valid_and_has_a_stable_id(text: str) -> None:
    schema = json.loads(text)

    Draft202012Validator.check_schema(schema)
    assert schema["$id"].startswith("urn:complaint-intake:schema:")
    assert schema["$id"].endswith(":1")


@every_record
def test_what_is_written_validates_full_and_sparse(name: str, model: type[Record]) -> None:
    record = filled(model)
    sparse = model.model_validate(
        {key: getattr(record, key) for key, field in model.model_fields.items() if field.is_required()}
    )
    validator = Draft202012Validator(
        contract.schema_of(name, model), format_checker=Draft202012Validator.FORMAT_CHECKER
    )

    for one in (record, sparse):
        validator.validate(json.loads(one.to_json()))


@every_record
def test_new_reader_reads_the_old_record_and_loses_nothing(name: str, model: type[Record]) -> None:
    old = json.loads(golden_record(name))

    again = json.loads(model.model_validate(old).to_json())

    assert {key: again[key] for key in old} == old


@every_record
def test_old_reader_reads_the_new_record(name: str, model: type[Record]) -> None:
    new = json.loads(filled(model).to_json()) | {"field_of_tomorrow": {"unknown": [1]}}

    Draft202012Validator(golden_schema(name)).validate(new)


@every_record
def test_fields_others_rely_on_stay(name: str, model: type[Record]) -> None:
    old, new = golden_schema(name), contract.schema_of(name, model)

    assert set(old["properties"]) <= set(new["properties"])
    assert set(old["required"]) == set(new["required"])


@every_record
def test_reader_accepts_fields_it_does_not_know_and_hands_them_on(name: str, model: type[Record]) -> None:
    new = json.loads(golden_record(name)) | {"field_of_tomorrow": "kept"}

    assert json.loads(model.model_validate(new).to_json())["field_of_tomorrow"] == "kept"


def write_missing() -> None:
    """Add golden files for records that have none; existing ones stay as they are."""
    for name, model in RECORDS.items():
        files = {
            GOLDEN / f"{name}-1.0.json": json.loads(filled(model).to_json()),
            GOLDEN / f"{name}-1.0.schema.json": contract.schema_of(name, model),
        }
        for path, content in files.items():
            if not path.exists():
                path.write_text(json.dumps(content, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    write_missing()
