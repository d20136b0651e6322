"""Prints the tables of the documentation from what is declared in code: ``python -m deploy.docs``.

A table stands between ``<!-- name -->`` and ``<!-- /name -->``; everything else in the file is written by people.
"""

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from prometheus_client.metrics import MetricWrapperBase

from connectors.registry import CONNECTORS
from deploy import contract
from deploy.declared import declared
from deploy.handover import CHANNEL_OF
from deploy.policy_keys import organisation_keys, pack_keys
from gateway.staff.roles import May, Role, role_may
from infra import failpoints, metrics
from operations.lag.exposition import FAMILIES
from operations.ledger import places as ledger
from schemas import errors
from schemas.errors import MEANINGS, IntakeError
from schemas.policy import load_pack
from schemas.topics import PIPELINE_TOPICS, Topic, department_topic

ROOT = Path(__file__).resolve().parents[1]
FILES = (ROOT / "README.md", ROOT / "docs" / "operations.md", ROOT / "docs" / "testing.md", ROOT / "docs" / "policy.md")


def topics() -> str:
    """Every topic; the departments are those of the default pack."""
    departments = department_topic("{department}")
    rows = [_topic(topic) for topic in (*PIPELINE_TOPICS, departments)]
    names = ", ".join(f"`{code}`" for code in load_pack().department_codes)
    table = _table(("topic", "what is on it", "key", "personal data", "written by", "kept"), rows)
    return f"{table}\n\nDepartments of the default pack: {names}."


def _topic(topic: Topic) -> Sequence[str]:
    days = f"{topic.retention.days} days"
    return f"`{topic.name}`", topic.meaning, topic.key, topic.personal.value, topic.writer, days


def reasons() -> str:
    """Every reason code of suspended deliveries."""
    return _table(
        ("code", "meaning", "含义"),
        ((f"`{code.value}`", english, chinese) for code, (english, chinese) in MEANINGS.items()),
    )


def settings() -> str:
    """Every setting."""
    return _table(
        ("variable", "default", "meaning"),
        ((f"`{row.name}`", f"`{row.default}`" if row.default else "", row.meaning) for row in declared()),
    )


def channels() -> str:
    """Every channel and the files `intake submit` and `intake parse` take for it."""
    suffixes = {
        channel: ", ".join(suffix for suffix, takes in CHANNEL_OF.items() if takes == channel) for channel in CONNECTORS
    }
    return _table(
        ("channel", "files", "reads"),
        ((f"`{name}`", _files(suffixes.get(name)), _first_line(_module(name))) for name in CONNECTORS),
    )


def _files(suffix: str | None) -> str:
    return f"`{suffix}`" if suffix else "any, with `--channel`"


def _module(channel: str) -> str | None:
    folder = {"email": "imap"}.get(channel, channel)
    return sys.modules[f"connectors.{folder}"].__doc__


def errors_table() -> str:
    """Every class of error with the HTTP answer it becomes."""
    classes = [
        one
        for one in vars(errors).values()
        if isinstance(one, type) and issubclass(one, IntakeError) and one is not IntakeError
    ]
    return _table(
        ("error", "HTTP", "verdict"),
        (
            (
                f"`{one.__name__}`",
                str(one.http_status) if one.http_status != IntakeError.http_status else "",
                _first_line(one.__doc__),
            )
            for one in classes
        ),
    )


def metrics_table() -> str:
    """Every metric of `/metrics`."""
    own = [one for one in vars(metrics).values() if isinstance(one, MetricWrapperBase)]
    rows = []
    for one in own:
        family = next(iter(one.describe()))
        labels = ", ".join(f"`{label}`" for label in one._labelnames)
        rows.append((f"`{family.name}`", family.type, labels, family.documentation))
    for lag in FAMILIES:
        rows.append((f"`{lag.name}`", "gauge", ", ".join(f"`{label}`" for label in lag.labels), lag.meaning))
    return _table(("metric", "type", "labels", "meaning"), rows)


def places() -> str:
    """Every place at which a test may break the product."""
    return _table(
        ("place", "what has happened there"), ((f"`{name}`", said) for name, said in failpoints.PLACES.items())
    )


def ledger_places() -> str:
    """Every place the ledger looks at, with what may lie there once only."""
    return _table(
        ("place", "where", "what it is", "once"),
        (
            (f"`{one.name}`", f"{one.holds.value} in `{one.where}`", one.meaning, ledger.ONCE.get(one.name, ""))
            for one in ledger.PLACES
        ),
    )


def policy_keys() -> str:
    """Every key of a policy pack."""
    return _table(("part", "key", "holds", "default", "meaning"), pack_keys())


def units() -> str:
    """Every key of an organisation file."""
    return _table(("part", "key", "holds", "default", "meaning"), organisation_keys())


def permissions() -> str:
    """What each role may."""
    return _table(
        ("may", *(f"`{role}`" for role in Role)),
        ((f"`{what}`", *("yes" if role_may(role, what) else "" for role in Role)) for what in May),
    )


SECTIONS: Mapping[str, Callable[[], str]] = {
    "topics": topics,
    "reasons": reasons,
    "settings": settings,
    "channels": channels,
    "errors": errors_table,
    "metrics": metrics_table,
    "failpoints": places,
    "ledger-places": ledger_places,
    "policy-keys": policy_keys,
    "organisation-keys": units,
    "permissions": permissions,
}


def filled(text: str) -> str:
    """Return a document with every marked section filled in."""
    for name, make in SECTIONS.items():
        begin, end = f"<!-- {name} -->", f"<!-- /{name} -->"
        if begin in text and end in text:
            head, rest = text.split(begin, 1)
            text = f"{head}{begin}\n{make()}\n{end}{rest.split(end, 1)[1]}"
    return text


def _table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [headings, ["---"] * len(headings), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def _first_line(doc: str | None) -> str:
    return (doc or "").strip().splitlines()[0].removesuffix(".")


def main() -> None:
    """Write the files anew."""
    for file in FILES:
        before = file.read_text(encoding="utf-8")
        after = filled(before)
        if after != before:
            file.write_text(after, encoding="utf-8")
            sys.stderr.write(f"{file.relative_to(ROOT)} written\n")
    contract.write()


if __name__ == "__main__":
    main()
