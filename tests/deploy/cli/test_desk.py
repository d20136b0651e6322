"""The working pages of the running product do what its commands do, and the commands see it."""

import os
import re
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from tests.deploy.cli.running import Intake, posted, until

pytestmark = [pytest.mark.services, pytest.mark.usefixtures("on_system")]

PASSWORD = "long enough 2026"


@pytest.fixture
def browser(intake: Intake) -> Iterator[httpx.Client]:
    """A supervisor who is signed in."""
    name = f"chen-{secrets.token_hex(3)}"
    made = intake("staff", "add", name, "--role", "supervisor", "--password-stdin", stdin=f"{PASSWORD}\n".encode())
    assert made.code == 0, made.err
    with httpx.Client(base_url=f"http://127.0.0.1:{os.environ['INTAKE_GATEWAY__PORT']}", timeout=60) as client:
        page = client.get("/staff/sign-in").text
        signed = client.post("/staff/sign-in", data=hidden(page) | {"name": name, "password": PASSWORD})
        assert signed.status_code == 303
        client.headers["x-signed-by"] = name
        yield client


def hidden(page: str) -> dict[str, str]:
    """The hidden fields of a page's forms."""
    return dict(re.findall(r'<input type="hidden" name="([\w.-]+)" value="([^"]*)"', page))


def pressed(client: httpx.Client, path: str, form: str, **fields: str) -> httpx.Response:
    """Open a page, send one of its forms, and then the form of the answer that asks whether one is sure."""
    token = {"csrf": hidden(client.get(form).text)["csrf"]}
    answer = client.post(path, data=token | fields)
    if 'name="sure"' in answer.text:
        answer = client.post(path, data=hidden(answer.text) | ({"text": fields["text"]} if "text" in fields else {}))
    return answer


def case_of(number: str) -> Any:
    """The case a complaint is in now."""
    with psycopg.connect(os.environ["INTAKE_DATABASE__URL"]) as connection:
        found = connection.execute("SELECT case_id FROM case_members WHERE tracking_number = %s", [number]).fetchone()
    assert found is not None
    return found[0]


def test_a_review_is_corrected_on_its_page_and_the_command_shows_it(
    intake: Intake, browser: httpx.Client, tmp_path: Path
) -> None:
    number = posted(intake, tmp_path, "你们三号收银台的收银员一直在骂顾客，态度太差了")
    review = until(lambda: found if (found := intake("review", "show", number, "--json")).code == 0 else None)
    assert review is not None
    path = f"/ops/review/{review.json['review']['complaint_id']}"

    shown = browser.get(path)
    corrected = pressed(browser, f"{path}/correct", path, primary="hygiene", severity="2", reason="it is about dirt")
    again = pressed(browser, f"{path}/correct", path, primary="hygiene", reason="it is about dirt")

    assert "收银员" in shown.text
    assert (corrected.status_code, again.status_code) == (200, 409)
    after = intake("review", "show", number, "--json").json["review"]
    assert (after["outcome"], after["label"]["primary"]) == ("corrected", "hygiene")
    assert after["done_by"] == browser.headers["x-signed-by"]


def test_a_link_is_undone_and_made_on_its_page(intake: Intake, browser: httpx.Client, tmp_path: Path) -> None:
    first = posted(intake, tmp_path, "电饭煲的内胆开裂了，客服说不保修")
    second = posted(intake, tmp_path, "停车场的道闸坏了，等了四十分钟")
    path = f"/ops/links/{second}"

    parted = pressed(browser, path, path, action="own-case", reason="another day")
    case_apart = case_of(second)
    linked = pressed(browser, path, path, action="relink", to=first, reason="the same visit", **{"as": "follow_up"})
    same = pressed(browser, path, path, action="relink", to=first, reason="the same visit", **{"as": "follow_up"})

    assert [one.status_code for one in (parted, linked, same)] == [200, 200, 200]
    assert case_apart != case_of(first)
    assert case_of(second) == case_of(first)
    assert "已改动" in linked.text
    assert "已经是这样" in same.text


def test_a_case_goes_to_the_department_chosen_on_its_page(
    intake: Intake, browser: httpx.Client, tmp_path: Path
) -> None:
    number = posted(intake, tmp_path, "洗手间没有水，地上很脏")
    path = f"/ops/links/{number}"

    moved = pressed(browser, path, path, action="reroute", department="finance", reason="a refund is asked for")
    again = pressed(browser, path, path, action="reroute", department="finance", reason="a refund is asked for")

    assert "已改动" in moved.text
    assert "已经是这样" in again.text
