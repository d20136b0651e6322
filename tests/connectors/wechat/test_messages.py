"""Every kind of message becomes a complaint, every event keeps its meaning; odd input is one refusal."""

import ast
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.wechat.messages import LISTEN_AND_TYPE, RECOGNISED, UNKNOWN_TYPE, leaves, read_message
from schemas.complaint import Proof
from schemas.errors import NotGenuine, PayloadRejected, Reason
from schemas.inbound import Inbound, ParsedComplaint, ParsedSignal, SuspendedItem
from tests.connectors.wechat.deliveries import (
    NOW,
    OPENID,
    PLAIN,
    SAFE,
    connector,
    inbound,
    plain,
    read,
    samples,
    sealed,
    xml,
)

VECTORS = samples("wechat_message_xml.json")
UPSTREAMS_OWN_NAMES = {"subscribe_scan": "subscribe", "WxConsts.XmlMsgType.TEXT": "text",
                       "WxConsts.XmlMsgType.EVENT": "event"}  # fmt: skip
NOT_IN_THIS_XML = {"scanimage", "chosen_beacon"}
"""Expected by the upstream test of another delivery, or named by a variable of it."""
IN_BASE64 = {"wechatpy-parser-test_parse_device_text_event", "wechatpy-parser-test_parse_device_bind_event"}


def expected(value: str) -> Iterator[str]:
    """The texts behind an upstream's assertion, which is written in Python or Java."""
    try:
        literal = ast.literal_eval(value.removesuffix("d"))
    except (ValueError, SyntaxError):
        literal = value
    for one in literal if isinstance(literal, tuple) else (literal,):
        text = UPSTREAMS_OWN_NAMES.get(str(one), str(one))
        if one is not None and text.strip() and text not in NOT_IN_THIS_XML:
            yield text.strip()


@pytest.mark.parametrize("vector", VECTORS, ids=[one["id"] for one in VECTORS])
def test_every_value_upstream_reads_is_read(vector: dict[str, Any]) -> None:
    message = read_message(vector["xml"].encode())
    texts = [text for _, text in leaves(message.fields)]
    found = {*texts, *(part for text in texts for part in text.split("|")), *(text.lower() for text in texts),
             *(text.removeprefix("qrscene_") for text in texts)}  # fmt: skip
    found |= {str(float(text)) for text in texts if text.replace(".", "", 1).isdigit()}

    missing = {text for _, value in vector["expect"] for text in expected(value)} - found

    assert not missing or (vector["id"] in IN_BASE64 and "MTIz" in found)


@pytest.mark.parametrize("vector", VECTORS, ids=[one["id"] for one in VECTORS])
def test_every_sample_is_one_complaint_or_the_signals_of_one_event(vector: dict[str, Any]) -> None:
    items = connector().parse(plain(vector["xml"]))

    kinds = {type(item) for item in items}
    assert kinds == {ParsedSignal} or (kinds == {ParsedComplaint} and len(items) == 1)


@pytest.mark.parametrize(
    ("delivery", "text", "media"),
    [
        (xml(Content="牛奶过期了"), "牛奶过期了", []),
        (
            xml("image", PicUrl="http://mmbiz.qpic.cn/x", MediaId="m1"),
            "",
            [("m1 http://mmbiz.qpic.cn/x", "image/jpeg")],
        ),
        (xml("image", PicUrl="http://mmbiz.qpic.cn/x"), "", [(" http://mmbiz.qpic.cn/x", "image/jpeg")]),
        (xml("image", MediaId="m1"), "", [("m1", "image/jpeg")]),
        (xml("voice", MediaId="m1", Format="amr"), "", [("m1", "audio/amr")]),
        (xml("voice", MediaId="m1", Format="Speex", Recognition="坏了"), "坏了", [("m1", "audio/speex")]),
        (xml("video", MediaId="m1", ThumbMediaId="m2"), "", [("m1", "video/mp4"), ("m2", "image/jpeg")]),
        (xml("shortvideo", MediaId="m1", ThumbMediaId="m2"), "", [("m1", "video/mp4"), ("m2", "image/jpeg")]),
        (xml("location", Location_X="23.1", Location_Y="113.3", Scale="20", Label="越秀区"), "越秀区\n23.1,113.3", []),
        (xml("link", Title="标题", Description="说明", Url="http://a.cn"), "标题\n说明\nhttp://a.cn", []),
        (xml("TEXT", Content="a"), "a", []),
    ],
)
def test_each_kind_says_what_it_holds(delivery: str, text: str, media: list[tuple[str, str]]) -> None:
    complaint = read(plain(delivery))

    assert complaint.text == text
    assert [(one.reference, one.media_type) for one in complaint.attachments] == media
    assert {one.state for one in complaint.attachments} <= {"pending"}


