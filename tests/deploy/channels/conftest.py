"""One running product with an authority and a WeChat account, whose other sides are in the test's own hands."""

import base64
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
import uvicorn

from deploy.vendors.authority import Authority
from deploy.vendors.server import Push, Vendor
from deploy.vendors.wechat import WeChatVendor
from deploy.vendors.wechat_people import OfficialAccount
from deploy.vendors.wechat_pushes import Mode, Server
from schemas.policy import load_pack
from schemas.topics import PIPELINE_TOPICS
from tests.deploy.cli.conftest import intake as intake  # a fixture here, too
from tests.deploy.cli.running import installation, product
from tests.faults.broker import Broker
from tests.faults.system import until
from tests.faults.witness import Witness
from tests.services import Services
from workers.pipeline import PIPELINE

DEPARTMENTS = [f"departments.{code}.v1" for code in load_pack(None).department_codes]
TOPICS = [topic.name for topic in PIPELINE_TOPICS] + DEPARTMENTS
STORE, SCENE = "store-17", "Scene-17"
_AES_KEY = base64.b64encode(b"0123456789abcdef0123456789abcdef").decode().rstrip("=")


@dataclass(frozen=True)
class Running:
    """The product, the parties that call it, and a foreign reader of all its topics."""

    environment: dict[str, str]
    witness: Witness
    broker: Broker
    vendor: WeChatVendor
    account: OfficialAccount
    authority: Authority

    @property
    def url(self) -> str:
        """Where the gateway is."""
        return f"http://127.0.0.1:{self.environment['INTAKE_GATEWAY__PORT']}"

    @property
    def home(self) -> Path:
        """Where it keeps what it keeps, `run.log` among it."""
        return Path(self.environment["INTAKE_HOME"])

    @property
    def prefix(self) -> str:
        """What stands before the dot of every topic's name on the broker."""
        return self.environment["INTAKE_KAFKA__PREFIX"]

    def make(self, push: Push) -> None:
        """Make one call of a vendor, which is taken."""
        answer = httpx.request(push.method, self.url + push.path, content=push.body, headers=push.headers, timeout=30)
        assert answer.status_code == httpx.codes.OK, answer.text

    def refer(self, *referrals: dict[str, object]) -> None:
        """Let the authority push these referrals, each in a call of its own."""
        for one in referrals:
            self.make(self.authority.push([one], datetime.now(UTC), f"nonce-{one['number']}"))

    def settle(self, within_s: float = 60) -> None:
        """Wait until every stage has passed all there is, and the reader has seen it."""
        stages = [f"{self.prefix}.{stage.name}" for stage in PIPELINE]
        until(lambda: not self.broker.waiting(stages), within_s, lambda: f"still to do: {self.broker.waiting(stages)}")
        ends = self.broker.ends([f"{self.prefix}.{topic}" for topic in TOPICS])
        seen = {(topic.removeprefix(f"{self.prefix}."), part): end for (topic, part), end in ends.items()}
        until(lambda: self.witness.has_read_to(seen), within_s, "not everything could be read")


@contextmanager
def served(vendor: Vendor) -> Iterator[str]:
    """Run a vendor's server on a port of this machine; gives its URL."""
    bound = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(vendor.app(), log_level="critical", lifespan="off"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{bound.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(10)
        bound.close()


@pytest.fixture(scope="package")
def running(services: Services, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Run the whole product for the tests of channels."""
    push_server = Server("/webhooks/wechat/oa1", "wx0123456789abcdef", "push-token-0123", _AES_KEY, Mode.SAFE)
    account = OfficialAccount(push_server, "app-secret-0123456789")
    authority = Authority("bureau", "k1", "secret-of-the-bureau-0123456789")
    vendor = WeChatVendor([account])
    wechat = "INTAKE_WECHAT__OA1__"
    with served(vendor) as api, installation(services, tmp_path_factory.mktemp("home")) as environment:
        environment |= {
            f"{wechat}APP_ID": push_server.app_id,
            f"{wechat}APP_SECRET": account.secret,
            f"{wechat}TOKEN": push_server.token,
            f"{wechat}AES_KEY": push_server.aes_key,
            f"{wechat}API_URL": api,
            f"{wechat}STORES": f'{{"{SCENE}": "{STORE}"}}',
            "INTAKE_REGULATOR__ACCOUNTS__BUREAU__SECRETS__K1": authority.secret,
            "INTAKE_REGULATOR__ACCOUNTS__BUREAU__AUTHORITY": "某某区市场监督管理局",
        }
        with product(environment):
            witness = Witness(services.bootstrap_servers, environment["INTAKE_KAFKA__PREFIX"], TOPICS)
            try:
                broker = Broker(services.bootstrap_servers)
                yield Running(environment, witness, broker, vendor, account, authority)
            finally:
                witness.close()
