"""SMS in the mainland of China: replies pushed by Aliyun or Tencent Cloud, acknowledgements through their templates."""

from connectors.phone.sms.accounts import ADDRESS_HEADER, PROOF_HEADER, CallbackAccount, Vendor, callback_proof
from connectors.phone.sms.answers import ACCEPTED, NOT_NOW, CallbackAnswer
from connectors.phone.sms.connector import OptOut, Sms
from connectors.phone.sms.reply import SmsReply
from connectors.phone.sms.template import SmsTemplate, Variable
from connectors.phone.sms.vendors import AliyunSms, TencentSms

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
