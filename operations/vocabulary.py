"""What people call the codes that the product itself declares, in Chinese and English. A pack names its own."""

import re
from collections.abc import Mapping
from typing import Literal

from operations.ledger.wording import LEDGER
from operations.refusals import REFUSALS
from operations.sentences import chinese_of, sentences

Lang = Literal["zh", "en"]
Both = tuple[str, str]
"""Chinese, English."""

NAMES: Mapping[str, Both] = {
    "complaint": ("投诉", "complaint"),
    "suggestion": ("建议", "suggestion"),
    "inquiry": ("咨询", "inquiry"),
    "praise": ("表扬", "praise"),
    "withdrawal": ("撤回", "withdrawal"),
    "privacy_request": ("个人信息请求", "privacy request"),
    "legal_notice": ("法律或媒体函件", "legal notice"),
    "staff_report": ("内部举报", "staff report"),
    "urgent": ("紧急", "urgent"),
    "regular": ("常规", "regular"),
    "systemic": ("系统性", "systemic"),
    "other": ("其他", "other"),
    "report": ("举报", "report"),
    "work_order": ("工单", "work order"),
    "consultation": ("转办咨询", "consultation"),
    "mediation_notice": ("调解通知", "notice of mediation"),
    "phone": ("电话/短信", "phone"),
    "web": ("网页", "the web"),
    "wechat": ("微信", "WeChat"),
    "email": ("邮件", "e-mail"),
    "webhook": ("接口推送", "webhook"),
    "regulator_12315": ("监管部门 12315", "the authority 12315"),
    "customer": ("顾客本人", "the customer"),
    "form": ("网页表单", "form"),
    "qr": ("二维码", "QR code"),
    "track": ("查询页补充", "added on the customer's page"),
    "app": ("应用", "app"),
    "api": ("接口", "API"),
    "staff": ("员工录入", "typed in by staff"),
    "desk": ("服务台", "service desk"),
    "paper-box": ("意见箱", "paper box"),
    "hotline": ("热线", "hotline"),
    "sms": ("短信", "SMS"),
    "call": ("来电", "call"),
    "chat": ("聊天", "chat"),
    "push": ("接口推送", "push"),
    "file": ("文件", "file"),
    "mail": ("来信", "mail"),
    "in-person": ("当面", "in person"),
    "letter": ("信函", "letter"),
    "acknowledged": ("已回执", "acknowledged"),
    "answered": ("已答复", "answered"),
    "closed": ("已办结", "closed"),
    "passed-on": ("已转交", "passed on"),
    "handled": ("已处理", "handled"),
    "adjudicated": ("已判定", "adjudicated"),
    "followed-up": ("已回访", "followed up"),
    "received": ("收到时", "receipt"),
    "evidence-received": ("证据到齐时", "the evidence"),
    "waiting-for-evidence": ("等待证据", "waiting for evidence"),
    "solved": ("问题解决时", "the solution"),
    "week": ("每周", "every week"),
    "day": ("每天", "every day"),
    "month": ("每月", "every month"),
    "quarter": ("每季度", "every quarter"),
    "year": ("每年", "every year"),
    "class": ("分类", "class"),
    "region": ("区域", "region"),
    "unit": ("单位", "unit"),
    "product": ("商品", "product"),
    "batch": ("批次", "batch"),
    "category": ("类别", "category"),
    "counts": ("件数", "counts"),
    "trend": ("趋势", "trend"),
    "handling-time": ("处理时长", "handling time"),
    "on-time-rate": ("按时率", "share on time"),
    "typical-cases": ("典型案例", "typical cases"),
    "kind": ("性质", "kind"),
    "department": ("部门", "department"),
    "channel": ("渠道", "channel"),
    "satisfaction": ("满意度", "satisfaction"),
    "recurring-problems": ("反复出现的问题", "recurring problems"),
    "root-causes": ("根本原因", "root causes"),
    "top-products": ("投诉最多的商品", "top products"),
    "top-units": ("投诉最多的单位", "top units"),
    "new": ("新投诉", "new"),
    "duplicate": ("重复", "duplicate"),
    "follow_up": ("补充", "follow-up"),
    "repeat": ("再次发生", "repeat"),
    "suspected": ("疑似相关", "suspected"),
    "key": ("关键顾客", "key customers"),
    "important": ("重要顾客", "important customers"),
    "open": ("待办", "open"),
    "claimed": ("已领取", "claimed"),
    "done": ("已完成", "done"),
    "released": ("已放回", "released"),
    "confirmed": ("已确认", "confirmed"),
    "corrected": ("已更正", "corrected"),
    "revision": ("已有新版本", "newer revision"),
    "unasked": ("无需复核", "not asked"),
    "unheard": ("尚未听取", "not heard yet"),
    "above": ("上一级", "level above"),
    "suspected-link": ("疑似重复", "suspected link"),
    "place": ("门店不明", "place unclear"),
    "by-hand": ("人工调取", "by hand"),
    "uncertain": ("系统没有把握", "uncertain"),
    "disagreement": ("规则与模型不一致", "rules against model"),
    "random": ("随机抽查", "random sample"),
    "no_hit": ("没有可识别的词", "no word is known"),
    "low_confidence": ("把握不足", "not sure enough"),
    "narrow_margin": ("前两个类别接近", "two categories are close"),
    "very_short": ("内容过短", "very short"),
    "safety_uncertain": ("是否涉及安全不确定", "safety uncertain"),
    "safety_disagreement": ("规则与模型对安全判断不一致", "rules and model disagree on safety"),
    "kind_uncertain": ("类型不确定", "kind uncertain"),
    "unfamiliar": ("用语陌生", "unfamiliar words"),
    "suspected_link": ("疑似重复，需人工判断", "suspected link, for a person to decide"),
    "only_attachments": ("只有附件", "attachments only"),
    "empty": ("没有内容", "empty"),
    "place_unresolved": ("门店无法确定", "place not found"),
    "not-heard-yet": ("录音尚未听取", "recording not heard yet"),
    "sent": ("已发出", "sent"),
    "covered": ("已有回执", "covered"),
    "not-wanted": ("无需回执", "not wanted"),
    "unreachable": ("无法送达", "unreachable"),
    "by-person": ("转人工", "by a person"),
    "ready": ("等待发送", "ready"),
    "sending": ("正在发送", "sending"),
    "retry": ("稍后重试", "to be tried again"),
    "refused": ("被拒收", "refused"),
    "recipient-refused": ("对方拒收", "recipient refused"),
    "not-set-up": ("渠道未配置", "not set up"),
    "unknown": ("是否发出不明确", "outcome unknown"),
    "given-up": ("已放弃发送", "given up"),
    "bounced": ("被退回", "bounced"),
    "undelivered": ("未能送达", "not delivered"),
    "zh-Hans": ("简体中文", "simplified Chinese"),
    "zh-Hant": ("繁体中文", "traditional Chinese"),
    "zh": ("中文", "Chinese"),
    "en": ("英文", "English"),
    "attachment_too_large": ("附件过大", "attachment too large"),
    "base64_repaired": ("编码已修复", "encoding repaired"),
    "charset_guessed": ("字符集为推测", "character set guessed"),
    "date_unreadable": ("日期无法读取", "date unreadable"),
    "encrypted": ("内容加密", "encrypted"),
    "headers_cut": ("邮件头过长，已截断", "headers cut"),
    "headers_without_end": ("邮件头不完整", "headers without end"),
    "mail_too_large": ("邮件过大，部分读取", "mail too large, read in part"),
    "mime_boundary_guessed": ("邮件分段为推测", "parts of the mail guessed"),
    "mime_no_boundary": ("邮件没有分段标记", "mail without boundaries"),
    "mime_truncated": ("邮件不完整", "mail truncated"),
    "no_sender": ("没有发件人", "no sender"),
    "number_unreadable": ("号码无法识别", "number unreadable"),
    "quoted_printable_repaired": ("编码已修复", "encoding repaired"),
    "speech_unsure": ("语音识别不确定", "speech not sure"),
    "text_cut": ("文字过长，已截断", "text cut"),
    "sender_from_reply_to": ("发件人取自回复地址", "sender from Reply-To"),
    "sender_from_sender": ("发件人取自代发地址", "sender from Sender"),
    "sender_from_return_path": ("发件人取自退信地址", "sender from Return-Path"),
    "digits_lost": ("数字位数丢失", "digits lost"),
    "due_at_unreadable": ("期限无法读取", "due date unreadable"),
    "attachment_unreadable": ("附件无法读取", "attachment unreadable"),
    "too_deep": ("嵌套过深", "nested too deep"),
    "too_many_files": ("文件过多", "too many files"),
    "too_many_parts": ("邮件分段过多", "too many parts"),
    "transfer_encoding_unknown": ("编码未知", "encoding unknown"),
    "transfer_encoding_wrong": ("编码有误", "encoding wrong"),
    "winmail_repaired": ("winmail.dat 已修复", "winmail.dat repaired"),
    "winmail_unreadable": ("winmail.dat 无法读取", "winmail.dat unreadable"),
    "product-store": ("同一商品和门店", "product and store"),
    "product-problem": ("同一商品和问题", "product and problem"),
}
"""Code → what people call it."""

