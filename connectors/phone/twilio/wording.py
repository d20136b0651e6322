"""What the hotline says and which spoken words it takes for keys, in Chinese and English."""

from collections.abc import Mapping

from schemas.settings.twilio import TwilioLanguage

PROMPTS: Mapping[str, Mapping[str, str]] = {
    "zh": {
        "language": "中文服务请按{key}。",
        "consent": "您好，欢迎致电投诉热线。为了处理您的投诉，我们希望对您的留言录音。"
        "同意请按1，或者说同意；不同意请按2，我们会给您回电。",
        "menu": "请选择投诉类别。{choices}",
        "choice": "{label}请按{key}。",
        "order": "好的，本次通话不录音。如有订单号，请输入订单号并按井号键；没有请直接按井号键。",
        "describe": "请简单说明发生了什么事、在哪家门店，以及您希望如何解决。",
        "audio": "请在提示音后留言，说完请按井号键。",
        "more": "已经记录，您的投诉编号是{number}。如需补充请按2，否则请直接挂机。",
        "silent": "我们没有听到留言，工作人员会给您回电。",
        "call_back": "工作人员会尽快给您回电。",
        "goodbye": "您的投诉编号是{number}。感谢您的来电，再见。",
    },
    "en": {
        "language": "For English, press {key}.",
        "consent": "Hello, this is the complaints line. To handle your complaint we would like to record your message. "
        "If you agree, press 1 or say yes. Otherwise press 2, and we will call you back.",
        "menu": "What is it about? {choices}",
        "choice": "For {label}, press {key}.",
        "order": "All right, nothing is recorded. Please key in your order number and press hash, or just press hash.",
        "describe": "Please tell us what happened, in which store, and what you would like us to do.",
        "audio": "Please leave your message after the tone, and press hash when you are done.",
        "more": "We have noted that. The number of your complaint is {number}. To add something press 2, "
        "otherwise just hang up.",
        "silent": "We did not hear a message. A member of our staff will call you back.",
        "call_back": "A member of our staff will call you back as soon as possible.",
        "goodbye": "The number of your complaint is {number}. Thank you for calling. Goodbye.",
    },
}
"""Language → prompt → text."""

LABELS: Mapping[str, Mapping[str, str]] = {
    "zh": {
        "quality": "商品质量",
        "service": "服务态度",
        "price": "价格和促销",
        "payment": "支付和退款",
        "logistics": "物流配送",
        "after_sales": "退换货和维修",
        "hygiene": "环境卫生",
        "other": "其他问题",
    },
    "en": {
        "quality": "product quality",
        "service": "service and staff",
        "price": "prices and promotions",
        "payment": "payments and refunds",
        "logistics": "delivery",
        "after_sales": "returns and repairs",
        "hygiene": "cleanliness",
        "other": "anything else",
    },
}
"""Language → category code → how it is said."""

TAGS: Mapping[str, str] = {"zh": "zh-Hans", "en": "en"}
"""Language of the hotline → language of what is said in it (BCP 47)."""

_AROUND = " \t\n.,!?;:'\"。，！？；：、"
_AGREES = frozenset({"yes", "yeah", "yes please", "ok", "okay", "i agree", "agree", "sure", "是", "是的", "好", "好的"})
_AGREES_IN_CHINESE = frozenset({"同意", "我同意", "可以", "行", "没问题"})
_STOP = frozenset({"stop", "stopall", "unsubscribe", "cancel", "end", "quit", "revoke", "optout", "td", "退订", "退訂"})
_START = frozenset({"start", "unstop"})
_HELP = frozenset({"help", "info"})


def prompt(language: str, name: str, settings: TwilioLanguage) -> str:
    """The text of a prompt, the installation's own where it has one."""
    return settings.prompts.get(name) or PROMPTS[language][name]


def label(language: str, category: str) -> str:
    """How a category is said; a code of a company's own is said as it is written."""
    return LABELS[language].get(category, category.replace("_", " "))


def agrees(speech: str) -> bool:
    """Whether the whole answer is a yes; anything else is not."""
    return bare(speech) in _AGREES | _AGREES_IN_CHINESE


def bare(text: str) -> str:
    """Small letters without what stands around."""
    return text.strip(_AROUND).casefold()


def opt_out_type(text: str) -> str | None:
    """STOP, START or HELP when the whole text is one of Twilio's words for it, or a Chinese one for stopping.

    Source: support.twilio.com 223134027, read 2026-11-22. YES, which also opts in there, is left out: it answers
    questions of ours as well.
    """
    word = bare(text)
    if word in _STOP:
        return "STOP"
    if word in _START:
        return "START"
    return "HELP" if word in _HELP else None
