"""The AsyncAPI document of department systems, generated from the declarations of topics and records.

It is written from the side of a department's system: it *receives* its topic and *sends* what it reports.
Source: AsyncAPI 3.1.0; Kafka bindings 0.5.0; CloudEvents Kafka protocol binding 1.0.2 (binary content mode).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import yaml

from operations.contract.samples import SAMPLES
from operations.contract.schema_files import schema_of
from schemas.policy import PolicyPack
from schemas.policy.pack import Department
from schemas.settings import KafkaSettings
from schemas.topics import STATUS, Topic, department_topic
from schemas.wire import CONTENT_TYPE, Naming

VERSION = "1.0.0"
BINDING = "0.5.0"
PATH = "/asyncapi.yaml"
_JSON_SCHEMA = "application/schema+json;version=2020-12"
_TRACEPARENT = "^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$"
_DAY_MS = 24 * 60 * 60 * 1000
_MECHANISMS = {"PLAIN": "plain", "SCRAM-SHA-256": "scramSha256", "SCRAM-SHA-512": "scramSha512"}
_DESCRIPTION = """\
What a department's system reads and writes. Records are plain JSON with CloudEvents headers: nothing of ours is
needed. Every record of a case has the key `case_id`. Any record of a case may come first: upsert by `case_id`, sort
by `case_seq`, keep the highest `revision` of each `complaint_id`. Read committed records only and commit after your
own store has the record. Unknown fields, kinds and values are to be accepted. The readable page is
`/docs/departments`; contacts, attachments and reports over HTTP are in `/openapi.json`.
"""


@dataclass(frozen=True, slots=True)
class Installed:
    """What the document depends on: departments of the pack, names and partitions of topics, where we are."""

    pack: PolicyPack
    kafka: KafkaSettings
    public_url: str = "https://complaints.example.com"

    @property
    def naming(self) -> Naming:
        """How topics and events are called here."""
        return self.kafka.naming

    @property
    def topics(self) -> tuple[tuple[Department, Topic, str], ...]:
        """Each department with its topic and the name of that on the broker."""
        found = ((one, department_topic(one.code)) for one in self.pack.departments)
        return tuple((one, topic, self.naming.topic(topic)) for one, topic in found)

    @property
    def status_topic(self) -> str:
        """Where departments report, as the broker calls it."""
        return self.naming.topic(STATUS)


def written(of: Installed) -> str:
    """The document as YAML."""
    return yaml.dump(document(of), Dumper=_Plain, allow_unicode=True, sort_keys=False, width=120)


def document(of: Installed) -> dict[str, Any]:
    """The document as it is validated and written."""
    return {
        "asyncapi": "3.1.0",
        "id": "urn:complaint-intake:departments",
        "info": {
            "title": "Complaint intake: departments",
            "version": VERSION,
            "description": _DESCRIPTION,
            "externalDocs": {"url": f"{of.public_url}/docs/departments", "description": "How to connect in an hour"},
        },
        "defaultContentType": "application/json",
        "servers": {"kafka": _broker(of.kafka)},
        "channels": {
            **{_channel_id(one): _channel(of, topic, name, one.title.en) for one, topic, name in of.topics},
            "status": _channel(of, STATUS, of.status_topic, "Reports of all departments"),
        },
        "operations": {**{f"receive-{one.code}": _receive(one, name) for one, _, name in of.topics}, "report": _REPORT},
        "components": {
            "messages": {
                "assignment": _message(of, department_topic("any"), "assignment", _ASSIGNMENT_HEADERS),
                "departmentStatus": _message(of, STATUS, "department-status", _STATUS_HEADERS),
            },
            "securitySchemes": _SCHEMES,
        },
    }


def _broker(kafka: KafkaSettings) -> dict[str, Any]:
    """The broker's address is not public: it comes from operations."""
    encrypted = kafka.security_protocol.endswith("SSL")
    server: dict[str, Any] = {
        "host": "{broker}",
        "protocol": "kafka-secure" if encrypted else "kafka",
        "description": f"Security protocol {kafka.security_protocol}; operations hand out address and account",
        "variables": {"broker": {"default": "kafka.example.com:9092", "description": "host:port of any broker"}},
    }
    if kafka.security_protocol.startswith("SASL"):
        server["security"] = [{"$ref": f"#/components/securitySchemes/{_MECHANISMS[kafka.sasl_mechanism]}"}]
    return server


def _channel_id(department: Department) -> str:
    return f"department-{department.code}"


def _channel(of: Installed, topic: Topic, name: str, title: str) -> dict[str, Any]:
    message = "departmentStatus" if topic is STATUS else "assignment"
    return {
        "address": name,
        "title": title,
        "description": f"{topic.meaning}. Key: {topic.key}. Personal data: {topic.personal.value}.",
        "servers": [{"$ref": "#/servers/kafka"}],
        "messages": {message: {"$ref": f"#/components/messages/{message}"}},
        "bindings": {
            "kafka": {
                "topic": name,
                "partitions": of.kafka.partitions,
                "topicConfiguration": {"cleanup.policy": ["delete"], "retention.ms": topic.retention.days * _DAY_MS},
                "bindingVersion": BINDING,
            }
        },
    }


