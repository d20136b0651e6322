"""Which tests may run at the same time when pytest-xdist spreads them: a file stays whole, with what it shares."""

import pytest
from xdist.scheduler import LoadFileScheduling

_FAULTS = "tests/faults"


class ByFile(LoadFileScheduling):  # type: ignore[misc] # pytest-xdist has no types
    """As `--dist loadfile`, but all tests of faults in one process: each of their files runs a whole system."""

    def _split_scope(self, nodeid: str) -> str:
        file: str = super()._split_scope(nodeid)
        return _FAULTS if file.startswith(f"{_FAULTS}/") else file


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> ByFile:
    """Give every run with `-n` this scheduler."""
    return ByFile(config, log)
