"""The demo's vendors on one port of loopback: what they were given to deliver can be seen there."""

import socket
from html import escape

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse
from starlette.routing import Route

from deploy.demo.accounts import SMS_KEY_ID, SMS_TEMPLATES, DemoAccounts
from deploy.http import HttpServer
from deploy.vendors.aliyun import Aliyun
from deploy.vendors.wechat import WeChatVendor

VENDORS = "vendors"
_PAGE = """<!doctype html><html lang="zh-CN"><meta charset="utf-8"><meta http-equiv="refresh" content="5">
<title>顾客的手机 · What customers have received</title>
<style>body{{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}}
td,th{{text-align:left;vertical-align:top;padding:.4rem .8rem;border-bottom:1px solid #ccc}}
td:last-child{{white-space:pre-line}}</style>
<h1>顾客的手机</h1><p>What customers of the demo's vendors have on their screens. 演示用的渠道服务器收到的回复。</p>
<table><tr><th>渠道 Channel</th><th>收件人 To</th><th>内容 Text</th></tr>{rows}</table></html>"""


class DemoVendors:
    """WeChat and Aliyun for the accounts of the demo."""

    def __init__(self, accounts: DemoAccounts) -> None:
        self.accounts = accounts
        self.official = accounts.official
        self.wechat = WeChatVendor([self.official])
        keys = {SMS_KEY_ID: accounts.secret("sms key")}
        self.aliyun = Aliyun(keys, base_url=accounts.url, templates=SMS_TEMPLATES)

    def server(self, bound: socket.socket) -> HttpServer:
        """What serves them on a socket that listens."""
        return HttpServer(VENDORS, self._app(), bound)

    def _app(self) -> Starlette:
        own = [Route("/", self._page, methods=["GET"]), Route("/_delivered", self._delivered, methods=["GET"])]
        return Starlette(routes=[*own, *self.wechat.routes(), *self.aliyun.routes()])

    async def _delivered(self, request: Request) -> JSONResponse:
        return JSONResponse(
            [
                {"vendor": vendor.name, "to": one.to, "way": one.way, "text": one.text, "our_id": one.our_id}
                for vendor in (self.wechat, self.aliyun)
                for one in vendor.delivered
            ]
        )

    async def _page(self, request: Request) -> HTMLResponse:
        rows = "".join(
            f"<tr><td>{escape(vendor.name)}<td>{escape(one.to)}<td>{escape(one.text)}"
            for vendor in (self.wechat, self.aliyun)
            for one in vendor.delivered
        )
        return HTMLResponse(_PAGE.format(rows=rows))
