"""Posts the records of departments that speak HTTP only: signed, in the order of each case, until they are taken."""

from workers.webhooks.service import Webhooks, WebhooksParts
from workers.webhooks.target import WEBHOOK_GROUP

__all__ = ["WEBHOOK_GROUP", "Webhooks", "WebhooksParts"]
