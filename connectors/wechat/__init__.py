"""WeChat official accounts: reads what people send to them, answers with customer-service and template messages."""

from connectors.wechat.connector import WeChat
from connectors.wechat.crypto import echo
from connectors.wechat.reply import Way, WeChatReply
from connectors.wechat.token import AccessTokens, MemoryTokenStore, TokenStore

__all__ = ["AccessTokens", "MemoryTokenStore", "TokenStore", "Way", "WeChat", "WeChatReply", "echo"]
