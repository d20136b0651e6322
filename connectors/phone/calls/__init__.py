"""Call centres in the mainland of China: the calls of Aliyun 云联络中心 and Tencent TCCC, and their recordings."""

from connectors.phone.calls.connector import Calls
from connectors.phone.calls.media import CallMedia, phone_media
from connectors.phone.calls.screenpop import called_complaint, screen_pop

__all__ = ["CallMedia", "Calls", "called_complaint", "phone_media", "screen_pop"]
