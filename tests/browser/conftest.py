"""The demo that people use in these tests: one for each module."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser.photo import png
from tests.browser.running import Demo, demo
from tests.receiving import Receiver, receiving


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """A running demo in a home of its own."""
    with demo(tmp_path_factory.mktemp("shop")) as made:
        yield made


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """A picture of a product."""
    file = tmp_path / "milk.png"
    file.write_bytes(png())
    return file


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Where alerts go."""
    with receiving() as made:
        yield made
