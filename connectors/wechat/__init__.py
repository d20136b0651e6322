"""WeChat official accounts: reads what people send to them, fetches their files, answers with messages.

A process that sends or fetches makes one `wechat_accounts` of the settings and hands it to both.
"""

from connectors.wechat.accounts import Accounts, Way, wechat_accounts
from connectors.wechat.connector import WeChat
from connectors.wechat.crypto import echo
from connectors.wechat.media import WeChatMedia, wechat_media
from connectors.wechat.reply import WeChatReply, wechat_reply
from connectors.wechat.token import AccessTokens, MemoryTokenStore, TokenStore

__all__ = [
    "AccessTokens",
    "Accounts",
    "MemoryTokenStore",
    "TokenStore",
    "Way",
    "WeChat",
    "WeChatMedia",
    "WeChatReply",
    "echo",
    "wechat_accounts",
    "wechat_media",
    "wechat_reply",
]
