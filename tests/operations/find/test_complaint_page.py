"""A complaint's page: all that is known, masked, on record; sealed ones for few; harmless whatever people wrote."""

from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from gateway.staff.roles import Role
from infra.objects import LocalFolder
from operations.pages.render import texts
from schemas.complaint import Attachment, Sender, Stated
from schemas.errors import Unreachable
from schemas.identity import tracking_number
from schemas.records import Classified, Evidence, Verdict
from schemas.tables.clock import PROMISES
from schemas.tables.staff import AUDIT_LOG
from tests.gateway.staff.conftest import Desk
from tests.operations.find.filing import Files, attachment_key
from tests.schemas.making import RECEIVED_AT

pytestmark = pytest.mark.services
WHO = Sender(name="欧阳明月", phones=("+8613812340001",), emails=("ming@customers.example",))
TEXT = "我是欧阳明月，酸奶发霉了，请打13812340001"
MOULD = Evidence(rule="lexicon.quality.topic", detail="提到“发霉”", points=1.5, start=TEXT.index("发霉"), end=TEXT.index("发霉") + 2)  # fmt: skip  # noqa: E501
LEAKS = ("欧阳明月", "13812340001", "ming@customers")
SCRIPT = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>"


@pytest.fixture
def files(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Files:
    """What files complaints of the desk's database."""
    return Files(desk.engine, monkeypatch)


def page_of(one: Classified) -> str:
    """Where its page is."""
    return f"/ops/complaints/{one.tracking_number}"


async def test_the_page_tells_everything_masked_with_the_words_that_decided(desk: Desk, files: Files) -> None:
    one = await files.complaint(sender=WHO, text=TEXT, understood={"evidence": [MOULD.model_dump()]})
    other = await files.complaint("2", case_of="1", verdict=Verdict.FOLLOW_UP, case_seq=2, text="有进展吗")
    await files.department(one, "accepted", "我们会联系您")
    await files.state(one, "accepted")
    await desk.signed_in("op", Role.OPERATOR)

    page = (await desk.of.client.get(page_of(one))).text

    wanted = (
        "<mark>发霉<sup>",
        "已受理",
        "我们会联系您",
        other.tracking_number,
        "有进展吗",
        "首次答复",
        "剩 ",
        "138****0001",
    )
    assert [one for one in wanted if one not in page] == []
    assert [leak for leak in LEAKS if leak in page] == []


@pytest.mark.parametrize("away", [Unreachable("no broker"), TimeoutError(), ConnectionRefusedError()])
async def test_without_the_log_the_page_shows_what_the_tables_know(desk: Desk, files: Files, away: Exception) -> None:
    one = await files.complaint(sender=WHO, text=TEXT)
    files.away = away
    await desk.signed_in("op", Role.OPERATOR)

    page = (await desk.of.client.get(page_of(one))).text

    assert texts()["complaint.records_away"]["zh-CN"] in page
    assert "酸奶发霉了" in page
    assert [leak for leak in LEAKS if leak in page] == []


async def test_every_look_is_on_record_and_shown_to_those_who_look_later(desk: Desk, files: Files) -> None:
    one = await files.complaint()
    first = await desk.signed_in("first", Role.OPERATOR)
    await desk.of.client.get(page_of(one))
    await desk.signed_in("second", Role.OPERATOR)

    page = (await desk.of.client.get(page_of(one))).text

    seen = await desk.rows(select(AUDIT_LOG).where(AUDIT_LOG.c.action == "complaint.see"))
    assert [row.object_ids for row in seen] == [[str(one.complaint_id)]] * 2
    assert f"{first.display_name}查看了投诉" in page


async def test_everything_is_shown_to_a_supervisor_who_says_why(desk: Desk, files: Files) -> None:
    one = await files.complaint(sender=WHO, text=TEXT)
    await desk.signed_in("boss", Role.SUPERVISOR)

    without = await desk.post(f"{page_of(one)}/full", page_of(one), purpose=" ")
    shown = await desk.post(f"{page_of(one)}/full", page_of(one), purpose="回访核实")

    again = await desk.of.client.get(f"{page_of(one)}/full", params={"lang": "en"})
    assert (again.status_code, again.headers["location"]) == (303, f"{page_of(one)}?lang=en")
    assert without.status_code == 422
    assert "欧阳明月" not in without.text
    assert TEXT in shown.text
    [row] = await desk.rows(select(AUDIT_LOG).where(AUDIT_LOG.c.action == "complaint.full"))
    assert (row.object_ids, row.purpose) == ([str(one.complaint_id)], "回访核实")


async def test_an_operator_cannot_see_it_unmasked(desk: Desk, files: Files) -> None:
    one = await files.complaint(sender=WHO, text=TEXT)
    await desk.signed_in("op", Role.OPERATOR)

    answer = await desk.post(f"{page_of(one)}/full", page_of(one), purpose="想看")

    assert answer.status_code == 403
    assert "欧阳明月" not in answer.text


@pytest.mark.parametrize("role", [Role.CLERK, Role.STORE_MANAGER, Role.REGIONAL_MANAGER, Role.VIEWER, None])
async def test_nobody_else_opens_it(desk: Desk, files: Files, role: Role | None) -> None:
    one = await files.complaint()
    if role is not None:
        await desk.signed_in("other", role)

    ways = [page_of(one), f"{page_of(one)}/files/{uuid4()}"]
    codes = {(await desk.of.client.get(way)).status_code for way in ways}
    codes.add((await desk.of.client.post(f"{page_of(one)}/full", data={"purpose": "x"})).status_code)

    assert codes == ({303} if role is None else {403})


@pytest.mark.parametrize(("role", "code"), [(Role.OPERATOR, 404), (Role.ADMIN, 404), (Role.REGULATOR_AFFAIRS, 200)])
async def test_a_sealed_report_is_there_for_regulator_affairs_alone(
    desk: Desk, files: Files, role: Role, code: int
) -> None:
    one = await files.complaint(sealed=True, text="举报某店")
    await desk.signed_in("who", role)

    answer = await desk.of.client.get(page_of(one))

    assert answer.status_code == code
    assert ("举报某店" in answer.text) is (code == 200)


@pytest.mark.parametrize("number", ["nothing", "AAAA-AAAA-AAAA-A", "%00", "../../etc", "XXXX-XXXX-XXXX-X' OR 1=1"])
async def test_a_number_that_is_none_is_not_there(desk: Desk, number: str) -> None:
    await desk.signed_in("op", Role.OPERATOR)

    assert (await desk.of.client.get(f"/ops/complaints/{number}")).status_code == 404


async def test_nothing_anybody_writes_becomes_part_of_the_page(desk: Desk, files: Files) -> None:
    file = Attachment(attachment_id=uuid4(), name=SCRIPT, media_type="image/svg+xml", size_bytes=1, sha256="0" * 64)
    sender = Sender(name=SCRIPT, phones=(SCRIPT,), emails=(f"{SCRIPT}@x.example",), address=SCRIPT)
    marks = [Evidence(rule=SCRIPT, detail=SCRIPT, start=0, end=9).model_dump()]
    one = await files.complaint(
        sender=sender, text=SCRIPT, subject=SCRIPT, account=SCRIPT, attachments=(file,), language=SCRIPT,
        stated=Stated(store=SCRIPT, counter=SCRIPT, product=SCRIPT, order_no=SCRIPT), understood={"evidence": marks},
        warnings=(SCRIPT,),
    )  # fmt: skip
    await files.department(one, "answered", SCRIPT, verdict=SCRIPT)
    await desk.signed_in("boss", Role.SUPERVISOR)

    masked = (await desk.of.client.get(page_of(one))).text
    full = (await desk.post(f"{page_of(one)}/full", page_of(one), purpose=SCRIPT)).text

    for page in (masked, full):
        assert "<script>alert" not in page
        assert "<img src=x" not in page


async def test_a_file_is_a_download_whatever_it_says_it_is_and_only_of_its_own_complaint(
    desk: Desk, files: Files, tmp_path: Path
) -> None:
    one, file = await _with_file(files, tmp_path, "1")
    other = await files.complaint("2")
    await desk.signed_in("op", Role.OPERATOR)

    answer = await desk.of.client.get(f"{page_of(one)}/files/{file}")
    elsewhere = await desk.of.client.get(f"{page_of(other)}/files/{file}")

    assert (answer.status_code, elsewhere.status_code) == (200, 404)
    assert answer.content == b"<svg onload=alert(1)>"
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"] == f'attachment; filename="{file}"'
    [row] = await desk.rows(select(AUDIT_LOG).where(AUDIT_LOG.c.action == "complaint.file"))
    assert row.object_ids == [str(one.complaint_id), str(file)]


@pytest.mark.parametrize("lang", ["zh-CN", "en"])
async def test_the_page_speaks_one_language(desk: Desk, files: Files, lang: str) -> None:
    one = await files.complaint(text="milk")
    await desk.signed_in("op", Role.OPERATOR)

    page = (await desk.of.client.get(page_of(one), params={"lang": lang})).text

    keys = ("complaint.facts", "complaint.conversation", "complaint.timeline")
    other = "zh-CN" if lang == "en" else "en"
    assert all(texts()[key][lang] in page for key in keys)
    assert not [key for key in keys if f">{texts()[key][other]}<" in page]


async def test_a_number_that_has_only_arrived_says_so(desk: Desk, files: Files) -> None:
    promise: dict[str, Any] = {
        "subject_id": uuid4(), "kind": "complaint", "state": "open", "tracking_number": "0000-0000-0000-0",
        "channel": "web", "account": "form", "received_at": RECEIVED_AT, "due_at": RECEIVED_AT, "is_automatic": False,
        "page_shown": False, "by_authority": False, "reply_channel": "web", "addresses": [], "references": [],
    }  # fmt: skip
    promise["tracking_number"] = tracking_number(b"n" * 32, promise["subject_id"])
    await files.row(PROMISES, promise)
    await desk.signed_in("op", Role.OPERATOR)

    page = (await desk.of.client.get(f"/ops/complaints/{promise['tracking_number']}")).text

    assert texts()["complaint.not_indexed"]["zh-CN"] in page


async def _with_file(files: Files, home: Path, source_id: str) -> tuple[Classified, UUID]:
    file = uuid4()
    key = attachment_key(uuid4(), file)
    await LocalFolder(home / "objects").put(key, b"<svg onload=alert(1)>")
    given = Attachment(
        attachment_id=file, name="照片.svg", media_type="image/svg+xml", size_bytes=21, sha256="0" * 64, object_key=key
    )
    return await files.complaint(source_id, attachments=(given,)), file
