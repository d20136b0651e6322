"""What happens between a person and the account becomes a signal with its meaning, its store and no person's words."""

from datetime import UTC, datetime
from typing import Any

import pytest

from connectors.wechat.events import SUBSCRIPTION_NOTICE
from schemas.inbound import ParsedSignal
from schemas.signals import SignalKind
from tests.connectors.wechat.deliveries import NOW, OPENID, PLAIN, SAFE, connector, plain, samples, sealed, xml

BY_ID = {one["id"]: one["xml"] for one in samples("wechat_message_xml.json")}
LATER = int(NOW.timestamp()) + 10


def signals(body: str, timestamp: int | None = None) -> list[ParsedSignal]:
    items = connector().parse(plain(body, timestamp))
    found = [item for item in items if isinstance(item, ParsedSignal)]
    assert len(found) == len(items)
    return found


def signal(body: str, timestamp: int | None = None) -> ParsedSignal:
    [found] = signals(body, timestamp)
    return found


@pytest.mark.parametrize(
    ("body", "kind", "place"),
    [
        (xml("event", Event="subscribe"), SignalKind.ENTERED, None),
        (xml("event", Event="subscribe", EventKey="qrscene_123123", Ticket="T"), SignalKind.ENTERED, "SH001"),
        (xml("event", Event="SCAN", EventKey="123123", Ticket="T"), SignalKind.ENTERED, "SH001"),
        (xml("event", Event="CLICK", EventKey="COMPLAIN_SH002"), SignalKind.ENTERED, "SH002"),
        (xml("event", Event="VIEW", EventKey="www.qq.com"), SignalKind.ENTERED, None),
        (xml("event", Event="unsubscribe"), SignalKind.LEFT, None),
        (xml("event", Event="LOCATION", Latitude="23.1"), SignalKind.OTHER, None),
        (xml("event", Event="pic_weixin", EventKey="6"), SignalKind.OTHER, None),
        (xml("event", Event="MASSSENDJOBFINISH", MsgID="1", Status="err(30003)"), SignalKind.OTHER, None),
        (xml("event", Event="something new"), SignalKind.OTHER, None),
        (xml("event"), SignalKind.OTHER, None),
    ],
)
def test_each_event_keeps_its_meaning_and_store(body: str, kind: SignalKind, place: str | None) -> None:
    found = signal(body)

    assert (found.kind, found.place, found.address) == (kind, place, OPENID)
    assert found.at == datetime.fromtimestamp(1795141299, UTC)


@pytest.mark.parametrize(
    ("name", "revoked", "kind", "detail"),
    [
        ("user_authorization_revoke", "205", SignalKind.ERASURE, "user_authorization_revoke:205"),
        ("user_authorization_revoke", "王小明", SignalKind.ERASURE, "user_authorization_revoke"),
        ("user_authorization_cancellation", "", SignalKind.ERASURE, "user_authorization_cancellation"),
        ("user_info_modified", "", SignalKind.OTHER, "user_info_modified"),
    ],
)
def test_what_the_platform_tells_is_about_the_person_it_names(
    name: str, revoked: str, kind: SignalKind, detail: str
) -> None:
    found = signal(xml("event", Event=name, OpenID="oThePerson", RevokeInfo=revoked))

    assert (found.kind, found.address, found.detail) == (kind, "oThePerson", detail)


def test_a_store_is_found_though_the_environment_knows_no_capitals() -> None:
    account = PLAIN.model_copy(update={"stores": {"complain_sh003": "SH003"}})

    [found] = connector(account).parse(plain(xml("event", Event="CLICK", EventKey="COMPLAIN_SH003")))

    assert isinstance(found, ParsedSignal)
    assert found.place == "SH003"


def test_an_erasure_of_nobody_erases_nobody() -> None:
    found = signal(xml("event", Event="user_authorization_revoke"))

    assert (found.kind, found.address) == (SignalKind.OTHER, None)


def test_two_persons_told_of_in_one_second_are_two_signals() -> None:
    bodies = (xml("event", Event="user_authorization_revoke", OpenID=who, RevokeInfo="205") for who in ("o1", "o2"))

    assert len({signal(body).source_id for body in bodies}) == 2