def test_recognised_speech_is_marked_as_such() -> None:
    complaint = read(plain(xml("voice", MediaId="m1", Recognition="坏了")))

    assert (complaint.warnings, complaint.tasks) == ((RECOGNISED,), ())


def test_a_voice_without_words_is_for_a_person_to_listen_to() -> None:
    assert read(plain(xml("voice", MediaId="m1", Format="amr"))).tasks == (LISTEN_AND_TYPE,)
    assert read(plain(xml("image", MediaId="m1"))).tasks == ()


def test_an_unknown_type_is_a_complaint_with_all_its_fields() -> None:
    complaint = read(plain(xml("file", Title="小票.pdf", FileKey="k1", MediaId="m1")))

    assert complaint.text == "[file]\nTitle: 小票.pdf\nFileKey: k1\nMediaId: m1"
    assert complaint.warnings == (UNKNOWN_TYPE,)
    assert [one.reference for one in complaint.attachments] == ["m1"]
    assert OPENID not in complaint.text


def test_a_complaint_knows_its_sender_and_times() -> None:
    complaint = read(sealed(xml(Content="The milk is off")), SAFE)

    assert complaint.reply_to == OPENID
    assert complaint.sender is not None
    assert complaint.sender.openid == OPENID
    assert complaint.sender.proofs == {OPENID: Proof.CHANNEL}
    assert complaint.sent_at == datetime.fromtimestamp(1795141299, UTC)
    assert complaint.received_at == NOW
    assert complaint.language == "en"
    assert complaint.entry == "chat"


def test_in_plain_mode_the_openid_is_not_proven() -> None:
    sender = read(plain(xml(Content="a"))).sender

    assert sender is not None
    assert sender.proofs == {OPENID: Proof.NONE}


def test_one_message_is_one_complaint_in_every_mode_and_at_every_try() -> None:
    message = xml(Content="牛奶过期了")
    later = plain(message, timestamp=int(NOW.timestamp()) + 10)

    deliveries = [plain(message), later, sealed(message), sealed(message, beside="<Content>x</Content>")]
    ids = {read(one, SAFE if "?encrypt_type" in one.headers else PLAIN).complaint_id for one in deliveries}

    assert len(ids) == 1


def test_a_picture_whose_address_changed_is_the_same_complaint() -> None:
    one, other = (read(plain(xml("image", MediaId="m", PicUrl=url))) for url in ("http://a.cn", "http://b.cn"))

    assert one.complaint_id == other.complaint_id


@pytest.mark.parametrize(
    "other", [xml(Content="b"), xml(Content="a", MsgId="2"), xml("new", Content="a"), xml(Content="a", MsgId="x")]
)
def test_anything_else_is_another_complaint(other: str) -> None:
    assert read(plain(other)).complaint_id != read(plain(xml(Content="a"))).complaint_id


def test_two_pictures_are_told_apart_before_they_are_fetched() -> None:
    one, other = (read(plain(xml("image", MediaId=media))).attachments[0] for media in ("m1", "m2"))

    assert one.sha256 != other.sha256
    assert one.attachment_id != other.attachment_id


@pytest.mark.parametrize(
    "message",
    [
        xml(Content="a"),
        xml("new", MsgId="", Content="a"),
        xml(Content="a", MsgId=OPENID),
        xml(Content="a", MsgId="1" * 9_000),
    ],
)
def test_the_source_id_holds_no_personal_data(message: str) -> None:
    source_id = read(plain(message)).source_id

    assert OPENID not in source_id
    assert len(source_id) < 50


def test_control_characters_in_a_text_do_no_harm() -> None:
    assert read(plain(xml(Content="牛\x00奶\x08\x1f过\ufffe期"))).text == "牛奶过期"


@pytest.mark.parametrize(("name", "text"), [("Content", "<b>1 &amp; 2</b>"), ("Content", "]] >")])
def test_markup_in_a_text_is_text(name: str, text: str) -> None:
    assert read(plain(xml(**{name: text}))).text == text


