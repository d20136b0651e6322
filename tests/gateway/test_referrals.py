"""An authority's pushes through the gateway, from its signature to the records."""

from pathlib import Path

import httpx
from pydantic import SecretStr

from connectors.regulator_12315 import Regulator
from deploy.vendors.authority import Authority
from deploy.vendors.server import Push
from schemas.settings import RegulatorAccountSettings, RegulatorSettings
from tests.gateway.http import Gateway, gateway
from tests.gateway.parts import NOW, NUMBERING, PSEUDONYM_KEY

SECRET = "secret-of-the-authority-of-the-tests"
SETTINGS = RegulatorSettings(accounts={"bureau": RegulatorAccountSettings(secrets={"k1": SecretStr(SECRET)})})
AUTHORITY = Authority("bureau", "k1", SECRET)
REFERRAL = {"number": "3301060000000202611190001", "kind": "complaint", "text": "牛奶过期"}


async def posted(of: Gateway, push: Push) -> httpx.Response:
    """What the authority hears."""
    of.parts.hooks = {"regulator_12315": Regulator(NUMBERING, PSEUDONYM_KEY, SETTINGS)}
    return await of.client.post(push.path, content=push.body, headers=push.headers)


async def test_a_push_is_answered_with_code_0_and_a_retry_and_an_update_share_its_id(tmp_path: Path) -> None:
    async with gateway(tmp_path) as of:
        pushes = [
            AUTHORITY.push([REFERRAL], NOW, "n1"),
            AUTHORITY.push([REFERRAL], NOW, "n1"),
            AUTHORITY.push([REFERRAL | {"status": "已受理"}], NOW, "n2"),
        ]
        heard = [await posted(of, push) for push in pushes]

        assert [(one.status_code, one.json()) for one in heard] == [(200, {"code": 0, "message": "ok"})] * 3
        taken = of.complaints()
        assert len({one.complaint_id for one in taken}) == 1
        assert len({one.version for one in taken}) == 2


async def test_a_push_with_another_secret_or_a_nonce_used_for_another_body_is_refused(tmp_path: Path) -> None:
    async with gateway(tmp_path) as of:
        forged = await posted(of, Authority("bureau", "k1", "another-secret-of-16").push([REFERRAL], NOW, "n1"))
        taken = await posted(of, AUTHORITY.push([REFERRAL], NOW, "n2"))
        reused = await posted(of, AUTHORITY.push([REFERRAL | {"status": "x"}], NOW, "n2"))

        assert [one.status_code for one in (forged, taken, reused)] == [401, 200, 401]
