"""What the vendors' error codes mean for a message: a visible table, each row with where the code was read.

The sources name code and cause; the verdict is ours. A code may stand for its family (the part before the first dot).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum


class Verdict(Enum):
    """What to do about a code."""

    REFUSED = "this message to this number never goes: another way to the person"
    OPTED_OUT = "no message to this number goes, by the person's own wish: the way is closed"
    LATER = "throttled: the same again after a pause"
    OURS = "our account, template or money: a person must act, the message waits"
    UNKNOWN = "it may have gone out: never again by machine"


@dataclass(frozen=True, slots=True)
class Code:
    """A verdict and where the code was read (all 2026-11-22)."""

    verdict: Verdict
    source: str


_ALIYUN = "help.aliyun.com/document_detail/101346.html"
_ALIYUN_FLOW = "developer.aliyun.com/ask/652244"
_TENCENT = "cloud.tencent.com/document/api/382/59177"
_TENCENT_COMMON = "cloud.tencent.com/document/api/382/38780"
_UNSURE = "unsure: seen in public code only"
# A blacklist of words in variables, not of numbers. For a number that opted out SendSms has no code we know of.
_ALIYUN_WORDS = "jmcad.top/forum.php?goto=nextoldset&mod=redirect&tid=4028: a copy of the vendor's table; unsure"

UNKNOWN = Code(Verdict.UNKNOWN, "a code nobody has told us of")

ALIYUN_CODES: Mapping[str, Code] = {
    "isv.BUSINESS_LIMIT_CONTROL": Code(Verdict.LATER, _ALIYUN_FLOW),
    "Throttling": Code(Verdict.LATER, _UNSURE),
    "isv.MOBILE_NUMBER_ILLEGAL": Code(Verdict.REFUSED, _UNSURE),
    "isv.SMS_CONTENT_ILLEGAL": Code(Verdict.REFUSED, _ALIYUN),
    "isv.BLACK_KEY_CONTROL_LIMIT": Code(Verdict.REFUSED, _ALIYUN_WORDS),
    "isv.PARAM_LENGTH_LIMIT": Code(Verdict.REFUSED, _UNSURE),
    "isv.SMS_SIGNATURE_SCENE_ILLEGAL": Code(Verdict.OURS, _ALIYUN),
    "isv.EXTEND_CODE_ERROR": Code(Verdict.OURS, _ALIYUN),
    "isv.SIGN_STATE_ILLEGAL": Code(Verdict.OURS, _ALIYUN),
    "isv.DOMESTIC_NUMBER_NOT_SUPPORTED": Code(Verdict.OURS, _ALIYUN),
    "isv.DENY_IP_RANGE": Code(Verdict.OURS, _ALIYUN),
    "isv.DAY_LIMIT_CONTROL": Code(Verdict.OURS, _ALIYUN),
    "isv.MONTH_LIMIT_CONTROL": Code(Verdict.OURS, _ALIYUN),
    "isv.SMS_SIGN_ILLEGAL": Code(Verdict.OURS, _ALIYUN),
    "isp.RAM_PERMISSION_DENY": Code(Verdict.OURS, _ALIYUN),
    "isv.OUT_OF_SERVICE": Code(Verdict.OURS, _ALIYUN),
    "isv.PRODUCT_UN_SUBSCRIPT": Code(Verdict.OURS, _ALIYUN),
    "isv.PRODUCT_UNSUBSCRIBE": Code(Verdict.OURS, _ALIYUN),
    "isv.ACCOUNT_NOT_EXISTS": Code(Verdict.OURS, _ALIYUN),
    "isv.ACCOUNT_ABNORMAL": Code(Verdict.OURS, _ALIYUN),
    "isv.AMOUNT_NOT_ENOUGH": Code(Verdict.OURS, _UNSURE),
    "isv.SMS_SIGNATURE_ILLEGAL": Code(Verdict.OURS, _UNSURE),
    "isv.SMS_TEMPLATE_ILLEGAL": Code(Verdict.OURS, _UNSURE),
    "isv.TEMPLATE_MISSING_PARAMETERS": Code(Verdict.OURS, _UNSURE),
    "isv.PARAM_NOT_SUPPORT_URL": Code(Verdict.OURS, _UNSURE),
    "isv.INVALID_PARAMETERS": Code(Verdict.OURS, _UNSURE),
    "isv.INVALID_JSON_PARAM": Code(Verdict.OURS, _UNSURE),
    "SignatureDoesNotMatch": Code(Verdict.OURS, _UNSURE),
    "InvalidAccessKeyId": Code(Verdict.OURS, _UNSURE),
    "InvalidTimeStamp": Code(Verdict.OURS, _UNSURE),
    "isp.SYSTEM_ERROR": Code(Verdict.UNKNOWN, _UNSURE),
}

TENCENT_CODES: Mapping[str, Code] = {
    "LimitExceeded.DeliveryFrequencyLimit": Code(Verdict.LATER, _TENCENT),
    "LimitExceeded.PhoneNumberThirtySecondLimit": Code(Verdict.LATER, _UNSURE),
    "LimitExceeded.PhoneNumberOneHourLimit": Code(Verdict.LATER, _UNSURE),
    "LimitExceeded.PhoneNumberDailyLimit": Code(Verdict.LATER, _UNSURE),
    "LimitExceeded.PhoneNumberSameContentDailyLimit": Code(Verdict.LATER, _UNSURE),
    "RequestLimitExceeded": Code(Verdict.LATER, _TENCENT_COMMON),
    "FailedOperation.PhoneNumberInBlacklist": Code(Verdict.OPTED_OUT, _TENCENT),
    "FailedOperation.ContainSensitiveWord": Code(Verdict.REFUSED, _TENCENT),
    "InvalidParameterValue.IncorrectPhoneNumber": Code(Verdict.REFUSED, _TENCENT),
    "InvalidParameterValue.ContentLengthLimit": Code(Verdict.REFUSED, _TENCENT),
    "FailedOperation.FailResolvePacket": Code(Verdict.OURS, _TENCENT),
    "FailedOperation.SignatureIncorrectOrUnapproved": Code(Verdict.OURS, _TENCENT),
    "FailedOperation.TemplateIncorrectOrUnapproved": Code(Verdict.OURS, _TENCENT),
    "FailedOperation.InsufficientBalanceInSmsPackage": Code(Verdict.OURS, _UNSURE),
    "InternalError.SigVerificationFail": Code(Verdict.OURS, _TENCENT),
    "InternalError.SigFieldMissing": Code(Verdict.OURS, _TENCENT),
    "InternalError.RestApiInterfaceNotExist": Code(Verdict.OURS, _TENCENT),
    "UnauthorizedOperation": Code(Verdict.OURS, _TENCENT),
    "LimitExceeded": Code(Verdict.OURS, _TENCENT_COMMON),
    "AuthFailure": Code(Verdict.OURS, _TENCENT_COMMON),
    "InvalidParameter": Code(Verdict.OURS, _TENCENT_COMMON),
    "InvalidParameterValue": Code(Verdict.OURS, _TENCENT_COMMON),
    "MissingParameter": Code(Verdict.OURS, _TENCENT_COMMON),
    "IpNotInWhitelist": Code(Verdict.OURS, _TENCENT_COMMON),
    "InternalError.Timeout": Code(Verdict.UNKNOWN, _TENCENT),
    "InternalError.OtherError": Code(Verdict.UNKNOWN, _TENCENT),
    "InternalError": Code(Verdict.UNKNOWN, _TENCENT_COMMON),
}


def verdict(codes: Mapping[str, Code], code: str) -> Verdict:
    """The verdict of a code, or of its family, or `UNKNOWN`."""
    return (codes.get(code) or codes.get(code.partition(".")[0]) or UNKNOWN).verdict
