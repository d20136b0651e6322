"""A report to an authority beside complaints of the same person: outside regulator affairs nothing tells of it."""

import base64
import json
from collections.abc import Iterator
from typing import Any

import httpx
import psycopg
import pytest
from confluent_kafka import Message
from psycopg import sql

from tests.deploy.channels.conftest import TOPICS, Running
from tests.deploy.cli.running import Intake, use
from tests.faults.personal import everything, headers_of
from tests.faults.system import until

pytestmark = [pytest.mark.services, pytest.mark.timeout(240)]

OFFICE = "departments.regulator-affairs.v1"
WITHOUT_NAMES = ("complaints.received.v1", "complaints.deduplicated.v1", "complaints.classified.v1")
"""Where a report may go besides to its department: the way there, without who reported."""
OUTCOMES = ("complaints.outbox-results.v1", "complaints.acknowledged.v1")
IDS_ONLY = ("deliveries.raw.v1", "complaints.sealed-alarms.v1", *OUTCOMES)
"""A safety alarm of a report says which and by which rule, to regulator affairs alone; nothing of what it says."""
OWN = {"result_id", "complaint_id", "tracking_number", "case_id", "received_at", "acknowledged_at", "at"}
"""What is each complaint's own: names and times."""
MATTER = "后仓夜间更换生产日期标签"
BESIDE = "鸡蛋换包装重新上架"
"""What is reported beside a complaint in one notice."""
TOGETHER = {"archived_deliveries", "ledger_records"}
"""What came in one delivery, as `deliveries.raw.v1` has it: ids, of up to some hundred referrals."""
SILENT = ("司马静好", "13711112222", "jinghao.secret@customers.example", "110101199003070038", "文三路90号")
"""Who only reports: nothing of this is anywhere but in what is sealed."""
NAME, PHONE, ORDER = "欧阳向晚", "13733334444", "DD2026112000777"
"""Who reports and complains: nothing of this is beside anything of the report."""


def referral(number: str, kind: str, name: str, phone: str, **more: Any) -> dict[str, object]:
    who = "reporter" if kind == "report" else "complainant"
    return {"number": number, "kind": kind, who: {"name": name, "phone": phone}, "product": "鲜牛奶", **more}


@pytest.fixture(scope="module")
def handed_in(running: Running) -> dict[str, dict[str, Any]]:
    """Two reports, a complaint and a complaint on our page; gives what of each came out of deduplicate."""
    name, phone, email, identity, address = SILENT
    silent = referral("3301062000901202611200001", "report", name, phone)
    silent["reporter"] = {"name": name, "phone": phone, "email": email, "id_number": identity, "address": address}
    silent["text"] = f"本人{name}，电话{phone}，举报该店{MATTER}，请回复{email}。"
    silent["attachments"] = [
        {"name": f"{name}.txt", "media_type": "text/plain", "content_base64": base64.b64encode(phone.encode()).decode()}
    ]
    report = referral("3301062000901202611200002", "report", NAME, PHONE, order_no=ORDER)
    report["text"] = f"举报人{NAME}反映该店{MATTER}，电话{PHONE}。"
    complaint = referral("3301062000901202611200003", "complaint", NAME, PHONE, order_no=ORDER)
    complaint["text"] = "买到过期三天的鲜牛奶，要求退款。"
    running.refer(silent, report, complaint)
    posted = httpx.post(
        f"{running.url}/api/v1/complaints",
        json={
            "text": f"我在你们店买到过期的鲜牛奶，订单号{ORDER}",
            "sender": {"name": NAME, "phones": [PHONE]},
            "stated": {"product": "鲜牛奶", "order_no": ORDER},
        },
        timeout=30,
    ).json()["complaint_id"]
    wanted = {str(one["number"]): what for one, what in ((silent, "silent"), (report, "report"), (complaint, "said"))}

    def found() -> dict[str, dict[str, Any]]:
        records = running.witness.all("complaints.deduplicated.v1")
        by_number = {wanted.get(one.get("referral", {}).get("number")): one for one in records}
        by_page = next((one for one in records if one["complaint_id"] == posted), None)
        return {what: one for what, one in (by_number | {"posted": by_page}).items() if what and one}

    until(lambda: len(found()) == 4, 90, "not everything came through")
    four = found()
    ids = {one["complaint_id"] for one in four.values()}
    until(lambda: ids <= running.witness.of("complaints.acknowledged.v1").keys(), 90, "not all were acknowledged")
    running.settle()
    return four


