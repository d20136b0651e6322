"""The embedded platform: Kafka, PostgreSQL and a mailbox as real processes, without Docker, system Java or root."""

from deploy.local.platform import ALL_PARTS, EmbeddedPlatform
from deploy.local.status import Part, PlatformStatus

__all__ = ["ALL_PARTS", "EmbeddedPlatform", "Part", "PlatformStatus"]
