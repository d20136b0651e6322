"""The AsyncAPI document is valid by AsyncAPI's own schema, complete, and the committed one is what is declared.

`asyncapi-3.1.0/schema.json` is AsyncAPI's (package `@asyncapi/specs`), see the licence beside it.
"""

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft7Validator, Draft202012Validator

from deploy import contract
from operations.contract import SAMPLES, Installed, document, schema_names, written
from operations.contract.schema_files import schema_of
from schemas.base import Record
from schemas.policy import load_pack
from schemas.records import Assignment, DepartmentStatus
from schemas.settings import KafkaSettings
from schemas.topics import STATUS, department_topic
from schemas.wire import headers
from tests.gateway.parts import NOW

HERE = Path(__file__).parent
SPECIFICATION = json.loads((HERE / "asyncapi-3.1.0" / "schema.json").read_text(encoding="utf-8"))
INSTALLED = Installed(load_pack(), KafkaSettings())
MODELS: dict[str, type[Record]] = {"assignment": Assignment, "department-status": DepartmentStatus}
every_sample = pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)


def errors(of: dict[str, Any]) -> list[str]:
    return [f"{list(one.path)}: {one.message}" for one in Draft7Validator(SPECIFICATION).iter_errors(of)]


@pytest.mark.parametrize(
    "kafka",
    [
        KafkaSettings(),
        KafkaSettings(prefix="acme.test", source="/acme", partitions=12),
        KafkaSettings(security_protocol="SASL_SSL", sasl_mechanism="SCRAM-SHA-256"),
    ],
    ids=["plain", "prefixed", "secured"],
)
def test_the_document_is_valid_by_the_schema_of_asyncapi(kafka: KafkaSettings) -> None:
    made = yaml.safe_load(written(Installed(load_pack(), kafka)))

    assert errors(made) == []


def test_a_broken_document_is_found_out_by_that_schema() -> None:
    made = deepcopy(document(INSTALLED))
    made["operations"]["report"]["action"] = "shout"

    assert errors(made)


def test_every_department_has_a_channel_and_an_operation() -> None:
    made = document(Installed(load_pack(), KafkaSettings(prefix="acme")))

    addresses = {channel["address"] for channel in made["channels"].values()}
    codes = load_pack().department_codes
    assert addresses == {f"acme.departments.{code}.v1" for code in codes} | {"acme.complaints.status.v1"}
    assert set(made["operations"]) == {f"receive-{code}" for code in codes} | {"report"}


def test_every_reference_leads_somewhere() -> None:
    made = document(INSTALLED)

    def references(node: Any) -> set[str]:
        if isinstance(node, dict):
            inner = {one for key, value in node.items() if key != "schema" for one in references(value)}
            return inner | ({node["$ref"]} if "$ref" in node else set())
        return {one for value in node for one in references(value)} if isinstance(node, list) else set()

    for reference in references(made):
        at: Any = made
        for part in reference.removeprefix("#/").split("/"):
            at = at[part]


def test_no_address_of_a_broker_is_told() -> None:
    kafka = KafkaSettings(bootstrap_servers="secret-broker.internal:9092", username="root")

    assert "secret-broker" not in written(Installed(load_pack(), kafka))


@every_sample
def test_samples_follow_their_schema_and_are_read_by_the_models(sample: Any) -> None:
    Draft202012Validator(schema_of(sample.schema)).validate(dict(sample.payload))

    assert json.loads(MODELS[sample.schema].model_validate(sample.payload).to_json()) == sample.payload


def test_headers_of_the_samples_are_those_that_are_written() -> None:
    naming = INSTALLED.naming
    for topic, message in ((department_topic("quality"), "assignment"), (STATUS, "departmentStatus")):
        declared = document(INSTALLED)["components"]["messages"][message]
        for example in declared["examples"]:
            real = dict(headers(topic, naming, event_id="x", time=NOW, subject="y"))

            Draft7Validator(declared["headers"]).validate(example["headers"])
            assert set(real) <= set(example["headers"])
            assert example["headers"]["ce_type"] == real["ce_type"].decode()


def test_only_records_of_topics_are_published() -> None:
    assert set(schema_names()) == set(contract.records())


def test_the_committed_document_is_that_of_the_declarations() -> None:
    assert contract.ASYNCAPI.read_text(encoding="utf-8") == written(INSTALLED), "run: make docs"
