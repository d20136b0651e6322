"""`intake relink` and `intake reroute`: what a person says is done in the whole pipeline, shown, and undone again."""

from typing import Any

import pytest

from schemas.complaint import Sender
from tests.deploy.cli.running import Intake, checked, history, until
from tests.deploy.cli.test_tasks import hand_in
from workers.route.decision import Routed

on_system = pytest.mark.usefixtures("on_system")


def filed(intake: Intake, text: str, **fields: Any) -> str:
    """A complaint that has been routed; its number."""
    one = hand_in(text=text, channel="web", entry="form", **fields)
    until(lambda: routed(intake, one.tracking_number))
    return one.tracking_number


def routed(intake: Intake, number: str) -> list[Routed]:
    """What route decided, revision by revision."""
    events = history(intake, number)
    return [Routed.model_validate(one["record"]) for one in events if one["what"] == "routed"]


@pytest.mark.services
@on_system
def test_a_complaint_moves_to_another_case_and_back_to_one_of_its_own(intake: Intake) -> None:
    first = filed(intake, "快递没收到货", sender=Sender(emails=("one@customers.example",)))
    second = filed(intake, "卫生间太脏了", sender=Sender(emails=("two@customers.example",)))
    asked = ("relink", second, "--to", first, "--as", "follow_up", "--by", "王芳", "--reason", "同一件事", "--json")

    would = checked(intake(*asked, "--dry-run"), "relink")
    there = checked(intake(*asked), "relink")
    again = intake(*asked)
    back = intake("relink", second, "--own-case", "--by", "王芳", "--reason", "看错了", "--json")

    assert (would.json["done"], would.json["case_id"]) == (False, there.json["case_id"])
    assert (there.json["verdict"], there.json["case_seq"], there.json["revision"]) == ("follow_up", 2, 2)
    assert there.json["case_id"] != there.json["old_case_id"]
    assert (again.code, again.json["detail"]) == (0, "it is so already")
    assert (back.json["verdict"], back.json["case_id"]) == ("new", there.json["old_case_id"])
    [_, left, returned] = routed(intake, second)
    assert left.left[0].departments == ("facilities",)
    assert str(returned.left[0].case_id) == there.json["case_id"]


@pytest.mark.services
@on_system
def test_a_case_moves_to_another_department_with_all_that_belongs_to_it(intake: Intake) -> None:
    first = filed(intake, "快递没收到货", sender=Sender(emails=("three@customers.example",)))
    second = filed(intake, "卫生间太脏了", sender=Sender(emails=("four@customers.example",)))
    intake("relink", second, "--to", first, "--reason", "同一件事")

    done = checked(intake("reroute", second, "--to", "finance", "--reason", "退款问题", "--json"), "reroute")
    unknown = intake("reroute", second, "--to", "astrology", "--reason", "退款问题")

    assert (done.json["old_department"], done.json["department"]) == ("logistics", "finance")
    assert len(done.json["complaints"]) == 2
    assert {routed(intake, one)[-1].department for one in (first, second)} == {"finance"}
    assert {routed(intake, one)[-1].withdrawn for one in (first, second)} == {"logistics"}
    assert unknown.code == 2


@pytest.mark.services
@on_system
def test_nobody_links_a_complaint_with_itself_or_with_what_is_not_there(intake: Intake) -> None:
    number = filed(intake, "快递没收到货", sender=Sender(emails=("five@customers.example",)))

    itself = intake("relink", number, "--to", number, "--reason", "核对")
    nobody = intake("relink", number, "--to", "00000000-0000-4000-8000-000000000000", "--reason", "核对")
    both = intake("relink", number, "--to", number, "--own-case", "--reason", "核对")
    personal = intake("relink", number, "--own-case", "--reason", "电话 13812345678")

    assert [itself.code, nobody.code, both.code, personal.code] == [2, 2, 2, 2]


@pytest.mark.services
@on_system
def test_the_ledger_misses_nothing_and_finds_nothing_twice_after_moves(intake: Intake) -> None:
    first = filed(intake, "快递没收到货", sender=Sender(emails=("six@customers.example",)))
    second = filed(intake, "包裹被弄丢了", sender=Sender(emails=("seven@customers.example",)))
    for options in (("--to", first), ("--own-case",)):
        assert intake("relink", second, *options, "--reason", "核对").code == 0
    assert intake("reroute", first, "--to", "finance", "--reason", "退款问题").code == 0

    report = until(lambda: report if (report := intake("reconcile", "--json").json)["caught_up"] else {})

    about = [one for one in report["findings"] if one["tracking_number"] in {first, second}]
    assert about == []
