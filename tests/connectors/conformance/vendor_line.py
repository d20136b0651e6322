"""The line to a vendor's server within one process: it can be cut, and a lost answer is what a client sees of it."""

import httpx

from deploy.vendors.server import LostAnswer, Vendor


class VendorLine(httpx.AsyncBaseTransport):
    """Carries calls to a vendor whatever host they name; `cut` lets none through."""

    def __init__(self, vendor: Vendor) -> None:
        self._line = httpx.ASGITransport(app=vendor.app())
        self.cut = False

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Hand a call over, or fail as a network fails."""
        if self.cut:
            raise httpx.ConnectError("nobody listens", request=request)
        try:
            return await self._line.handle_async_request(request)
        except LostAnswer as error:
            raise httpx.ReadError("the connection ended", request=request) from error