def test_an_element_that_comes_twice_is_read_once() -> None:
    twice = xml(Content="first").replace("</xml>", "<Content/><Content>second</Content></xml>")

    assert read(plain(twice)).text == "second"


@pytest.mark.parametrize("created", ["", "x", "-1", "9" * 12, "１２", "1" * 5_000])
def test_a_creation_time_that_is_none_does_no_harm(created: str) -> None:
    assert read(plain(xml(Content="a", CreateTime=created))).sent_at is None


@pytest.mark.parametrize("message", [xml(Content=""), xml(Content="  "), xml("image"), xml("location")])
def test_a_message_without_content_is_suspended_and_can_be_answered(message: str) -> None:
    [item] = connector().parse(plain(message))

    assert isinstance(item, SuspendedItem)
    assert (item.reason, item.reply_to) == (Reason.EMPTY, OPENID)


def test_a_message_from_nobody_is_suspended() -> None:
    [item] = connector().parse(plain(xml(Content="a", FromUserName="")))

    assert isinstance(item, SuspendedItem)
    assert item.reason is Reason.NO_SENDER


BOMB = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><xml><MsgType>text</MsgType><Content>&b;</Content></xml>'
OUTSIDE = (
    '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><xml><MsgType>text</MsgType><Content>&a;</Content></xml>'
)


@pytest.mark.parametrize(
    "garbage",
    [b"", b"{}", b"<a/>", b"<xml/>", b"<xml></xml>", b"<xml>text</xml>", b"\xff\xfe", b"\0" * 100, b"[" * 10_000,
     b"<xml><MsgType/></xml>", b"<xml><Content>a</Content></xml>", BOMB.encode(), OUTSIDE.encode(),
     b"<xml><MsgType>text</MsgType></xml><xml/>", "<xml><Content>牛</Content></xml>".encode("gb18030")],
)  # fmt: skip
def test_garbage_is_one_refusal(garbage: bytes) -> None:
    with pytest.raises(PayloadRejected):
        connector().parse(plain(garbage))


def test_deep_nesting_is_read_like_anything_else() -> None:
    deep = "<a>" * 8_000 + "x" + "</a>" * 8_000

    assert "a: x" in read(plain(f"<xml><MsgType>new</MsgType><FromUserName>o</FromUserName>{deep}</xml>")).text


@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode(errors="replace")))
def test_no_bytes_crash_it(body: bytes) -> None:
    for delivery in (plain(body), plain(b"<xml><MsgType>text</MsgType>" + body + b"</xml>")):
        try:
            connector().parse(delivery)
        except PayloadRejected:
            continue


FIELDS = [
    "Status",
    "SubscribeMsgPopupEvent",
    "Content",
    "MediaId",
    "Format",
    "FromUserName",
    "MsgId",
    "CreateTime",
    "Event",
    "EventKey",
    "MsgID",
    "Label",
]
KINDS = ["text", "image", "voice", "video", "location", "link", "event", "device_event", "?"]


@given(st.dictionaries(st.sampled_from(FIELDS), st.text(max_size=40)), st.sampled_from(KINDS))
def test_no_fields_crash_it(fields: dict[str, str], kind: str) -> None:
    delivery = sealed(xml(kind, **fields))
    try:
        [item.complaint.to_json() for item in connector(SAFE).parse(delivery) if isinstance(item, ParsedComplaint)]
    except PayloadRejected:
        return


@given(
    st.dictionaries(st.sampled_from(["signature", "timestamp", "nonce", "msg_signature", "encrypt_type"]), st.text())
)
def test_no_query_crashes_it(query: dict[str, str]) -> None:
    for account in (PLAIN, SAFE):
        with pytest.raises(NotGenuine):
            connector(account).parse(inbound(xml(Content="a"), query))


def test_an_option_of_a_message_menu_carries_its_store() -> None:
    assert read(plain(xml(Content="质量问题", bizmsgmenuid="123123"))).stated.store == "SH001"


def test_a_delivery_read_again_later_is_as_genuine_as_it_was() -> None:
    delivery = plain(xml(Content="a"))
    again = Inbound("wechat", "main", delivery.body, NOW, "gateway", NOW + timedelta(days=30), headers=delivery.headers)

    assert read(again).complaint_id == read(delivery).complaint_id
