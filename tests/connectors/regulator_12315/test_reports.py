"""Reports are sealed: nothing of who reported is outside the one file that only regulator affairs may fetch."""

import hashlib
import json

import pytest

from connectors.rounds import Rounds
from schemas.errors import PayloadRejected
from schemas.inbound import ParsedComplaint
from schemas.topics import DELIVERIES_RAW, RECEIVED
from schemas.wire import Naming
from tests.connectors.conformance.case import NUMBERING, PSEUDONYM_KEY
from tests.connectors.conformance.said import everything_said
from tests.connectors.regulator_12315.sheets import (
    HEADER,
    NUMBER,
    complaints,
    connector,
    dropped,
    read,
    row,
    xlsx,
)

NAME, PHONE, ID_NUMBER, ADDRESS = "张三丰", "13800001234", "110101199003070038", "杭州市西湖区文三路90号2幢301室"
IDENTITY = (NAME, PHONE, ID_NUMBER, "文三路90号", "张先生")
TEXT = f"本人{NAME}（张先生），电话{PHONE}，身份证{ID_NUMBER}，住{ADDRESS}，举报该店销售过期牛奶。"
WIDER = [*HEADER, "证件号码", "联系地址", "备注"]


def report(kind: str = "举报") -> bytes:
    """A row that says who reported wherever it can."""
    changed = {"登记编号": NUMBER, "类型": kind, "投诉人": NAME, "联系电话": PHONE, "问题描述": TEXT}
    return xlsx([*row(1, **changed), ID_NUMBER, ADDRESS, f"{NAME}要求保密"], header=WIDER)


@pytest.mark.parametrize("kind", ["举报", "举报件", "不明", ""])
def test_a_report_or_what_may_be_one_says_nothing_of_who_reported(kind: str) -> None:
    [found] = complaints(read(report(kind)))

    assert found.sealed
    assert found.referral is not None
    assert found.referral.kind == "report"
    assert found.sender is None
    assert found.reply_to is None
    assert [one for one in IDENTITY if one in found.to_json().decode()] == []
    assert "过期牛奶" in found.text


def test_who_reported_is_in_a_file_that_is_withheld_also_when_it_is_stored() -> None:
    inbound = dropped(report())

    made = Rounds(Naming(), NUMBERING, PSEUDONYM_KEY.encode(), 1 << 18).make(inbound, connector().parse(inbound))

    [message] = [one for one in made.messages if one.topic == RECEIVED.name]
    [note] = json.loads(message.value)["attachments"]
    assert (note["name"], note["media_type"], note["state"]) == ("reporter.json", "application/json", "withheld")
    assert note["object_key"].startswith("sealed/complaints/")
    kept = json.loads(dict(made.objects)[note["object_key"]])
    assert (kept["fields"]["name"], kept["fields"]["phone"]) == (NAME, PHONE)


def test_keys_headers_names_and_logs_of_a_report_say_nothing_of_who_reported() -> None:
    inbound = dropped(report())

    with everything_said() as said:
        made = Rounds(Naming(), NUMBERING, PSEUDONYM_KEY.encode(), 1 << 18).make(inbound, connector().parse(inbound))

    named = [(one.key, one.headers) for one in made.messages], [name for name, _ in made.objects], made.receipt, said
    assert [one for one in IDENTITY if one in str(named)] == []


def test_a_report_that_cannot_be_read_says_nothing_either() -> None:
    items = read(xlsx([*row(1, 登记编号=PHONE[:5], 类型="举报", 投诉人=NAME, 问题描述=TEXT)]))

    assert [one for one in IDENTITY if one in str(items)] == []


def test_a_complaint_and_a_report_of_one_person_share_no_name_of_theirs() -> None:
    same = {"投诉人": NAME, "联系电话": PHONE, "问题描述": "过期牛奶"}

    complaint, sealed = complaints(read(xlsx(row(1, **same), row(2, 类型="举报", **same))))

    assert complaint.sender is not None
    assert sealed.sender is None
    assert {complaint.version, complaint.source_id} & {sealed.version, sealed.source_id} == set()


def test_a_notice_that_holds_both_is_split_and_the_complaint_knows_nothing_of_the_report() -> None:
    both = row(
        登记编号=NUMBER, 类型="投诉、举报", 问题描述="牛奶过期，要求退款。同时举报该店，请立案查处。", 状态="举报待核查"
    )

    complaint, sealed = complaints(read(xlsx(both)))

    assert (complaint.sealed, sealed.sealed) == (False, True)
    assert complaint.complaint_id != sealed.complaint_id
    assert sealed.source_id.endswith("/R")
    assert "举报" not in complaint.to_json().decode()
    assert "立案" not in complaint.text
    assert "立案查处" in sealed.text


def test_a_change_of_the_report_alone_is_no_update_of_the_complaint() -> None:
    header = [*HEADER, "举报内容"]
    first, second = (
        complaints(read(xlsx([*row(登记编号=NUMBER, 类型="投诉举报", 问题描述="牛奶过期"), words], header=header)))
        for words in ("举报该店", "举报该店及其仓库")
    )

    assert first[0].version == second[0].version
    assert first[1].version != second[1].version


def test_a_notice_of_both_in_one_sentence_is_a_report() -> None:
    [found] = complaints(read(xlsx(row(类型="投诉举报", 问题描述="投诉并举报该店销售过期牛奶", 投诉请求=""))))

    assert found.sealed


def test_files_of_a_report_are_withheld_and_lose_their_names() -> None:
    push: dict[str, object] = {
        "number": NUMBER,
        "kind": "report",
        "text": TEXT,
        "reporter": {"name": NAME, "phone": PHONE},
    }
    push["attachments"] = [{"name": f"{NAME}.jpg", "media_type": "image/jpeg", "content": "aGVsbG8="}]
    inbound = dropped(json.dumps(push, ensure_ascii=False).encode())

    [item] = connector().parse(inbound)

    assert isinstance(item, ParsedComplaint)
    assert {one.state for one in item.complaint.attachments} == {"withheld"}
    assert NAME not in item.complaint.to_json().decode()
    assert len(item.files) == 2
    assert hashlib.sha256(b"hello").hexdigest() not in item.complaint.to_json().decode()


def test_raw_bytes_of_this_channel_lie_apart_and_travel_in_no_record() -> None:
    inbound = dropped(report())

    made = Rounds(Naming(), NUMBERING, PSEUDONYM_KEY.encode(), 1 << 18).make(inbound, connector().parse(inbound))

    assert {key.partition("/")[0] for key, _ in made.objects} == {"sealed"}
    [raw] = [json.loads(one.value) for one in made.messages if one.topic == DELIVERIES_RAW.name]
    assert (raw.get("body_base64"), raw["object_key"].partition("/")[0]) == (None, "sealed")


def test_refusals_of_a_whole_file_never_quote_it() -> None:
    with pytest.raises(PayloadRejected) as error:
        read(f"{NAME},{PHONE}\n".encode())

    assert NAME not in str(error.value)
