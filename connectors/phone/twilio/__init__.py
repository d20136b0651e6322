"""Twilio: calls and messages outside the mainland of China. Off until the settings name an export path."""

from connectors.phone.twilio.connector import Twilio

__all__ = ["Twilio"]
