"""Only the vendor's deliveries are read, whatever mode they come in; nothing else is even parsed."""

from datetime import timedelta
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

from connectors.wechat import echo
from connectors.wechat.crypto import MAX_BODY_BYTES, decrypted, is_fresh, opened, signature
from connectors.wechat.messages import read_message
from schemas.errors import NotGenuine, PayloadRejected, Reason
from schemas.inbound import Inbound
from schemas.settings import WeChatSettings
from tests.connectors.wechat.deliveries import (
    APP_ID,
    NONCE,
    NOW,
    PLAIN,
    SAFE,
    TOKEN,
    connector,
    plain,
    query_of,
    read,
    samples,
    sealed,
    xml,
)

VECTORS = samples("wechat_crypto_vectors.json")
OTHER_KEY = "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"
MESSAGE = xml(Content="牛奶过期了")


def vectors(*kinds: str) -> pytest.MarkDecorator:
    chosen = [one for one in VECTORS if one["kind"] in kinds]
    return pytest.mark.parametrize("vector", chosen, ids=[one["id"] for one in chosen])


def account_of(vector: dict[str, Any]) -> WeChatSettings:
    return WeChatSettings(
        app_id=vector["app_id"], token=SecretStr(vector["token"]), aes_key=SecretStr(vector["encoding_aes_key"]),
        freshness=timedelta(days=36_500),
    )  # fmt: skip


@vectors("sha1_sorted_concat")
def test_signatures_are_as_the_vendor_makes_them(vector: dict[str, Any]) -> None:
    assert signature(*vector["values"]) == vector["digest"]


@vectors("aes_encrypt")
def test_what_others_encrypted_is_decrypted(vector: dict[str, Any]) -> None:
    assert decrypted(account_of(vector), vector["ciphertext"]).decode() == vector["plaintext"]


@vectors("decrypt_with_signature")
def test_signed_and_encrypted_deliveries_are_opened(vector: dict[str, Any]) -> None:
    query = {name: vector[name] for name in ("timestamp", "nonce", "msg_signature")}
    body = f"<xml><ToUserName>x</ToUserName><Encrypt><![CDATA[{vector['encrypt']}]]></Encrypt></xml>"

    delivery = opened(account_of(vector), query, body.encode(), NOW)

    message = read_message(delivery.xml)
    assert delivery.xml.decode() == vector["plaintext"]
    assert delivery.sealed
    assert {name: message.text(name) for name in vector["expect"]} == vector["expect"]


@vectors("echostr_encrypted")
def test_an_encrypted_check_of_the_url_is_answered_with_its_text(vector: dict[str, Any]) -> None:
    query = {name: vector[name] for name in ("timestamp", "nonce", "msg_signature")} | {"echostr": vector["encrypt"]}

    assert echo(account_of(vector), query, NOW) == vector["plaintext"]


def test_every_vector_is_tried() -> None:
    tried = {"sha1_sorted_concat", "aes_encrypt", "decrypt_with_signature", "echostr_encrypted"}

    assert {one["kind"] for one in VECTORS} == tried


@pytest.mark.parametrize("account", [PLAIN, SAFE])
def test_a_plain_check_of_the_url_is_answered_in_every_mode(account: WeChatSettings) -> None:
    query = query_of(plain("")) | {"echostr": "5927782489442352469"}

    assert echo(account, query, NOW) == "5927782489442352469"


@pytest.mark.parametrize("changed", [{"signature": "0" * 40}, {"signature": ""}, {"nonce": "1"}, {"timestamp": "1"}])
def test_a_check_of_the_url_by_anybody_else_is_refused(changed: dict[str, str]) -> None:
    with pytest.raises(NotGenuine):
        echo(PLAIN, query_of(plain("")) | {"echostr": "1"} | changed, NOW)


@pytest.mark.parametrize("delivery", [
    plain(MESSAGE, signature=""),
    plain(MESSAGE, signature="0" * 40),
    plain(MESSAGE, signature="é" * 40),
    plain(MESSAGE, nonce="another"),
    plain(MESSAGE, timestamp=0),
    plain(MESSAGE, timestamp=int(NOW.timestamp()) - 301),
    plain(MESSAGE, timestamp=int(NOW.timestamp()) + 301),
    plain("<not xml", signature="0" * 40),
])  # fmt: skip
def test_a_plain_delivery_that_is_not_the_vendors_is_refused(delivery: Inbound) -> None:
    with pytest.raises(NotGenuine):
        connector().parse(delivery)


@pytest.mark.parametrize("delivery", [
    sealed(MESSAGE, msg_signature=""),
    sealed(MESSAGE, msg_signature="0" * 40),
    sealed(MESSAGE, nonce="another"),
    sealed(MESSAGE, timestamp="1"),
    plain(MESSAGE),
    plain("<xml><Encrypt>AAAA</Encrypt></xml>"),
])  # fmt: skip
def test_with_an_aes_key_only_what_msg_signature_covers_is_taken(delivery: Inbound) -> None:
    with pytest.raises(NotGenuine):
        connector(SAFE).parse(delivery)


