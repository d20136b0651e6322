"""What each vendor wants to hear after a push, as data.

Aliyun: HTTP 200 and a JSON object whose `code` is a number; anything else or more than 700 ms is a failure, pushed
again after 1, 5 and 10 minutes (help.aliyun.com/document_detail/101847.html; another page of theirs, 414223, says 10
tries over 5 hours). The body and the 700 ms are from help.aliyun.com/zh/sms/developer-reference/receipt-message-faq.
For a failure it wants a 50X. Tencent: `result` 0 and `errmsg` "OK", another `result` for a failure
(tencentcloud.com/document/api/382/43548); whether and when it pushes again is undocumented: unsure. All read
2026-11-22.
"""

from collections.abc import Mapping

from connectors.contract import Answer
from connectors.phone.callbacks import Vendor

_JSON = "application/json; charset=utf-8"

ACCEPTED: Mapping[Vendor, Answer] = {
    Vendor.ALIYUN: Answer(200, '{"code":0,"msg":"成功"}'.encode(), _JSON),
    Vendor.TENCENT: Answer(200, b'{"result":0,"errmsg":"OK"}', _JSON),
}
"""The delivery is durable. When it is not, the gateway answers 503, which both take for a failure."""
