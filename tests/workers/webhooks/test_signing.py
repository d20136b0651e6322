"""Posts are signed as Standard Webhooks has it, and nothing is posted that cannot be or to where it must not."""

import base64

import pytest
from pydantic import SecretStr

from schemas.errors import SettingsInvalid
from schemas.settings import DepartmentSettings
from schemas.wire import Naming
from workers.webhooks.signing import keys_of, signature
from workers.webhooks.target import targets

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def test_a_signature_is_that_of_the_standards_own_example() -> None:
    made = signature(keys_of(SECRET, "S"), "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')

    assert made == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_with_two_secrets_a_post_has_two_signatures() -> None:
    other = "whsec_" + base64.b64encode(b"o" * 32).decode()

    made = signature(keys_of(f"{SECRET} {other}", "S"), "id", 1, b"{}").split()

    assert len(made) == len(set(made)) == 2
    assert made[0] == signature(keys_of(SECRET, "S"), "id", 1, b"{}")


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_c2hvcnQ=", "not base64!", "whsec_" + "A" * 400])
def test_a_secret_that_protects_nothing_is_refused_by_name(secret: str) -> None:
    with pytest.raises(SettingsInvalid, match="QUALITY__WEBHOOK_SECRET"):
        keys_of(secret, "INTAKE_DEPARTMENTS__QUALITY__WEBHOOK_SECRET")


@pytest.mark.parametrize("url", ["http://example.com/x", "ftp://example.com", "file:///etc/passwd", "example.com"])
def test_only_encrypted_receivers_are_posted_to(url: str) -> None:
    with pytest.raises(SettingsInvalid, match="QUALITY__WEBHOOK_URL"):
        targets({"quality": department(url)}, Naming())


def test_a_department_is_posted_to_from_its_topic() -> None:
    [found] = targets({"store-operations": department("https://example.com/in")}, Naming("acme"))

    assert (found.topic, found.group) == ("acme.departments.store-operations.v1", "acme.webhook-store-operations")


def department(url: str) -> DepartmentSettings:
    return DepartmentSettings(webhook_url=url, webhook_secret=SecretStr(SECRET))
