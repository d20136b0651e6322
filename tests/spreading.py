"""Which tests may run at the same time when pytest-xdist spreads them: a file stays whole, with what it shares."""

import pytest
from xdist.scheduler import LoadFileScheduling

_TOGETHER = ("tests/faults", "tests/deploy/channels", "tests/deploy/cli")
"""Folders whose files share a whole running system: it is started once, and ended when the folder is done."""


class ByFile(LoadFileScheduling):  # type: ignore[misc] # pytest-xdist has no types
    """As `--dist loadfile`, but some folders whole in one process."""

    def _split_scope(self, nodeid: str) -> str:
        file: str = super()._split_scope(nodeid)
        return next((folder for folder in _TOGETHER if file.startswith(f"{folder}/")), file)


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> ByFile:
    """Give every run with `-n` this scheduler."""
    return ByFile(config, log)
