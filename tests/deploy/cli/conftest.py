"""Running `intake` inside the test process, as the shell would; and a small running system for it to look at."""

import io
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.cli import main
from tests.deploy.cli.running import Done, Intake, installation, product, use
from tests.services import Services


@pytest.fixture
def intake(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Intake:
    """Give the command; `stdin` are the bytes it reads."""

    def run(*arguments: str | Path, stdin: bytes = b"") -> Done:
        monkeypatch.setattr(sys, "argv", ["intake", *map(str, arguments)])
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        capsys.readouterr()
        try:
            main()
            code = 0
        except SystemExit as left:
            code = left.code if isinstance(left.code, int) else int(left.code is not None)
        out, err = capsys.readouterr()
        return Done(code, out, err)

    return run


@pytest.fixture
def nothing_runs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Give an empty home and no settings at all."""
    for name in [name for name in os.environ if name.startswith("INTAKE_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("INTAKE_HOME", str(tmp_path))
    return tmp_path


@pytest.fixture(scope="package")
def environment(services: Services, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Give the settings of one installation that all tests of commands share."""
    with installation(services, tmp_path_factory.mktemp("home")) as found:
        yield found


@pytest.fixture(scope="package")
def running(environment: dict[str, str]) -> Iterator[None]:
    """Run the whole product for all tests of commands."""
    with product(environment):
        yield


@pytest.fixture
def on_system(environment: dict[str, str], running: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the commands of the test look at that system."""
    use(environment, monkeypatch)