OCCASION_NAMES: Mapping[str, Both] = {
    "accepted": ("已受理", "accepted"),
    "in-progress": ("处理中", "in progress"),
    "need-information": ("请补充信息", "more information needed"),
    "answered": ("已答复", "answered"),
    "remedy-done": ("处理方案已落实", "remedy carried out"),
    "closed": ("已办结", "closed"),
    "reopened": ("重新处理", "reopened"),
    "satisfaction": ("请评价", "asked whether satisfied"),
    "one-time-code": ("一次性验证码", "one-time code"),
    "reply": ("人工回复", "reply"),
}
"""What a message to a customer tells of."""

CLOCK_NAMES: Mapping[str, Both] = {
    "acknowledge": ("回执", "acknowledgement"),
    "first-reply": ("首次答复", "first reply"),
    "handle": ("办结", "handling"),
}
"""Clocks every procedure has, for a pack that names none."""

_SAID = sentences(
    (r"it had expired before it could be sent", "发出前已失效"),
    (r"it is not known whether the message went out", "不确定消息是否已发出"),
    (r"the ways to the customer are not kept any more", "顾客的联系方式已不再保存"),
    (r"no such complaint has come", "没有这个编号的投诉"),
    (r"the policy pack has no text for it", "策略包没有对应的文本"),
    (r"the channel could not deliver it after it was sent", "发出后渠道未能送达"),
    (r"bounced after it was sent", "发出后被退回"),
    (r"no way is left: .*", "所有渠道均未送达"),
    (r"the case was acknowledged on this channel within the window", "同一案件近期已在该渠道回执"),
    (r"the address is our own or a machine's", "地址属于本公司或自动程序"),
    (r"no address was left", "没有留下联系方式"),
    (r"the channel did not take it in time", "渠道未能及时发出"),
    (r"loop guard: (\d+) messages about one case in (\d+) minutes", r"防止循环：同一案件 \2 分钟内 \1 条"),
    (r"loop guard: (\d+) messages to one address in (\d+) minutes", r"防止循环：同一地址 \2 分钟内 \1 条"),
    (r"loop guard: (\d+) answers to one subject in (\d+) minutes", r"防止循环：同一主题 \2 分钟内 \1 条"),
    (r"every way is closed: .*", "所有联系方式都已关闭"),
    (r"automatic.*", "自动邮件"),
    (r"shown on the page", "已在页面上显示"),
    (r"already done by (.+)", r"\1 已完成"),
    (r"already \w+ by (.+?)(?:: .+)?", r"\1 已作出决定"),
    (r"claimed by (.+): to be released first", r"已由 \1 领取，须先放回"),
    (r"claimed by (.+)", r"已由 \1 领取"),
    (r"nobody has claimed it", "没有人领取过它"),
    (r"nobody has to look at it: .+", "无需复核：可直接确认或更正"),
    (r"a newer revision has come: .+", "已有新版本：请重新查看"),
    (r"it says that it was done later than now", "完成时间晚于现在"),
    (r"that is what (.+) said", r"与 \1 的结论相同"),
    (r"that is what the machine says: .+", "与系统判断相同：可直接确认"),
    (r"revision (\d+)", r"已成为第 \1 版"),
    (r"said before", "此前已有相同结论"),
    (r"a person: it is not known whether the message went out", "人工：不确定消息是否已发出"),
    (r"the sender", "发送程序"),
    (r"the sweeper: it could not be read", "兜底任务：内容无法读取"),
    (r"the pipeline, at hour 20 the sweeper", "正在处理，第 20 小时由兜底任务回执"),
)
_TOLD = re.compile(rf"({'|'.join(OCCASION_NAMES)}): (.+?)(?:; (.+))?")
_SENDER = re.compile(r"the sender \((.+)\)")
HAN = re.compile(r"[㐀-鿿]")
"""A Chinese character."""


def in_chinese(sentence: str) -> str:
    """A sentence or code of the product in Chinese; as it is when nobody has translated it."""
    if sentence in NAMES:
        return NAMES[sentence][0]
    if sender := _SENDER.fullmatch(sentence):
        return f"发送程序（{in_chinese(sender[1])}）"
    if told := _TOLD.fullmatch(sentence):
        first = f"{OCCASION_NAMES[told[1]][0]}：{in_chinese(told[2])}"
        return f"{first}；{in_chinese(told[3])}" if told[3] else first
    return chinese_of(sentence, (*_SAID, *REFUSALS, *LEDGER))


def in_one(sentence: str, lang: Lang) -> str:
    """The half in this language of what was written in both, such as `是 / yes`; empty where there is none.

    What has no halves is Chinese or English as a whole.
    """
    halves = sentence.split(" / ")
    wanted = [half for half in halves if bool(HAN.search(half)) == (lang == "zh")]
    if len(halves) > 1 and wanted:
        return " / ".join(wanted)
    return sentence if lang == "zh" or not HAN.search(sentence) else ""
