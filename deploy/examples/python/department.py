"""A department system: reads its topic and keeps the department's list of cases. Uses nothing of the product's code.

    pip install confluent-kafka jsonschema
    python department.py 127.0.0.1:9092 departments.quality.v1 --schema schemas/json/assignment.json

What a consumer must do, and this one does:
- read committed records only;
- accept that any record of a case may come first: upsert by `case_id`, sort by `case_seq`;
- keep only the highest `revision` of each complaint; a `withdrawn` record takes the complaint off the list;
- accept fields and values it does not know;
- commit offsets after its own store has the record (here: after the line is printed).
"""

import argparse
import json
import sys
from dataclasses import dataclass, field
from typing import Any

from confluent_kafka import Consumer, KafkaException
from jsonschema import Draft202012Validator


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
                print(json.dumps(record, ensure_ascii=False) if options.json else line(record), flush=True)
            consumer.commit(message=message, asynchronous=False)
            taken += 1
    except KeyboardInterrupt:
        pass
    finally:
        consumer.close()
    return 1 if invalid else 0


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
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