def test_an_unknown_account_is_refused() -> None:
    delivery = plain(MESSAGE)

    with pytest.raises(NotGenuine):
        connector().parse(Inbound("wechat", "other", delivery.body, NOW, "gateway", NOW, headers=delivery.headers))


def test_in_compatible_mode_the_plain_elements_count_for_nothing() -> None:
    forged = "<Content>forged</Content><FromUserName>somebody else</FromUserName>"

    complaint = read(sealed(MESSAGE, beside=forged), SAFE)

    assert complaint.text == "牛奶过期了"
    assert complaint.reply_to != "somebody else"


def test_words_that_look_like_an_encrypt_element_hide_no_message() -> None:
    written = "<Content><![CDATA[<Encrypt>AAAA</Encrypt>]]></Content>"

    assert read(sealed(MESSAGE, beside=written), SAFE).text == "牛奶过期了"


def test_the_key_before_the_present_one_still_opens() -> None:
    changed = SAFE.model_copy(update={"aes_key": SecretStr(OTHER_KEY), "previous_aes_key": SAFE.aes_key})

    assert read(sealed(MESSAGE), changed).text == "牛奶过期了"
    assert read(sealed(MESSAGE, key=OTHER_KEY), changed).text == "牛奶过期了"


@pytest.mark.parametrize("account", [PLAIN, SAFE])
def test_the_token_before_the_present_one_still_verifies(account: WeChatSettings) -> None:
    delivery = plain(MESSAGE) if account is PLAIN else sealed(MESSAGE)
    new = account.model_copy(update={"token": SecretStr("token-that-replaces-it")})

    assert read(delivery, new.model_copy(update={"previous_token": account.token})).text == "牛奶过期了"
    with pytest.raises(NotGenuine):
        read(delivery, new)


@pytest.mark.parametrize("delivery", [
    sealed(MESSAGE, key=OTHER_KEY),
    sealed(MESSAGE, app_id="wx-another"),
])  # fmt: skip
def test_what_the_account_cannot_open_is_kept_to_be_read_later(delivery: Inbound) -> None:
    with pytest.raises(PayloadRejected) as refused:
        connector(SAFE).parse(delivery)

    assert refused.value.reason is Reason.UNREADABLE


@pytest.mark.parametrize("encrypted", ["", "A", "AAAA", "AAAAAAAAAAAAAAAAAAAAAA==", "é", "A" * 4_000])
def test_every_failure_to_decrypt_is_one_refusal(encrypted: str) -> None:
    with pytest.raises(PayloadRejected):
        decrypted(SAFE, encrypted)


def test_an_encrypted_delivery_without_a_key_to_it_is_kept() -> None:
    with pytest.raises(PayloadRejected):
        connector().parse(sealed(MESSAGE))


@pytest.mark.parametrize("account", [PLAIN, SAFE])
def test_a_body_over_the_limit_is_not_read(account: WeChatSettings) -> None:
    big = xml(Content="x" * MAX_BODY_BYTES)

    with pytest.raises(PayloadRejected) as refused:
        connector(account).parse(plain(big) if account is PLAIN else sealed(big))

    assert refused.value.reason is Reason.TOO_LARGE


@pytest.mark.parametrize(
    ("timestamp", "fresh"),
    [(0, True), (-300, True), (300, True), (-301, False), (301, False)],
)
def test_the_window_of_freshness_is_the_same_before_and_after(timestamp: int, fresh: bool) -> None:
    assert is_fresh(str(int(NOW.timestamp()) + timestamp), NOW, timedelta(minutes=5)) is fresh


@pytest.mark.parametrize("odd", ["", "now", "-1", "１７９５", "1e9", " 1", "9" * 13, "1795141300.0"])
def test_what_is_no_time_is_not_fresh(odd: str) -> None:
    assert not is_fresh(odd, NOW, timedelta(days=36_500))


@pytest.mark.parametrize("key", ["", "short", "é" * 43, OTHER_KEY + "=", OTHER_KEY[:-1] + "!"])
def test_a_key_that_is_none_is_named_and_not_shown(key: str) -> None:
    with pytest.raises(ValidationError, match="43 characters") as refused:
        WeChatSettings.model_validate({"app_id": APP_ID, "token": TOKEN, "aes_key": key})

    assert len(key) < 10 or key not in str(refused.value)


def test_secrets_do_not_show_in_refusals() -> None:
    with pytest.raises(NotGenuine) as refused:
        connector().parse(plain(MESSAGE, signature="0" * 40))

    assert not any(secret in str(refused.value) for secret in (TOKEN, NONCE, signature(TOKEN, NONCE)))
