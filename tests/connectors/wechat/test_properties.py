"""Whatever the vendor signs, reading it ends in records or in a declared refusal; nothing else leaves."""

from hypothesis import given
from hypothesis import strategies as st

from connectors.rounds import Rounds
from schemas.errors import NotGenuine, PayloadRejected, Reason
from schemas.inbound import Inbound, SuspendedItem
from schemas.wire import Naming
from tests.connectors.wechat.deliveries import NUMBERING, PLAIN, PSEUDONYM_KEY, SAFE, connector, plain, samples, sealed

ROUNDS = Rounds(Naming(), NUMBERING, PSEUDONYM_KEY, inline_bytes=256 * 1024)
XML = tuple(one["xml"] for one in samples("wechat_message_xml.json"))
NAMES = st.sampled_from(
    ["ToUserName", "FromUserName", "CreateTime", "MsgType", "MsgId", "MsgID", "Content", "PicUrl", "MediaId", "Format",
     "Recognition", "ThumbMediaId", "Location_X", "Location_Y", "Label", "Title", "Url", "Event", "EventKey", "Status",
     "Encrypt", "bizmsgmenuid", "SubscribeMsgPopupEvent", "SubscribeMsgSentEvent", "List", "TemplateId", "ErrorStatus"]
)  # fmt: skip
WORDS = st.text(max_size=60) | st.sampled_from(
    ["text", "image", "voice", "video", "location", "link", "event", "TEMPLATESENDJOBFINISH", "subscribe", "SCAN",
     "subscribe_msg_popup_event", "subscribe_msg_sent_event", "success", "qrscene_1", "1795141299", "9" * 20, "0", "-1"]
)  # fmt: skip
ELEMENTS = st.recursive(
    st.builds(lambda name, text: f"<{name}><![CDATA[{text}]]></{name}>", NAMES, WORDS)
    | st.builds(lambda name, text: f"<{name}>{text}</{name}>", NAMES, WORDS),
    lambda inner: st.builds(lambda name, parts: f"<{name}>{''.join(parts)}</{name}>", NAMES, st.lists(inner)),
    max_leaves=12,
)
WHOLE = st.lists(ELEMENTS, max_size=12).map(lambda parts: f"<xml>{''.join(parts)}</xml>")
PLACES = st.integers(0, 2_000)
TORN = st.builds(lambda xml, at, noise, to: xml[:at] + noise + xml[to:], st.sampled_from(XML), PLACES, WORDS, PLACES)
BODIES = (WHOLE | TORN | st.text(max_size=400)).map(lambda text: text.encode(errors="replace")) | st.binary(
    max_size=400
)


def ends_well(delivery: Inbound) -> bool:
    """Whether all of it became records, or was refused as unreadable."""
    try:
        items = connector(PLAIN if "?msg_signature" not in delivery.headers else SAFE).parse(delivery)
    except PayloadRejected as error:
        return error.reason in (Reason.UNREADABLE, Reason.TOO_LARGE)
    made = ROUNDS.make(delivery, items)
    reasons = {item.reason for item in items if isinstance(item, SuspendedItem)}
    return len(made.messages) == 1 + len(items) >= 2 and reasons <= {Reason.EMPTY, Reason.NO_SENDER}


@given(BODIES)
def test_any_signed_body_becomes_records_or_one_refusal(body: bytes) -> None:
    assert ends_well(plain(body))


@given(WHOLE | TORN)
def test_any_encrypted_message_becomes_records_or_one_refusal(xml: str) -> None:
    assert ends_well(sealed(xml.encode(errors="replace").decode()))


@given(BODIES)
def test_any_file_becomes_items_or_one_refusal(body: bytes) -> None:
    try:
        assert connector(SAFE).read(plain(body))
    except PayloadRejected:
        return


@given(BODIES)
def test_an_unsigned_body_is_never_looked_at(body: bytes) -> None:
    for account in (PLAIN, SAFE):
        try:
            connector(account).parse(plain(body, signature="0" * 40))
        except NotGenuine:
            continue
        raise AssertionError("it was read")