@pytest.fixture
def on_system(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let commands look at that system."""
    use(running.environment, monkeypatch)


def names_of(one: dict[str, Any]) -> tuple[str, ...]:
    """Everything that names a complaint or its case."""
    return one["complaint_id"], one["tracking_number"], one["case_id"], one["referral"]["number"]


def reports(handed_in: dict[str, dict[str, Any]]) -> tuple[str, ...]:
    return (*names_of(handed_in["silent"]), *names_of(handed_in["report"]), MATTER)


def shown(message: Message) -> str:
    parts = [message.key(), message.value(), *(value for _, value in headers_of(message))]
    return " ".join(one.decode(errors="replace") if isinstance(one, bytes) else one or "" for one in parts)


def records(running: Running) -> Iterator[tuple[str, str]]:
    """Topic → key, value and headers of each of its records."""
    names = [f"{running.prefix}.{topic}" for topic in TOPICS]
    for message in everything(running.environment["INTAKE_KAFKA__BOOTSTRAP_SERVERS"], names):
        yield (message.topic() or "").removeprefix(f"{running.prefix}."), shown(message)


def rows(running: Running) -> Iterator[tuple[str, str]]:
    """Table → each of its rows as text, binary columns decoded."""
    with psycopg.connect(running.environment["INTAKE_DATABASE__URL"]) as database:
        tables = database.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        for (table,) in tables:
            for row in database.execute(sql.SQL("SELECT * FROM {}").format(sql.Identifier(table))):
                cells = (bytes(one).decode(errors="replace") if isinstance(one, bytes) else one for one in row)
                yield table, json.dumps(list(cells), ensure_ascii=False, default=str)


def test_a_reporter_is_named_in_no_record_and_a_report_goes_to_its_department_alone(
    running: Running, handed_in: dict[str, dict[str, Any]]
) -> None:
    seen = list(records(running))

    assert [(topic, one) for topic, text in seen for one in SILENT if one in text] == []
    topics = {topic for topic, text in seen for one in reports(handed_in) if one in text}
    assert topics == {*WITHOUT_NAMES, *IDS_ONLY, OFFICE}
    assert [topic for topic, text in seen if topic in IDS_ONLY and MATTER in text] == []
    by_report = [text for _, text in seen if any(one in text for one in reports(handed_in))]
    assert [one for text in by_report for one in (NAME, PHONE) if one in text] == []


def test_a_report_shares_no_case_with_what_the_same_person_complains_of(handed_in: dict[str, dict[str, Any]]) -> None:
    cases = [one["case_id"] for one in handed_in.values()]
    sealed = [handed_in["silent"], handed_in["report"]]

    assert len({one["case_id"] for one in sealed} | {handed_in["said"]["case_id"]}) == 3
    assert cases.count(handed_in["report"]["case_id"]) == 1
    assert [(one["sealed"], one["link"]["verdict"], one["link"]["evidence"]) for one in sealed] == [
        (True, "new", [])
    ] * 2
    hidden = {one["complaint_id"] for one in sealed}
    assert [what for what, one in handed_in.items() if one["link"].get("of") in hidden] == []


@pytest.mark.parametrize("topic", OUTCOMES)
def test_what_is_said_of_answering_a_report_is_what_is_said_of_any_referral(
    running: Running, handed_in: dict[str, dict[str, Any]], topic: str
) -> None:
    said = {one["complaint_id"]: one for one in running.witness.all(topic)}
    report, complaint = (said[handed_in[what]["complaint_id"]] for what in ("report", "said"))

    differing = {name for name in report | complaint if report.get(name) != complaint.get(name)}
    assert differing <= OWN


def test_no_table_names_a_reporter_or_holds_a_report_beside_who_complains(
    running: Running, handed_in: dict[str, dict[str, Any]]
) -> None:
    stored = list(rows(running))

    assert [(table, one) for table, text in stored for one in SILENT if one in text] == []
    beside = (NAME, PHONE, *names_of(handed_in["said"]), handed_in["posted"]["complaint_id"])
    of_reports = [(table, text) for table, text in stored if any(one in text for one in reports(handed_in))]
    assert of_reports
    assert [(table, one) for table, text in of_reports for one in beside if one in text] == []


def test_who_reported_lies_in_the_sealed_room_of_the_object_store_only(
    running: Running, handed_in: dict[str, dict[str, Any]]
) -> None:
    store = running.home / "objects"
    files = {file.relative_to(store): file.read_bytes() for file in store.rglob("*") if file.is_file()}

    holding = [path for path, content in files.items() for one in SILENT if one.encode() in content]
    assert holding
    assert [path for path in holding if path.parts[0] != "sealed"] == []
    assert [path for path in files if any(one in str(path) for one in SILENT)] == []


def test_a_notice_of_both_is_two_cases_of_which_the_complaint_knows_nothing_of_the_report(running: Running) -> None:
    number, name, phone = "3301062000901202611200004", "诸葛知秋", "13755556666"
    both = referral(number, "投诉举报", name, phone)
    both["text"] = f"买到过期三天的鲜牛奶，要求退款。同时举报该店{BESIDE}，请立案查处。"
    running.refer(both)

    def parts() -> dict[bool, dict[str, Any]]:
        found = running.witness.all("complaints.deduplicated.v1")
        return {one["sealed"]: one for one in found if one.get("referral", {}).get("number") == number}

    until(lambda: len(parts()) == 2, 60, "not both came through")
    running.settle()
    said, sealed = ((one["complaint_id"], one["case_id"]) for one in (parts()[False], parts()[True]))
    seen = [(topic, text) for topic, text in (*records(running), *rows(running)) if topic != "deliveries.raw.v1"]
    of_complaint = [(place, text) for place, text in seen if any(one in text for one in said)]
    of_report = [(place, text) for place, text in seen if any(one in text for one in sealed)]

    assert set(said) & set(sealed) == set()
    assert [place for place, text in of_complaint if any(one in text for one in ("举报", "立案", BESIDE))] == []
    assert [place for place, text in of_report if name in text or phone in text] == []
    assert {place for place, text in seen if BESIDE in text and place in TOPICS} == {*WITHOUT_NAMES, OFFICE}
    assert {place for place, text in of_complaint if any(one in text for one in sealed)} <= TOGETHER


@pytest.mark.usefixtures("on_system", "handed_in")
def test_the_ledger_finds_what_is_sealed_in_its_place(intake: Intake) -> None:
    done = intake("reconcile", "--wait", "60", "--json")

    assert done.code == 0, done.out


@pytest.mark.usefixtures("on_system")
def test_no_command_page_metric_or_log_tells_of_a_report(
    running: Running, handed_in: dict[str, dict[str, Any]], intake: Intake
) -> None:
    number = handed_in["said"]["tracking_number"]
    commands = [
        ("show", "--full", number),
        ("show", "--full", "--json", number),
        ("show", "--full", "--json", handed_in["posted"]["tracking_number"]),
        ("tasks", "list"),
        ("tasks", "list", "--json"),
        ("lag", "--json"),
        ("sla", "--json"),
        ("suspended", "list", "--all", "--json"),
        ("dead-letters", "list", "--json"),
        ("stages", "--json"),
    ]
    told = {" ".join(one): intake(*one) for one in commands}
    pages = {path: httpx.get(running.url + path, timeout=30).text for path in ("/ops", "/readyz", "/metrics")}
    log = (running.home / "run.log").read_text(errors="replace")

    everywhere = {name: done.out + done.err for name, done in told.items()} | pages
    assert [name for name, done in told.items() if not done.out] == []
    assert [
        (name, one) for name, text in everywhere.items() for one in (*reports(handed_in), *SILENT) if one in text
    ] == []
    assert [one for one in (*SILENT, NAME, PHONE, MATTER) if one in log] == []
