"""Errors whose class is the verdict (whose fault, may we retry), and the reason codes people see."""

from enum import StrEnum


class IntakeError(Exception):
    """Root of everything this product raises on purpose. The text tells the reader what to do."""

    http_status = 500


class NotGenuine(IntakeError):
    """Signature, token or freshness is wrong: refused before parsing, nothing is stored, webhook answers 401."""

    http_status = 403


class PayloadRejected(IntakeError):
    """Genuine but unreadable as a whole: the raw bytes become *suspended* with `reason`; webhook answers 2xx."""

    http_status = 400

    def __init__(self, reason: "Reason", detail: str) -> None:
        super().__init__(f"{reason.value}: {detail}")
        self.reason = reason
        self.detail = detail


class InvalidRequest(IntakeError):
    """The caller can mend it (missing text, bad field): answered with 4xx naming the field, nothing is stored."""

    http_status = 422


class TooLarge(IntakeError):
    """Over a size limit of the settings: answered with 413 and the limit."""

    http_status = 413


class TooMany(IntakeError):
    """Over a rate limit: answered with 429 and `Retry-After` in seconds."""

    http_status = 429

    def __init__(self, detail: str, retry_after_s: int) -> None:
        super().__init__(detail)
        self.retry_after_s = retry_after_s


class NotDurable(IntakeError):
    """Neither Kafka nor the spool took it: answered with 503 and `Retry-After`; the sender must try again."""

    http_status = 503


class ChannelUnavailable(IntakeError):
    """The channel's fault and may pass; nothing irrevocable happened: retry with backoff."""

    http_status = 503


class ReplyRefused(IntakeError):
    """The channel refused for good (no such mailbox, opted out): never retry, try the next way to the person."""


class RecipientRefused(ReplyRefused):
    """The channel refuses this recipient for good (no such mailbox, blocked us, opted out): the way is closed."""


class MediaGone(IntakeError):
    """A pending file that its channel will never hand over: expired, deleted, refused. The complaint stands without."""


class OutcomeUnknown(IntakeError):
    """The reply may or may not have gone out: never retry by machine; look up or ask a person."""


class PoisonRecord(IntakeError):
    """A record that a stage can never process: dead letter, the stage goes on."""


class StageStopped(IntakeError):
    """A stage refuses to go on (dead-letter flood, lost offsets): a person must decide; stored across restarts."""


class SettingsInvalid(IntakeError):
    """Settings do not fit together: exit 2 with the name of the variable and what to set."""


class ModelUnusable(IntakeError):
    """A file of the text model is missing, damaged or does not fit: nothing starts with half a model."""


class Unreachable(IntakeError):
    """A part of the platform does not answer: exit 3 with its address and how to start it."""


class Reason(StrEnum):
    """Why a delivery or an item was suspended. Codes are contract; `MEANINGS` has a line for people."""

    UNREADABLE = "unreadable"
    EMPTY = "empty"
    TOO_LARGE = "too_large"
    TOO_MANY_PARTS = "too_many_parts"
    TOO_DEEP = "too_deep"
    NO_SENDER = "no_sender"
    WRONG_TYPE = "wrong_type"
    FETCH_FAILED = "fetch_failed"
    PARSER_CRASHED = "parser_crashed"
    NO_HEADER = "no_header"
    BAD_NUMBER = "bad_number"
    DIGITS_LOST = "digits_lost"
    ENCRYPTED = "encrypted"
    SCAN_WITHOUT_TEXT = "scan_without_text"


MEANINGS: dict[Reason, tuple[str, str]] = {
    Reason.UNREADABLE: ("the bytes do not follow the channel's format", "内容格式无法识别"),
    Reason.EMPTY: ("nothing in it: no text, no subject, no file", "内容为空"),
    Reason.TOO_LARGE: ("over the size limit of the channel", "超过大小限制"),
    Reason.TOO_MANY_PARTS: ("more MIME parts than the limit", "邮件部件过多"),
    Reason.TOO_DEEP: ("nested deeper than the limit", "邮件嵌套过深"),
    Reason.NO_SENDER: ("no sender could be read", "无法识别发件人"),
    Reason.WRONG_TYPE: ("a file type this channel does not read", "不支持的文件类型"),
    Reason.FETCH_FAILED: ("the channel lists it but did not hand it over after several tries", "多次获取失败"),
    Reason.PARSER_CRASHED: ("our reader failed on it; a defect to be fixed, the bytes are kept", "解析程序出错"),
    Reason.NO_HEADER: ("no row or label says what the columns mean", "找不到可识别的表头"),
    Reason.BAD_NUMBER: ("the referral's number is not 8 to 40 letters, digits and dashes", "登记编号格式不正确"),
    Reason.DIGITS_LOST: (
        "a spreadsheet stored a long number as a figure and lost digits",
        "长编号被存为数值，位数已丢失",
    ),
    Reason.ENCRYPTED: ("the file is protected by a password", "文件已加密，无法打开"),
    Reason.SCAN_WITHOUT_TEXT: ("a scan: pictures of pages, no text to read", "扫描件，没有可读取的文字"),
}
"""Reason code → (English, Chinese) meaning."""