def _receive(department: Department, name: str) -> dict[str, Any]:
    channel = f"#/channels/{_channel_id(department)}"
    group = {
        "type": "string",
        "description": "Yours alone and always the same; operations see its lag beside your name",
        "examples": [f"{department.code}-system"],
    }
    return {
        "action": "receive",
        "channel": {"$ref": channel},
        "title": f"Work of {department.title.en}",
        "summary": f"Read {name} with isolation.level=read_committed and auto.offset.reset=earliest",
        "messages": [{"$ref": f"{channel}/messages/assignment"}],
        "bindings": {"kafka": {"groupId": group, "bindingVersion": BINDING}},
    }


_REPORT: dict[str, Any] = {
    "action": "send",
    "channel": {"$ref": "#/channels/status"},
    "title": "What became of a case",
    "summary": "Idempotent by status_id: send again whatever was not acknowledged. Also by POST /api/v1/status.",
    "messages": [{"$ref": "#/channels/status/messages/departmentStatus"}],
    "bindings": {"kafka": {"bindingVersion": BINDING}},
}


def _message(of: Installed, topic: Topic, schema: str, headers: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": schema,
        "title": topic.record.__name__,
        "summary": (topic.record.__doc__ or "").strip().splitlines()[0],
        "contentType": CONTENT_TYPE,
        "headers": headers,
        "payload": {"schemaFormat": _JSON_SCHEMA, "schema": schema_of(schema)},
        "bindings": {
            "kafka": {
                "key": {"type": "string", "format": "uuid", "description": "case_id as text"},
                "bindingVersion": BINDING,
            }
        },
        "examples": list(_examples(of, topic, schema)),
    }


def _examples(of: Installed, topic: Topic, schema: str) -> Sequence[dict[str, Any]]:
    return [
        {
            "name": one.name,
            "summary": one.en,
            "headers": _sample_headers(of, topic, dict(one.payload)),
            "payload": dict(one.payload),
        }
        for one in SAMPLES
        if one.schema == schema
    ]


def _sample_headers(of: Installed, topic: Topic, payload: dict[str, Any]) -> dict[str, str]:
    """The headers a sample travels with: as the route stage makes them, or as a department's system should."""
    if topic is STATUS:
        own = {"ce_id": payload["status_id"], "ce_source": f"/departments/{payload['department']}"}
        at, more = payload["at"], {}
    else:
        event = f"{payload['complaint_id']}/{payload['revision']}/{payload['department']}"
        own = {"ce_id": event, "ce_source": of.naming.source}
        at, more = payload["received_at"], {"x-department": payload["department"]}
    trace = uuid5(NAMESPACE_URL, own["ce_id"]).hex
    return {
        "ce_specversion": "1.0",
        "ce_type": of.naming.event_type(topic),
        **own,
        "ce_time": at,
        "ce_subject": str(payload.get("complaint_id") or payload["case_id"]),
        "content-type": CONTENT_TYPE,
        "traceparent": f"00-{trace}-{trace[:16]}-01",
        **more,
    }


def _header(description: str, **schema: Any) -> dict[str, Any]:
    return {"type": "string", "description": description, **schema}


_COMMON_HEADERS: dict[str, Any] = {
    "ce_specversion": _header("Version of CloudEvents", const="1.0"),
    "ce_id": _header("Names the event within its source; the same whenever the record is written again"),
    "ce_source": _header("Who wrote it", format="uri-reference"),
    "ce_type": _header("What it is; its last part is the version of the schema"),
    "ce_time": _header("When it happened", format="date-time"),
    "ce_subject": _header("The complaint it is about, else the case"),
    "content-type": _header("Of the value"),
    "traceparent": _header("W3C trace context: hand it on to what you do with the record", pattern=_TRACEPARENT),
}
_ASSIGNMENT_HEADERS: dict[str, Any] = {
    "type": "object",
    "required": ["ce_specversion", "ce_id", "ce_source", "ce_type", "ce_time", "content-type"],
    "properties": {
        **_COMMON_HEADERS,
        "x-department": _header("The department the record is for"),
        "x-store": _header("Name of the store, UTF-8, where one is known"),
        "x-counter": _header("Name of the counter, UTF-8, where one is known"),
        "x-store-code": _header("Code of the store in the organisation file"),
        "x-counter-code": _header("Code of the counter in the organisation file"),
        "x-region": _header("Code of the region of the store"),
    },
}
_STATUS_HEADERS: dict[str, Any] = {
    "type": "object",
    "description": "Every header may be left out: the value alone is enough",
    "properties": {
        **_COMMON_HEADERS,
        "x-signature": _header(
            "Where operations gave you a status key: hexadecimal HMAC-SHA256 of the value under it",
            pattern="^[0-9a-f]{64}$",
        ),
    },
}
_SCHEMES: dict[str, Any] = {
    "plain": {"type": "plain", "description": "SASL PLAIN, over TLS only"},
    "scramSha256": {"type": "scramSha256", "description": "SASL SCRAM-SHA-256"},
    "scramSha512": {"type": "scramSha512", "description": "SASL SCRAM-SHA-512"},
    "token": {
        "type": "http",
        "scheme": "bearer",
        "description": "For contacts, attachments and reports over HTTP: made by an administrator, one a department",
    },
}


class _Plain(yaml.SafeDumper):
    """YAML without anchors, so that every reader gets along with it; texts of several lines stay readable."""

    def ignore_aliases(self, data: Any) -> bool:
        """No anchors."""
        return True


def _as_block(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Plain.add_representer(str, _as_block)
