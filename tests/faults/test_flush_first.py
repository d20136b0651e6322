"""The system calls of a gateway in spool mode: file flushed, renamed, folder flushed, and only then the 202."""

import os
import re
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.faults.system import INTAKE, KEYS, free_port, until
from tests.scale import of

pytestmark = pytest.mark.services
POSTS = of(5, 200)
_CALL = re.compile(r"(?P<pid>\d+) +(?P<call>.*)")
_RESUMED = re.compile(r"<\.\.\. \w+ resumed>(?P<rest>.*)")
_UNFINISHED = " <unfinished ...>"
_MEANINGS = {
    "file flushed": re.compile(r"fsync\(\d+<[^>]*/spool/gateway/[^>]*\.draft>\) += 0"),
    "file renamed": re.compile(r'rename\w*\(.*\.draft".*/spool/gateway/\d+\.entry".*\) += 0'),
    "folder flushed": re.compile(r"fsync\(\d+<[^>]*/spool/gateway>\) += 0"),
}
IN_ORDER = [*_MEANINGS, "answered 202"]


@pytest.fixture
def strace() -> str:
    """The tracer; not every machine has it, not every sandbox lets it trace."""
    found = shutil.which("strace")
    if found is None:
        pytest.skip("strace is not installed")
    if subprocess.run([found, "-f", "--seccomp-bpf", "true"], capture_output=True, check=False).returncode != 0:
        pytest.skip("strace may not trace here")
    return found


@contextmanager
def traced_gateway(strace: str, home: Path, trace: Path) -> Iterator[str]:
    """A gateway process without Kafka under the tracer; its URL."""
    port = free_port()
    inherited = {name: text for name, text in os.environ.items() if not name.startswith("INTAKE_")}
    settings = {
        "INTAKE_HOME": str(home),
        "INTAKE_KAFKA__BOOTSTRAP_SERVERS": f"127.0.0.1:{free_port()}",
        "INTAKE_DATABASE__URL": "postgresql://nowhere/none",
        "INTAKE_GATEWAY__PORT": str(port),
    }
    calls = "fsync,fdatasync,rename,renameat,renameat2,write,writev,sendto,sendmsg"
    arguments = [
        strace,
        "-f",
        "--seccomp-bpf",
        "-y",
        "-s",
        "200",
        "-e",
        f"trace={calls}",
        "-o",
        str(trace),
        INTAKE,
        "gateway",
    ]
    process = subprocess.Popen(
        arguments, env=inherited | KEYS | settings, stderr=subprocess.DEVNULL, start_new_session=True
    )
    url = f"http://127.0.0.1:{port}"
    try:
        until(lambda: _ready(url), 60, "the gateway did not get ready")
        yield url
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(60)


def _ready(url: str) -> bool:
    try:
        return httpx.get(f"{url}/readyz", timeout=2).status_code == httpx.codes.OK
    except httpx.TransportError:
        return False


def completed(trace: Path) -> Iterator[str]:
    """The calls in the order of their ends; a call that writes an answer counts from its beginning."""
    begun: dict[str, str] = {}
    for line in trace.read_text(errors="replace").splitlines():
        if (found := _CALL.fullmatch(line)) is None:
            continue
        call = found["call"]
        if "HTTP/1.1 202" in call:
            yield call
        elif call.endswith(_UNFINISHED):
            begun[found["pid"]] = call.removesuffix(_UNFINISHED)
        elif resumed := _RESUMED.fullmatch(call):
            yield begun.pop(found["pid"], "") + resumed["rest"]
        else:
            yield call


def meaning(call: str) -> str | None:
    """What a call means for a delivery, None for anything else."""
    if "HTTP/1.1 202" in call:
        return "answered 202"
    return next((name for name, pattern in _MEANINGS.items() if pattern.fullmatch(call)), None)


def test_every_202_out_of_the_spool_comes_after_its_flushes(strace: str, tmp_path: Path) -> None:
    trace = tmp_path / "trace"

    with traced_gateway(strace, tmp_path / "home", trace) as url, httpx.Client(base_url=url) as client:
        answers = [client.post("/api/v1/complaints", json={"text": f"第 {number} 件"}) for number in range(POSTS)]

    assert [answer.status_code for answer in answers] == [202] * POSTS
    assert [name for call in completed(trace) if (name := meaning(call))] == IN_ORDER * POSTS
