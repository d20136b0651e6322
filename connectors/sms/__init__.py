"""SMS in the mainland of China: replies pushed by Aliyun or Tencent Cloud."""

from connectors.sms.accounts import ADDRESS_HEADER, PROOF_HEADER, CallbackAccount, Vendor, callback_proof
from connectors.sms.answers import ACCEPTED, NOT_NOW, CallbackAnswer
from connectors.sms.connector import OptOut, Sms

__all__ = [
    "ACCEPTED",
    "ADDRESS_HEADER",
    "NOT_NOW",
    "PROOF_HEADER",
    "CallbackAccount",
    "CallbackAnswer",
    "OptOut",
    "Sms",
    "Vendor",
    "callback_proof",
]
