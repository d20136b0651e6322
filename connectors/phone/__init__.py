"""Phone and SMS: one channel, and for each account the vendor that carries its calls or messages."""

from connectors.phone.carriers import PhoneMedia, PhoneReply
from connectors.phone.connector import Phone
from connectors.phone.vendor import NamesCalls, PhoneVendor

__all__ = ["NamesCalls", "Phone", "PhoneMedia", "PhoneReply", "PhoneVendor"]