def test_an_event_without_a_time_happened_when_it_came() -> None:
    assert signal(xml("event", Event="subscribe", CreateTime="")).at == NOW


@pytest.mark.parametrize(
    ("status", "kind", "detail"),
    [
        ("success", SignalKind.DELIVERED, "success"),
        ("failed:user block", SignalKind.UNDELIVERED, "user-block"),
        ("failed: system failed", SignalKind.UNDELIVERED, "system-failed"),
        ("failed: 王小明 13800001234", SignalKind.UNDELIVERED, "failed"),
    ],
)
def test_the_end_of_a_template_message_names_it(status: str, kind: SignalKind, detail: str) -> None:
    found = signal(xml("event", Event="TEMPLATESENDJOBFINISH", MsgID="200163836", Status=status))

    assert (found.kind, found.vendor_id, found.detail) == (kind, "200163836", detail)


@pytest.mark.parametrize("changed", [{"Status": ""}, {"MsgID": ""}, {"MsgID": OPENID}])
def test_a_report_without_number_or_status_reports_nothing(changed: dict[str, str]) -> None:
    fields = {"Event": "TEMPLATESENDJOBFINISH", "MsgID": "200163836", "Status": "success"} | changed

    assert signal(xml("event", **fields)).kind is SignalKind.OTHER


def test_what_a_person_wants_of_each_subscription_notice_is_told() -> None:
    found = signals(BY_ID["wxjava-mp-testSubMsgPopupFromXml"])

    assert [one.detail for one in found] == [f"{SUBSCRIPTION_NOTICE} accepted", f"{SUBSCRIPTION_NOTICE} rejected"]
    assert {one.kind for one in found} == {SignalKind.OTHER}
    assert [one.item for one in found] == [0, 1]
    assert len({one.source_id for one in found}) == 2
    assert signal(BY_ID["wxjava-mp-testSubMsgChangeFromXml"]).detail == f"{SUBSCRIPTION_NOTICE} rejected"


def test_the_report_of_a_subscription_notice_names_it() -> None:
    found = signal(BY_ID["wxjava-mp-testSubMsgSentFromXml"])

    assert (found.kind, found.vendor_id) == (SignalKind.DELIVERED, "1700827132819554304")


@pytest.mark.parametrize("inner", ["", "<List/>", "<List>x</List>", "x", "<List><List/></List>"])
def test_a_list_of_nothing_is_still_an_event(inner: str) -> None:
    body = xml("event", Event="subscribe_msg_popup_event").replace(
        "</xml>", f"<SubscribeMsgPopupEvent>{inner}</SubscribeMsgPopupEvent></xml>"
    )

    assert signal(body).kind is SignalKind.OTHER


def test_an_event_keeps_its_id_at_every_try_and_in_every_mode() -> None:
    scan = xml("event", Event="SCAN", EventKey="1")
    [in_safe_mode] = connector(SAFE).parse(sealed(scan))

    assert isinstance(in_safe_mode, ParsedSignal)
    assert {one.source_id for one in (signal(scan), signal(scan, LATER), in_safe_mode)} == {signal(scan).source_id}


def test_an_event_shares_its_id_with_no_other() -> None:
    changes: list[dict[str, Any]] = [
        {}, {"EventKey": "2"}, {"Event": "CLICK"}, {"CreateTime": "1795141300"}, {"FromUserName": "another"},
        {"ToUserName": "gh_other"}, {"Event": "TEMPLATESENDJOBFINISH", "MsgID": "1"},
    ]  # fmt: skip

    found = {signal(xml("event", **({"Event": "SCAN", "EventKey": "1"} | change))).source_id for change in changes}

    assert len(found) == len(changes)


def test_neither_id_nor_detail_holds_what_a_person_is_called() -> None:
    for name in ("SCAN", OPENID, "王小明"):
        found = signal(xml("event", Event=name, EventKey=OPENID))

        assert OPENID.lower() not in f"{found.source_id} {found.detail}".lower()
