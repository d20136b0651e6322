"""Feeds the samples of every other channel: signed as vendors sign, dropped, scanned and typed as people do."""

import json
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
from selectolax.lexbor import LexborHTMLParser

from deploy.demo.staff import DemoStaff
from deploy.demo.vendors import DemoVendors
from deploy.handover.calls import complaints_in
from deploy.handover.http import gateway_url
from deploy.vendors.server import Push
from gateway.pages.place import place_code
from operations.assembly import token_keys_of
from schemas.complaint import Channel
from schemas.errors import InvalidRequest
from schemas.settings import Settings

FOLDER = Path(__file__).parent
MARK = "demo-fed"
_TIMEOUT_S = 30.0
_TYPED = {
    "entry": "paper-box",
    "text": "意见箱纸条：买的面包有霉点，收银员不给退。",
    "name": "孙丽",
    "phone": "13800004321",
    "product": "全麦面包",
    "told": "yes",
}


@dataclass
class ChannelSamples:
    """What vendors, an authority, a passer-by and a member of staff hand over in the demo."""

    settings: Settings
    vendors: DemoVendors
    staff: DemoStaff
    client: httpx.Client = field(init=False)

    def __post_init__(self) -> None:
        """Open the line to the gateway."""
        self.client = httpx.Client(base_url=gateway_url(self.settings), timeout=_TIMEOUT_S)

    def feed(self) -> Iterator[str]:
        """Hand over every sample; one line about each."""
        with self.client:
            yield from self._wechat()
            yield from self._sms()
            yield from self._calls()
            yield from self._authority()
            if not self._mark.exists():  # nobody scans the same code or fills the same form twice
                yield self._qr()
                yield self._typed()
                self._mark.touch()

    @property
    def since(self) -> datetime:
        """The time of the samples that carry one."""
        return self.vendors.accounts.since

    @property
    def _mark(self) -> Path:
        return self.settings.home / MARK

    def _wechat(self) -> Iterator[str]:
        account = self.vendors.accounts.account("wechat")
        scan = {"MsgType": "event", "Event": "SCAN", "EventKey": "S-01", "Ticket": "demo"}
        openid = "oDemoZhangWeiChickenBurst01"
        self._push(self.vendors.wechat.says(openid, self.vendors.official, scan, datetime.now(UTC)))
        yield _told("WeChat: QR code of store S-01 scanned", "")
        for file in sorted((FOLDER / "wechat").glob("*.xml")):
            xml = file.read_bytes()
            self._push(self.vendors.wechat.hands_over(self.vendors.official, xml, datetime.now(UTC)))
            yield _told(f"WeChat: {file.stem}", self._number(Channel.WECHAT, account, xml))

    def _sms(self) -> Iterator[str]:
        accounts, aliyun = self.vendors.accounts, self.vendors.aliyun
        aliyun.write("13800001234", "上周三在你们店买的牛奶过期了，要求退款", self.since)
        aliyun.write("13900005678", "订单还没有到，客服电话一直占线", self.since + timedelta(seconds=1))
        push = aliyun.replies(accounts.sms_path)
        answer = self._push(push)
        aliyun.heard(push, 200, answer.encode())
        yield _told("SMS: two in one push", self._number(Channel.PHONE, accounts.account("sms"), push.body))

    def _calls(self) -> Iterator[str]:
        accounts = self.vendors.accounts
        for number, talked_s, name in (("13700009999", 0, "missed call"), ("13600001111", 192, "recorded call")):
            numbers = ""
            for push in self.vendors.aliyun.call(accounts.calls_path, number, talked_s, self.since):
                self._push(push)
                numbers = numbers or self._number(Channel.PHONE, accounts.account("calls"), push.body)
            yield _told(f"hotline: {name}", numbers)

    def _authority(self) -> Iterator[str]:
        authority, filed = self.vendors.accounts.authority, self.since.isoformat()
        referrals = json.loads((FOLDER / "regulator_12315" / "1-push.json").read_bytes())["referrals"]
        push = authority.push([one | {"registered_at": filed} for one in referrals], datetime.now(UTC), "demo-push")
        self._push(push)
        yield _told(
            "12315: push of a complaint and a report",
            self._number(Channel.REGULATOR_12315, authority.account, push.body),
        )
        sheet = FOLDER / "regulator_12315" / "2-export.xlsx"
        shutil.copyfile(sheet, self.vendors.accounts.drop_folder / sheet.name)
        yield _told("12315: spreadsheet in the drop folder", str(self.vendors.accounts.drop_folder))

    def _qr(self) -> str:
        place = {"store": "人民路店", "counter": "生鲜"}
        code = place_code(token_keys_of(self.settings), place, "demo")
        form = self.client.get(f"/q/{code}")
        typed = _hidden(form.text) | {"text": "扫码投诉：生鲜柜的虾不新鲜，有异味。", "phone": "13800008888"}
        answer = self.client.post("/complaints", data=typed, headers={"Accept": "application/json"})
        return _told("QR code of a counter", _accepted(answer)["tracking_number"])

    def _typed(self) -> str:
        sign_in = {"name": self.staff.names[0], "password": self.staff.password}
        self.client.post("/staff/sign-in", data=_hidden(self.client.get("/staff/sign-in").text) | sign_in)
        form = self.client.get("/staff/entry").text
        files: Mapping[str, tuple[None, str]] = {
            name: (None, value) for name, value in (_hidden(form) | {"store": "人民路店"} | _TYPED).items()
        }
        answer = self.client.post("/staff/entry", files=files)
        if answer.status_code != httpx.codes.SEE_OTHER:
            raise InvalidRequest(f"staff entry: {answer.status_code}")
        return _told(
            "staff entry: slip of the paper box", answer.headers["Location"].rpartition("/")[2].partition("?")[0]
        )

    def _push(self, push: Push) -> str:
        answer = self.client.request(push.method, push.path, content=push.body, headers=push.headers)
        if answer.status_code != httpx.codes.OK:
            raise InvalidRequest(f"{push.path.partition('?')[0]}: {answer.status_code}")
        return answer.text

    def _number(self, channel: Channel, account: str, data: bytes) -> str:
        return ", ".join(one.tracking_number for one in complaints_in(self.settings, channel.value, account, data))


def _hidden(page: str) -> dict[str, str]:
    """The hidden fields of a page's forms."""
    fields = LexborHTMLParser(page).css("input[type=hidden]")
    return {one.attributes["name"] or "": one.attributes.get("value") or "" for one in fields}


def _accepted(answer: httpx.Response) -> dict[str, str]:
    if answer.status_code != httpx.codes.ACCEPTED:
        raise InvalidRequest(f"{answer.request.url.path}: {answer.status_code}")
    found: dict[str, str] = answer.json()
    return found


def _told(what: str, number: str) -> str:
    return f"  sample {what:<44} {number}"
