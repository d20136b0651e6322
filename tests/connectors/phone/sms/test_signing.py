"""The signatures of the vendors' own worked examples, and that nothing but their inputs makes them."""

from datetime import UTC, datetime

from connectors.phone.sms.signing import Credential, aliyun_headers, canonical_query, tencent_headers

ALIYUN = Credential("YourAccessKeyId", "YourAccessKeySecret")
TENCENT = Credential("AKIDz8krbsJ5yKBZQpn74WFkmLPx3EXAMPLE", "Gu5t9xGARNpq86cd98joQYCN3EXAMPLE")
MOMENT = datetime(2023, 10, 26, 10, 22, 32, tzinfo=UTC)


def test_aliyuns_worked_example_is_signed_as_published() -> None:
    """Alibaba Cloud, "V3 request structure and signature", the RunInstances example with fixed parameters."""
    query = canonical_query(
        {"RegionId": "cn-shanghai", "ImageId": "win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd"}
    )
    headers = aliyun_headers(
        ALIYUN, "ecs.cn-shanghai.aliyuncs.com", "RunInstances", "2014-05-26", query, MOMENT,
        "3156853299f313e23d1673dc12e1703d",
    )  # fmt: skip

    assert headers["Authorization"] == (
        "ACS3-HMAC-SHA256 Credential=YourAccessKeyId,"
        "SignedHeaders=host;x-acs-action;x-acs-content-sha256;x-acs-date;x-acs-signature-nonce;x-acs-version,"
        "Signature=06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0"
    )


def test_tencents_worked_example_is_signed_as_published() -> None:
    """Tencent Cloud, "Signature v3", the DescribeInstances example of 2019-02-25."""
    body = rb'{"Limit": 1, "Filters": [{"Values": ["\u672a\u547d\u540d"], "Name": "instance-name"}]}'
    headers = tencent_headers(TENCENT, "cvm.tencentcloudapi.com", "cvm", body, datetime.fromtimestamp(1551113065, UTC))

    assert headers["Authorization"] == (
        "TC3-HMAC-SHA256 Credential=AKIDz8krbsJ5yKBZQpn74WFkmLPx3EXAMPLE/2019-02-25/cvm/tc3_request, "
        "SignedHeaders=content-type;host, Signature=72e494ea809ad7a8c8f7a4507b9bddcbaa8e581f516e8da2f66e2c5a96525168"
    )
    assert headers["X-TC-Timestamp"] == "1551113065"


def test_the_same_inputs_give_the_same_signature_and_others_another() -> None:
    def signed(query: str = "a=1", nonce: str = "n") -> str:
        return aliyun_headers(ALIYUN, "h", "SendSms", "2017-05-25", query, MOMENT, nonce)["Authorization"]

    assert signed() == signed()
    assert len({signed(), signed(query="a=2"), signed(nonce="m")}) == 3


def test_the_query_is_encoded_as_rfc_3986_asks() -> None:
    assert canonical_query({"b": "惠 *~", "a": "+86&"}) == "a=%2B86%26&b=%E6%83%A0%20%2A~"


def test_a_credential_never_shows_its_secret() -> None:
    assert "YourAccessKeySecret" not in repr(ALIYUN)
