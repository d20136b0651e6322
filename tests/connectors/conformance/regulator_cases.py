"""Authorities that push their referrals, as cases of the kit."""

import json
from dataclasses import replace
from datetime import datetime, timedelta

from pydantic import SecretStr

from connectors.regulator_12315 import Regulator
from connectors.regulator_12315.signature import sign
from schemas.inbound import Inbound
from schemas.settings import RegulatorAccountSettings, RegulatorSettings
from tests.connectors.conformance.case import (
    ACCOUNT,
    FIRST_WRONG,
    LAST_WRONG,
    NUMBER_KEY,
    NUMBERING,
    OTHER_ACCOUNT,
    PHONE,
    PSEUDONYM_KEY,
    STALE,
    UNSIGNED,
    WORDS,
    Case,
)

TEXT = f"{WORDS}, call {PHONE}."
SECRETS = {"old": "secret-that-is-being-retired", "new": "secret-that-replaces-the-old"}
OWN = RegulatorAccountSettings(secrets={name: SecretStr(secret) for name, secret in SECRETS.items()})


def pushed(body: bytes, at: datetime, account: str = ACCOUNT) -> Inbound:
    """A push as an authority's system makes it."""
    timestamp = str(int(at.timestamp()))
    path = f"/webhooks/{Regulator.channel}/{account}"
    headers = {
        "x-key-id": "new",
        "x-timestamp": timestamp,
        "x-nonce": timestamp,
        "x-signature": sign(SECRETS["new"], timestamp, path, body),
    }
    return Inbound(Regulator.channel, account, body, at, "gateway", at, "application/json", headers=headers)


def _signed_otherwise(of: Inbound, place: slice) -> Inbound:
    given = of.headers["x-signature"]
    other = "1" if given[place] == "0" else "0"
    changed = other + given[1:] if place == slice(0, 1) else given[:-1] + other
    return replace(of, headers={**of.headers, "x-signature": changed})


def regulator(kind: type[Regulator] = Regulator) -> Case:
    """Referrals of authorities; the path is signed, and with it the account."""
    referral = {
        "number": "3301060000000202611200001",
        "kind": "complaint",
        "text": TEXT,
        "complainant": {"name": "张三", "phones": [PHONE]},
    }
    settings = RegulatorSettings(accounts={ACCOUNT: OWN, OTHER_ACCOUNT: OWN})
    return Case(
        kind(NUMBERING, PSEUDONYM_KEY.encode(), settings),
        json.dumps(referral).encode(),
        pushed,
        oversize=json.dumps(referral | {"text": f"{WORDS} " + "坏" * 300_000}).encode(),
        unknown_type=json.dumps({"id": "1", "type": "refund.asked", "note": TEXT}).encode(),
        breaks={
            UNSIGNED: lambda of: replace(of, headers={}),
            FIRST_WRONG: lambda of: _signed_otherwise(of, slice(0, 1)),
            LAST_WRONG: lambda of: _signed_otherwise(of, slice(-1, None)),
            STALE: lambda of: replace(of, received_at=of.received_at + OWN.freshness + timedelta(seconds=1)),
        },
        secrets=(NUMBER_KEY, PSEUDONYM_KEY, *SECRETS.values()),
        moved=lambda of: pushed(of.body, of.received_at, OTHER_ACCOUNT),
        numbered=True,
    )
