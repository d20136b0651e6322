"""What departments do and what their customers see of it, on the running product: nothing in between is ours to fake.

The parts share one installation; the last of them asks the ledger about all that the others did.
"""

import json
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from tests.deploy.cli.running import INTAKE, installation, product, until
from tests.operations.contract.whole import ROOT, Customer, Installation, TrackPage, status
from tests.operations.departments.pictures import png
from tests.services import Services

pytestmark = pytest.mark.services

_LATE, _IMPOSSIBLE = "older-than-state", "cannot-follow"


@pytest.fixture(scope="module")
def at(services: Services, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """Run an installation of one's own, without the demo."""
    with installation(services, tmp_path_factory.mktemp("whole")) as environment, product(environment):
        yield Installation(services, environment)


def only(customer: Customer, number: int) -> list[EmailMessage]:
    """The mails of a customer, once there are so many."""
    return until(lambda: mails if len(mails := customer.inbox()) >= number else [])


def case_of(at: Installation, department: str, number: str) -> str:
    """The case of a complaint, once its department has it."""
    [first, *_] = until(lambda: at.of_department(department, number))
    return str(first["case_id"])


def reopened_for(at: Installation, department: str, number: str) -> list[str]:
    """Why a department is told again of a complaint."""
    again = [one for one in at.of_department(department, number) if one["kind"] == "assignment.corrected"]
    return [one["evidence"][0]["rule"] for one in again]


def posted(at: Installation, department: str, **report: str) -> None:
    """A department reports by HTTP."""
    answer = httpx.post(
        f"{at.url}/api/v1/status", json=report, headers={"Authorization": f"Bearer {at.token(department)}"}
    )
    assert answer.status_code == httpx.codes.ACCEPTED, answer.text


def until_status(page: TrackPage, words: str) -> str:
    """The page, once it says so in large letters."""
    return until(lambda: text if status(text := page.read()) == words else "")


def test_a_department_system_works_on_a_case_and_the_customer_hears_each_change_once(
    at: Installation, tmp_path: Path
) -> None:
    customer = Customer(at)
    with at.example("quality", tmp_path / "example.log"):
        first = customer.writes("昨天在解放路店买的面包发霉了，请退款")
        mails = only(customer, 3)
        with customer.page(mails[-1]) as page:
            asked = {lang: page.read(lang) for lang in ("zh-CN", "en")}
            assert page.adds("照片在这里", png()) == httpx.codes.ACCEPTED
            answered = until_status(page, "已答复")
            case_id = case_of(at, "quality", page.number)
            only(customer, 4)

            again = [json.loads(value) for key, value in at.records("complaints.status.v1") if key.decode() == case_id]
            for report in again:
                at.write(report)
            closed = {"case_id": case_id, "status": "closed", "text_for_customer": "退款已到账。"}
            posted(at, "quality", status_id=str(uuid4()), **closed)
            mails = only(customer, 5)
            assert page.rates("no") == httpx.codes.OK
            until_status(page, "重新处理中")
            mails = only(customer, 6)
            english = page.read("en")

    subjects = [str(mail["Subject"]).partition("，")[0].removeprefix("Re: ") for mail in mails]
    assert {report["status"] for report in again} == {"accepted", "need-information", "answered"}
    assert sorted(subjects[1:3]) == ["已受理", "请补充信息"]
    assert subjects[3:] == ["对您反馈的答复", "已办结", "重新处理"]
    assert {mail["In-Reply-To"] for mail in mails} == {first}
    assert status(asked["zh-CN"]) == "需要您补充信息"
    assert status(asked["en"]) == "We need something from you"
    assert all("请补充一张商品照片。" in text for text in asked.values())
    assert "照片已收到并核实" in answered
    assert status(english) == "Being worked on again"
    assert "退款已到账。" in english
    assert until(lambda: reopened_for(at, "quality", page.number)) == ["reopened-by-customer"]
    assert len(customer.inbox()) == 6
    assert at.tasks("message-undelivered") == []


def test_reports_that_come_late_or_cannot_follow_are_flagged_where_staff_look(at: Installation) -> None:
    customer = Customer(at)
    number = customer.fills_in("买的酸奶已经过期三天了，要求退款")
    case_id = case_of(at, "quality", number)
    before = datetime.now(UTC) - timedelta(hours=1)
    at.says(case_id, "quality", "answered", text_for_customer="已退款。")
    until(lambda: ("answered", "applied", None) in at.events(case_id))

    at.says(case_id, "quality", "in-progress", at=before.isoformat(timespec="milliseconds"))
    at.says(case_id, "quality", "accepted")

    until(lambda: {_LATE, _IMPOSSIBLE} <= {why for _, _, why in at.events(case_id)})
    told = at.told(number)
    with at.signed_in("late-desk", "supervisor") as browser:
        shown = browser.get(f"/ops/complaints/{number}").text
    for words in ("晚到：案件已有更新的状态", "不能接在目前状态之后"):
        assert words in told
        assert words in shown


def test_what_is_not_theirs_is_sent_on_once_and_then_left_to_a_person(at: Installation) -> None:
    customer = Customer(at)
    number = customer.fills_in("买的牛奶已经过期了，喝了肚子疼")
    case_id = case_of(at, "quality", number)

    at.says(case_id, "quality", "not-ours", suggested_department="logistics")
    [moved] = until(lambda: at.of_department("logistics", number))
    at.says(case_id, "logistics", "not-ours")
    [task] = until(lambda: [one for one in at.tasks("not-ours") if one["tracking_number"] == number])

    with at.signed_in("not-ours-desk", "operator") as browser:
        queue = browser.get("/ops/tasks?lang=en").text
    assert (moved["kind"], moved["responsible"]) == ("assignment.opened", True)
    assert [one["kind"] for one in at.of_department("quality", number)][-1] == "assignment.withdrawn"
    assert task["department"]
    assert number in queue


def test_what_nobody_accepts_in_time_is_escalated_once(at: Installation) -> None:
    number = Customer(at).fills_in("面包里吃出一根头发，恶心")
    case_id = case_of(at, "quality", number)
    until(lambda: at.rows("SELECT 1 FROM case_states WHERE case_id = %s", case_id))

    at.rows("UPDATE case_states SET accept_by = now() - interval '1 minute' WHERE case_id = %s RETURNING 1", case_id)

    until(lambda: ("escalated", "applied", None) in at.events(case_id))
    raised = [json.loads(value) for _, value in at.records("complaints.escalated.v1")]
    assert sum(one["case_id"] == case_id and one.get("level") == "not-accepted" for one in raised) == 1


def test_the_console_consumer_that_ships_with_kafka_shows_plain_json(at: Installation) -> None:
    given = dict(at.environment) | {"INTAKE": str(INTAKE), "PATH": f"{INTAKE.parent}:/usr/bin:/bin"}
    topic = at.topic("departments.quality.v1")

    done = subprocess.run(
        [ROOT / "deploy/examples/java/consume.sh", topic, "--max-messages", "3"],
        env=given, capture_output=True, timeout=120, check=False,
    )  # fmt: skip

    shown = [json.loads(line) for line in done.stdout.splitlines()]
    assert [one["kind"].partition(".")[0] for one in shown] == ["assignment"] * 3


def test_nothing_of_all_that_is_missing_or_there_twice(at: Installation) -> None:
    report = json.loads(at.intake("reconcile", "--wait", "90", "--json"))

    assert (report["missing"], report["twice"], report["caught_up"]) == (0, 0, True)
