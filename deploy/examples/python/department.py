"""A department system: reads its topic, keeps the department's list of cases, reports back. Nothing of the product.

    pip install confluent-kafka jsonschema
    python department.py 127.0.0.1:9092 departments.quality.v1 --schema schemas/json/assignment.json
    python department.py … --reports complaints.status.v1 --gateway http://127.0.0.1:8080   # DEPARTMENT_TOKEN is set

What a consumer must do, and this one does:
- read committed records only;
- accept that any record of a case may come first: upsert by `case_id`, sort by `case_seq`;
- keep only the highest `revision` of each complaint; a `withdrawn` record takes the complaint off the list;
- accept fields and values it does not know;
- commit offsets after its own store has the record (here: after the line is printed);
- report under ids of its own that are the same when a record comes twice.
"""

import argparse
import json
import os
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen
from uuid import UUID, uuid5

from confluent_kafka import Consumer, KafkaException, Producer
from jsonschema import Draft202012Validator

NAMESPACE = UUID("6d1f1d0e-5a0c-4c7e-9a55-0f2f1a3b7c11")
"""Of the ids of our reports: choose one of your own."""
TRIES = 5


@dataclass
class Department:
    """The department's list of cases: case_id → complaint_id → newest record."""

    cases: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)

    def take(self, record: dict[str, Any]) -> bool:
        """Take one record in. Returns False when a newer revision is already here."""
        case = self.cases.setdefault(record["case_id"], {})
        known = case.get(record["complaint_id"])
        if known is not None and known["revision"] >= record["revision"]:
            return False
        case[record["complaint_id"]] = record
        return True

    def of(self, case_id: str) -> list[dict[str, Any]]:
        """The complaints of a case in the order of the case, withdrawn ones left out."""
        records = sorted(self.cases.get(case_id, {}).values(), key=lambda record: record["case_seq"])
        return [record for record in records if record["kind"] != "assignment.withdrawn"]


@dataclass
class Gateway:
    """Contacts and files, with the department's token. `cases` and `files` are what was had."""

    url: str
    token: str
    cases: dict[str, Any] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)

    def contact(self, case_id: str, purpose: str) -> Any:
        """The contacts of a case, asked for once."""
        if case_id not in self.cases:
            path = f"/api/v1/cases/{case_id}/contact?{urlencode({'purpose': purpose})}"
            self.cases[case_id] = json.loads(self._get(path))
        return self.cases[case_id]

    def file(self, attachment_id: str) -> bytes:
        """The bytes of an attachment, asked for once."""
        if attachment_id not in self.files:
            self.files[attachment_id] = self._get(f"/api/v1/attachments/{attachment_id}")
        return self.files[attachment_id]

    def _get(self, path: str) -> bytes:
        """Ask, again after `Retry-After` where the answer says so."""
        request = Request(self.url + path, headers={"Authorization": f"Bearer {self.token}"})  # noqa: S310 - --gateway
        for attempt in range(TRIES):
            try:
                with urlopen(request, timeout=30) as answer:  # noqa: S310 - as above
                    return answer.read()
            except HTTPError as error:
                again = error.headers.get("Retry-After")
                if again is None or attempt == TRIES - 1:
                    raise
                time.sleep(int(again))
        raise AssertionError("the last attempt returns or raises")


def work(record: dict[str, Any], gateway: Gateway | None) -> Iterator[tuple[str, str | None]]:
    """What the department does with a record: each step as a status, with words for the customer.

    Yours are people who press buttons. Here: take it on, ask for what is missing, answer once a photo is there.
    """
    if not record["responsible"] or record["kind"] == "assignment.withdrawn":
        return
    yield "accepted", None
    stored = [one for one in record.get("attachments", []) if one["state"] == "stored"]
    if not record.get("attachments"):
        yield "need-information", "请补充一张商品照片。"
    if stored and gateway is not None:
        for one in stored:
            gateway.file(one["attachment_id"])
        gateway.contact(record["case_id"], "call back about the photo")
        yield "answered", "照片已收到并核实，我们将为您办理退款。"


