"""What `intake show` hides unless it is asked not to."""

import json

from operations.history.masked import masked

RECORD = {
    "complaint_id": "1b7a9b28-52bb-55f0-8dee-73893c9f1047",
    "tracking_number": "WSD6-KVPW-CJBK-M",
    "received_at": "2026-11-22T08:36:15.656Z",
    "sender": {
        "name": "李梅",
        "phones": ["+8613800138001"],
        "emails": ["limei@example.com"],
        "openid": "oAbC123456789",
        "address": "上海市浦东新区世纪大道100号",
        "proofs": {"limei@example.com": "none"},
    },
    "reply_to": "limei@example.com",
    "subject": "李梅的投诉",
    "text": "我叫李梅，电话13800138001，身份证110101199003077758，邮箱limei@example.com，牛奶过期三天",
    "stated": {"order_no": "DD2026111800417"},
    "thread": {"references": ["<a@b.example>"]},
}


def test_names_contacts_and_numbers_of_people_are_gone() -> None:
    shown = json.dumps(masked(RECORD), ensure_ascii=False)

    for personal in ("李梅", "13800138001", "limei@", "oAbC123456789", "世纪大道", "110101199003077758"):
        assert personal not in shown


def test_what_a_clerk_needs_stays() -> None:
    shown = masked(RECORD)

    assert shown["complaint_id"] == RECORD["complaint_id"]
    assert shown["tracking_number"] == "WSD6-KVPW-CJBK-M"
    assert shown["received_at"] == "2026-11-22T08:36:15.656Z"
    assert shown["stated"] == {"order_no": "DD2026111800417"}
    assert "牛奶过期三天" in shown["text"]


def test_an_anonymous_complaint_is_masked_too() -> None:
    shown = masked({"text": "请打13800138001", "sender": None})

    assert "13800138001" not in shown["text"]
