"""The large fault tests: kills, outages, concurrency and poison at full size, as rows of passed and failed."""

import os
import subprocess
import sys
from xml.etree import ElementTree

from tests.bench.processes import ROOT
from tests.bench.results import Row
from tests.bench.world import World

_TESTS = ("tests/faults", "tests/workers/faults", "tests/mutants")


def faults(world: World) -> list[Row]:
    """Run them, on platforms of their own; each file is a row."""
    found = world.home / "faults.xml"
    there = [path for path in _TESTS if (ROOT / path).exists()]
    world.steps("faults", 1)
    command = [sys.executable, "-m", "pytest", *there, "-m", "services", f"--junitxml={found}"]
    environment = os.environ | {"INTAKE_TEST_SCALE": world.scale}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    world.step()
    if not found.exists():
        raise RuntimeError(f"pytest said: {done.stdout[-2000:]}{done.stderr[-2000:]}")
    return _rows(ElementTree.parse(found).getroot())  # noqa: S314 - pytest wrote it


def _rows(root: ElementTree.Element) -> list[Row]:
    files: dict[str, list[tuple[str, bool]]] = {}
    for case in root.iter("testcase"):
        failed = case.find("failure") is not None or case.find("error") is not None
        files.setdefault(case.get("classname", ""), []).append((case.get("name", ""), failed))
    return [
        Row(
            name=f"faults: {file.removeprefix('tests.')}",
            unit="passed",
            ours=float(sum(not failed for _, failed in cases)),
            target="all pass",
            met=not any(failed for _, failed in cases),
            notes={name: "failed" for name, failed in cases if failed},
        )
        for file, cases in files.items()
    ]
