"""The channel `phone`: how its accounts are called, what is kept of a call, and whose deliveries are whose."""

import base64
from dataclasses import replace

import pytest

from connectors.contract import CALLER, Evidence, Hook, HookConnector, ReadsFiles
from connectors.phone import Phone
from connectors.phone.callbacks import ADDRESS_HEADER, PROOF_HEADER, callback_proof
from schemas.errors import NotGenuine, PayloadRejected
from schemas.inbound import Inbound, ParsedComplaint
from tests.connectors.phone.sms.pushes import KEY, SECRET, SMS, aliyun, push, sample, tencent

PHONE = Phone([SMS])
BASIC = f"Basic {base64.b64encode(f'tccc:{SECRET}'.encode()).decode()}"


def hook(account: str, event: str | None = None) -> Hook:
    """The hook of an account there is."""
    found = PHONE.hook(account, event)
    assert found is not None
    return found


def called(account: str, presented: Evidence) -> Inbound:
    """A push as the gateway delivers it of a call that presented this."""
    body = tencent() if account in {"basic", "t1"} else [aliyun()]
    return replace(push(body, account), headers=hook(account).kept(presented))


def test_the_channel_is_called_by_vendors_and_reads_files() -> None:
    assert isinstance(PHONE, HookConnector)
    assert isinstance(PHONE, ReadsFiles)
    assert PHONE.channel == "phone"


@pytest.mark.parametrize("event", [None, "sms", "status"])
def test_an_account_is_called_for_replies_and_for_reports(event: str | None) -> None:
    assert hook("a1", event).query == ("key",)
    assert hook("a1", event).headers == ()


@pytest.mark.parametrize(("account", "event"), [("a1", "voice"), ("unknown", None), ("off", None), ("calls", "sms")])
def test_what_is_not_there_or_switched_off_has_no_hook(account: str, event: str | None) -> None:
    assert PHONE.hook(account, event) is None


def test_a_secret_in_the_query_is_proven_and_never_kept() -> None:
    presented = {"?key": SECRET, CALLER: "203.0.113.7"}
    delivery = called("a1", presented)

    assert PHONE.parse(delivery)
    assert SECRET not in repr(delivery)
    assert "203.0.113.7" not in repr(delivery)
    assert delivery.headers == {PROOF_HEADER: callback_proof(KEY, "a1", SECRET)}


def test_a_secret_of_basic_authentication_is_proven_and_never_kept() -> None:
    delivery = called("basic", {"authorization": BASIC})

    assert PHONE.parse(delivery)
    assert SECRET not in repr(delivery)
    assert BASIC not in repr(delivery)
    assert hook("basic").headers == ("Authorization",)
    assert hook("basic").query == ()


def test_a_secret_in_the_path_is_proven_and_not_part_of_the_account() -> None:
    found = hook(f"path.{SECRET}", "sms")
    delivery = replace(push([aliyun()], "path"), headers=found.kept({}))

    assert found.account == "path"
    assert (found.headers, found.query) == ((), ())
    assert PHONE.parse(delivery)
    assert SECRET not in repr(delivery)


def test_a_wrong_secret_in_the_path_is_refused() -> None:
    delivery = replace(push([aliyun()], "path"), headers=hook("path.another-secret-0000").kept({}))

    with pytest.raises(NotGenuine):
        PHONE.parse(delivery)


@pytest.mark.parametrize("called", ["path", f"a1.{SECRET}", f".{SECRET}", "."])
def test_a_secret_in_the_path_opens_only_accounts_that_present_it_there(called: str) -> None:
    assert PHONE.hook(called) is None


@pytest.mark.parametrize(
    ("account", "presented"),
    [
        ("a1", {}),
        ("a1", {"?key": ""}),
        ("a1", {"?key": f"{SECRET}, {SECRET}"}),
        ("a1", {"authorization": BASIC}),
        ("a1", {"sms-callback-proof": callback_proof(KEY, "a1", SECRET)}),
        ("basic", {"?key": SECRET}),
        ("basic", {"authorization": f"Bearer {SECRET}"}),
        ("basic", {"authorization": "Basic not base64"}),
        ("basic", {"authorization": "Basic /w=="}),
        ("basic", {"authorization": base64.b64encode(SECRET.encode()).decode()}),
        ("basic", {"authorization": f"{BASIC}, {BASIC}"}),
    ],
)
def test_what_presents_no_secret_in_its_place_is_refused(account: str, presented: Evidence) -> None:
    with pytest.raises(NotGenuine):
        PHONE.parse(called(account, presented))


@pytest.mark.parametrize(("address", "genuine"), [("203.0.113.7", True), ("198.51.100.7", False)])
def test_the_caller_is_kept_only_where_networks_are_listed(address: str, genuine: bool) -> None:
    delivery = called("listed", {"?key": SECRET, CALLER: address})

    assert delivery.headers[ADDRESS_HEADER] == address
    if genuine:
        assert PHONE.parse(delivery)
    else:
        with pytest.raises(NotGenuine):
            PHONE.parse(delivery)


def test_what_an_account_took_before_it_was_switched_off_can_be_read_again() -> None:
    assert PHONE.parse(push([aliyun()], "off"))


def test_the_vendor_hears_its_own_answer() -> None:
    aliyuns, tencents = hook("a1").answer, hook("t1").answer

    assert not callable(aliyuns)
    assert not callable(tencents)
    assert (aliyuns.status, aliyuns.body.decode()) == (200, '{"code":0,"msg":"成功"}')
    assert (tencents.status, tencents.body) == (200, b'{"result":0,"errmsg":"OK"}')


@pytest.mark.parametrize("name", ["aliyun_push.json", "tencent_reply.json"])
def test_a_file_is_read_in_the_layout_it_has(name: str) -> None:
    items = PHONE.read(replace(push(sample(name)), account="nobody", headers={}))

    assert all(isinstance(one, ParsedComplaint) for one in items)


@pytest.mark.parametrize("body", [b"", b"[]", b'[{"a": 1}]', b'{"text": 7}'])
def test_a_file_of_no_vendor_is_refused(body: bytes) -> None:
    with pytest.raises(PayloadRejected):
        PHONE.read(push(body))
