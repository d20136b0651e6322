"""Call centres in the mainland of China: the calls of Aliyun 云联络中心 and Tencent TCCC, and their recordings."""

from connectors.phone.calls.connector import Calls
from connectors.phone.calls.media import CallMedia, phone_media

__all__ = ["CallMedia", "Calls", "phone_media"]
