"""WeChat official accounts: reads what people send to them."""

from connectors.wechat.connector import WeChat
from connectors.wechat.crypto import echo

__all__ = ["WeChat", "echo"]
