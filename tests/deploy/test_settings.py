"""Settings: what wins over what, help with typing errors, keys made once and kept private."""

import json
import os
import re
import stat
from pathlib import Path

import pytest

from deploy.declared import MASK, current, declared
from deploy.keys import make_keys
from deploy.local import Part
from deploy.receiving import reports_of
from deploy.settings import load, load_settings, with_keys
from operations.lag.who import owners_of, readers_of
from schemas.errors import SettingsInvalid

PLATFORM = {
    "kafka": {"bootstrap_servers": "127.0.0.1:19092"},
    "database": {"url": "postgresql://intake:secret-word@127.0.0.1:15432/intake"},
    "mailbox": {"imap": "127.0.0.1:13143", "smtp": "127.0.0.1:13025", "user": "complaints@demo.local", "password": "p"},
    "gateway": None,
}
SECRET = "0123456789abcdef0123456789abcdef"


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("INTAKE_")]:
        monkeypatch.delenv(name)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "platform.json").write_text(json.dumps(PLATFORM))
    return tmp_path


def test_without_anything_the_defaults_hold(tmp_path: Path) -> None:
    settings = load_settings(tmp_path)

    assert settings.kafka.bootstrap_servers is None
    assert settings.smtp is None
    assert settings.gateway.port == 8080


def test_the_embedded_platform_fills_in_its_addresses(home: Path) -> None:
    settings = load_settings(home)

    assert settings.kafka.bootstrap_servers == "127.0.0.1:19092"
    assert settings.mailboxes["demo"].port == 13143
    assert settings.mailboxes["demo"].addresses == ("complaints@demo.local",)
    assert settings.smtp is not None
    assert settings.smtp.from_address == "complaints@demo.local"


def test_the_environment_wins_over_the_embedded_platform(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INTAKE_KAFKA__BOOTSTRAP_SERVERS", "broker.example:9092")

    installation = load(home)

    assert installation.settings.kafka.bootstrap_servers == "broker.example:9092"
    assert installation.origin(("kafka", "bootstrap_servers")) == "environment INTAKE_KAFKA__BOOTSTRAP_SERVERS"
    assert installation.origin(("database", "url")) == "embedded platform"
    assert installation.origin(("kafka", "partitions")) == "default"
    assert installation.embedded == {Part.DATABASE, Part.MAILBOX}


def test_an_own_mailbox_keeps_the_demo_mailbox_away(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"HOST": "imap.example", "USER": "care@shop.example", "PASSWORD": "x"}.items():
        monkeypatch.setenv(f"INTAKE_MAILBOXES__CARE__{name}", value)

    settings = load_settings(home)

    assert set(settings.mailboxes) == {"care"}
    assert settings.smtp is None


def test_the_home_is_the_one_asked_for_then_the_one_of_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INTAKE_HOME", str(tmp_path / "from-environment"))

    assert load_settings().home == tmp_path / "from-environment"
    assert load_settings(tmp_path / "asked").home == tmp_path / "asked"


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("INTAKE_KAFKA__BOOTSTRAP_SERVER", "INTAKE_KAFKA__BOOTSTRAP_SERVERS"),
        ("INTAKE_KAFKA_BOOTSTRAP_SERVERS", "INTAKE_KAFKA__BOOTSTRAP_SERVERS"),
        ("INTAKE_MAILBOXES__CARE__HOTS", "INTAKE_MAILBOXES__CARE__HOST"),
        ("INTAKE_LOG_LEVLE", "INTAKE_LOG_LEVEL"),
    ],
)
def test_a_misspelt_variable_is_refused_with_the_name_that_was_meant(
    typed: str, meant: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(typed, "value")

    with pytest.raises(SettingsInvalid, match=rf"did you mean {meant}\?"):
        load_settings(tmp_path)


def test_a_variable_that_resembles_nothing_is_told_not_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INTAKE_WEATHER", "rain")
    monkeypatch.setenv("INTAKE_CACHE", str(tmp_path))

    assert load(tmp_path).unknown == ("INTAKE_WEATHER",)


def test_a_wrong_value_is_refused_by_the_name_of_its_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INTAKE_GATEWAY__PORT", "eighty")

    with pytest.raises(SettingsInvalid, match="INTAKE_GATEWAY__PORT"):
        load_settings(tmp_path)


def test_a_mailbox_without_password_is_refused_and_names_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INTAKE_MAILBOXES__CARE__HOST", "imap.example")

    with pytest.raises(SettingsInvalid, match="INTAKE_MAILBOXES__CARE__PASSWORD"):
        load_settings(tmp_path)


def test_secrets_are_masked_wherever_settings_are_shown(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INTAKE_KEYS__TOKENS__K7", SECRET)

    shown = {row.name: value for row, value in current(load_settings(home))}

    assert shown["INTAKE_DATABASE__URL"] == MASK
    assert shown["INTAKE_MAILBOXES__DEMO__PASSWORD"] == MASK
    assert shown["INTAKE_KEYS__TOKENS__K7"] == MASK
    assert "secret-word" not in repr(shown)


def test_unset_groups_are_listed_too() -> None:
    shown = {row.name: value for row, value in current(load_settings(Path("nowhere")))}

    assert shown["INTAKE_SMTP__HOST"] == ""
    assert shown["INTAKE_MAILBOXES__<account>__HOST"] == ""


def test_every_setting_has_a_meaning() -> None:
    assert [row.name for row in declared() if not re.search(r"\w", row.meaning)] == []


def test_keys_are_made_once_and_only_their_owner_reads_them(tmp_path: Path) -> None:
    first, again = with_keys(load(tmp_path)), with_keys(load(tmp_path))

    assert first.keys == again.keys
    assert stat.S_IMODE((tmp_path / "keys.json").stat().st_mode) == 0o600
    assert load(tmp_path).origin(("keys", "number")) == "keys file"


def test_keys_of_the_environment_win_over_the_kept_ones(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_keys(tmp_path)
    monkeypatch.setenv("INTAKE_KEYS__TOKENS__OWN", SECRET)

    keys = with_keys(load(tmp_path)).keys

    assert set(keys.tokens) == {"own"}
    assert keys.current_token is None


def test_with_outside_services_missing_keys_are_named_not_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INTAKE_KAFKA__BOOTSTRAP_SERVERS", "broker.example:9092")

    with pytest.raises(SettingsInvalid, match=r"INTAKE_KEYS__NUMBER.*INTAKE_KEYS__PSEUDONYM.*INTAKE_KEYS__TOKENS"):
        with_keys(load(tmp_path))
    assert not (tmp_path / "keys.json").exists()


def test_a_damaged_keys_file_is_told_without_its_secrets(tmp_path: Path) -> None:
    (tmp_path / "keys.json").write_text(json.dumps({"number": SECRET}))

    with pytest.raises(SettingsInvalid) as failure:
        load_settings(tmp_path)

    assert SECRET not in str(failure.value)


def test_a_department_with_a_hyphen_is_set_up_by_a_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"OWNER": "门店运营", "GROUPS": '["store-desk"]', "STATUS_KEY": SECRET}.items():
        monkeypatch.setenv(f"INTAKE_DEPARTMENTS__STORE_OPERATIONS__{name}", value)

    settings = load_settings(tmp_path)

    assert owners_of(settings) == {"store-operations": "门店运营"}
    assert readers_of(settings).announced == {"store-operations": ("store-desk",)}
    assert reports_of(settings)._keys == {"store-operations": SECRET.encode()}
