"""SMS in the mainland of China: replies pushed by Aliyun or Tencent Cloud, acknowledgements through their templates."""

from connectors.phone.sms.answers import ACCEPTED
from connectors.phone.sms.connector import Sms
from connectors.phone.sms.reply import SmsReply, sms_reply
from connectors.phone.sms.template import SmsTemplate, Variable
from connectors.phone.sms.vendors import AliyunSms, TencentSms

__all__ = [
    "ACCEPTED",
    "AliyunSms",
    "Sms",
    "SmsReply",
    "SmsTemplate",
    "TencentSms",
    "Variable",
    "sms_reply",
]
