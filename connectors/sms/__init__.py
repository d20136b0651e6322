"""SMS in the mainland of China: replies pushed by Aliyun or Tencent Cloud, acknowledgements through their templates."""

from connectors.sms.accounts import ADDRESS_HEADER, PROOF_HEADER, CallbackAccount, Vendor, callback_proof
from connectors.sms.answers import ACCEPTED, NOT_NOW, CallbackAnswer
from connectors.sms.connector import OptOut, Sms
from connectors.sms.reply import SmsReply
from connectors.sms.template import SmsTemplate, Variable
from connectors.sms.vendors import AliyunSms, TencentSms

__all__ = [
    "ACCEPTED",
    "ADDRESS_HEADER",
    "NOT_NOW",
    "PROOF_HEADER",
    "AliyunSms",
    "CallbackAccount",
    "CallbackAnswer",
    "OptOut",
    "Sms",
    "SmsReply",
    "SmsTemplate",
    "TencentSms",
    "Variable",
    "Vendor",
    "callback_proof",
]
