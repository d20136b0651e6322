"""Webhook: signed JSON events of any system that can make an HMAC. Reads only; it has no way to answer."""

from connectors.webhook.connector import Webhook

__all__ = ["Webhook"]