class Reports:
    """Sends what became of cases, each once: the id is made of the case and the status."""

    def __init__(self, broker: str, topic: str) -> None:
        self._producer = Producer({"bootstrap.servers": broker, "enable.idempotence": True})
        self._topic = topic
        self.sent: set[str] = set()

    def send(self, record: dict[str, Any], status: str, words: str | None) -> None:
        """Send one status of a case, unless it was sent."""
        case_id = record["case_id"]
        status_id = str(uuid5(NAMESPACE, f"{record['department']}/{case_id}/{status}"))
        if status_id in self.sent:
            return
        at = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        value = {"status_id": status_id, "case_id": case_id, "department": record["department"], "status": status}
        value |= {"at": at, "by": "python-example"} | ({"text_for_customer": words} if words else {})
        self._producer.produce(self._topic, json.dumps(value, ensure_ascii=False).encode(), case_id.encode())
        self.sent.add(status_id)

    def flush(self) -> None:
        """Wait until the broker has all of them."""
        self._producer.flush()


def line(record: dict[str, Any]) -> str:
    """One line for the person on duty."""
    role = "ours" if record["responsible"] else "copy"
    due = min((clock["due_at"] for clock in record.get("clocks", [])), default="-")
    return (
        f"{record['kind']:<21} {record['tracking_number']}  {role}  {record['category']}"
        f"  severity {record['severity']}  {record['urgency']}  due {due}  {record['text'][:60]!r}"
    )


def main() -> int:
    """Read until `--max` records were taken in, or for ever. Exit 1 when a record did not follow the schema."""
    options = _options()
    with open(options.schema, encoding="utf-8") as file:
        validator = Draft202012Validator(json.load(file), format_checker=Draft202012Validator.FORMAT_CHECKER)
    consumer = Consumer(
        {
            "bootstrap.servers": options.broker,
            "group.id": options.group,
            "isolation.level": "read_committed",
            "auto.offset.reset": "earliest",
            "enable.auto.commit": False,
        }
    )
    consumer.subscribe([options.topic])
    gateway = Gateway(options.gateway, os.environ["DEPARTMENT_TOKEN"]) if options.gateway else None
    reports = Reports(options.broker, options.reports) if options.reports else None
    department, taken, invalid = Department(), 0, 0
    try:
        while options.max is None or taken < options.max:
            message = consumer.poll(1.0)
            if message is None:
                continue
            if message.error():
                raise KafkaException(message.error())
            record = json.loads(message.value())
            invalid += _report_errors(validator, record)
            if department.take(record):
                _act(record, options, gateway, reports)
            if reports is not None:
                reports.flush()
            consumer.commit(message=message, asynchronous=False)
            taken += 1
    except KeyboardInterrupt:
        pass
    finally:
        consumer.close()
    if options.summary:
        print(json.dumps(_summary(department, invalid, gateway, reports)))
    return 1 if invalid else 0


def _act(record: dict[str, Any], options: argparse.Namespace, gateway: Gateway | None, reports: Reports | None) -> None:
    if not options.summary:
        print(json.dumps(record, ensure_ascii=False) if options.json else line(record), flush=True)
    if reports is not None:
        for status, words in work(record, gateway):
            reports.send(record, status, words)


def _summary(department: Department, invalid: int, gateway: Gateway | None, reports: Reports | None) -> dict[str, int]:
    shown = [department.of(case_id) for case_id in department.cases]
    return {
        "cases": sum(bool(case) for case in shown),
        "complaints": sum(map(len, shown)),
        "withdrawn": sum(map(len, department.cases.values())) - sum(map(len, shown)),
        "invalid": invalid,
        "files": len(gateway.files) if gateway else 0,
        "contacts": len(gateway.cases) if gateway else 0,
        "reports": len(reports.sent) if reports else 0,
    }


def _report_errors(validator: Draft202012Validator, record: dict[str, Any]) -> int:
    errors = [f"{'/'.join(map(str, error.path))}: {error.message}" for error in validator.iter_errors(record)]
    for error in errors:
        print(f"not as the schema says: {error}", file=sys.stderr)
    return len(errors)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Example department system")
    parser.add_argument("broker", help="host:port")
    parser.add_argument("topic", help="e.g. departments.quality.v1")
    parser.add_argument("--schema", required=True, help="departments.assignment.v1.json of the product")
    parser.add_argument("--group", default="example-department", help="consumer group")
    parser.add_argument("--max", type=int, help="end after so many records")
    parser.add_argument("--json", action="store_true", help="print whole records")
    parser.add_argument("--summary", action="store_true", help="print only counts, at the end")
    parser.add_argument("--reports", help="topic to report to; unset: nothing is reported")
    parser.add_argument("--gateway", help="http://host:port for contacts and files; the token is in DEPARTMENT_TOKEN")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
