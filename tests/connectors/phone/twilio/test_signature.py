"""Every vector of Twilio's own libraries, and what must never pass."""

import json
from pathlib import Path
from typing import Any

import pytest

from connectors.phone.twilio.form import Fields
from connectors.phone.twilio.signature import is_signed, names_algorithm

VECTORS = json.loads((Path(__file__).parent / "samples" / "twilio_signature_vectors.json").read_bytes())


def content(vector: dict[str, Any]) -> Fields | bytes:
    """What a vector's signature covers beside its URL."""
    if "body" in vector:
        return str(vector["body"]).encode()
    pairs = vector.get("params_list") or list(vector["params"].items())
    return Fields([(name, value) for name, value in pairs])


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["id"])
def test_a_vector_of_the_vendor_is_judged_as_the_vendor_does(vector: dict[str, Any]) -> None:
    algorithm = vector.get("algorithm", "HMAC_SHA1")

    assert (
        is_signed(vector["url"], content(vector), vector["signature"], [vector["token"]], algorithm) is vector["valid"]
    )


@pytest.mark.parametrize("vector", [one for one in VECTORS if one["valid"]], ids=lambda vector: vector["id"])
def test_the_other_algorithm_and_another_secret_are_refused(vector: dict[str, Any]) -> None:
    algorithm = vector.get("algorithm", "HMAC_SHA1")
    other = "HMAC_SHA1" if algorithm == "HMAC_SHA256" else "HMAC_SHA256"

    assert not is_signed(vector["url"], content(vector), vector["signature"], [vector["token"]], other)
    assert not is_signed(vector["url"], content(vector), vector["signature"], ["another"], algorithm)
    assert is_signed(vector["url"], content(vector), vector["signature"], ["another", vector["token"]], algorithm)


@pytest.mark.parametrize("signature", ["", " ", "\ud800", "密", "=" * 10_000])
def test_a_signature_that_is_none_is_refused_and_raises_nothing(signature: str) -> None:
    assert not is_signed("https://shop.example/a", Fields(()), signature, ["12345"])
    assert not is_signed("nowhere", b"{}", signature, ["12345"])


@pytest.mark.parametrize(
    ("header", "algorithm", "fits"),
    [
        ("", "HMAC_SHA1", True),
        ("", "HMAC_SHA256", False),
        ("key=k1,algorithm=HMAC_SHA256", "HMAC_SHA256", True),
        ("key=k1,algorithm=HMAC_SHA256", "HMAC_SHA1", False),
        ("algorithm=none", "HMAC_SHA1", False),
    ],
)
def test_no_header_changes_the_algorithm_of_an_account(header: str, algorithm: str, fits: bool) -> None:
    assert names_algorithm(header, algorithm) is fits
