"""What the columns, labels and JSON names of referrals mean: a dictionary from their words to our fields.

Source: the official form 投诉登记表 of 2026-04 and the columns of bureau-side exports (facts 4.2, 4.4); there is no
published layout, so every authority's words are welcome here. Unsure: names that only one city uses.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from schemas.inbound import UploadedFile
from schemas.normalise import fold

SYNONYMS: Mapping[str, str] = {
    "number": "登记编号 投诉编号 举报编号 工单编号 受理编号 信件编号 投诉单号 工单号 编号 number "
    "registration_id referral_no registration_no referral_number",
    "kind": "类型 事项类型 信息类型 业务类型 登记类型 诉求类型 件类型 性质 kind type referral_kind 诉求性质",
    "authority": "登记单位 登记机关 转办单位 来源单位 受理单位 受理机关 交办单位 authority",
    "status": "状态 办理状态 受理状态 办结状态 处理状态 当前状态 status accept_status state",
    "document_no": "文号 文书编号 文书号 发文字号 document_no",
    "subject": "标题 主题 工单标题 事项标题 subject title",
    "name": "投诉人 举报人 姓名 来电人 诉求人 投诉人姓名 举报人姓名 来电人姓名 诉求人姓名 反映人 "
    "消费者 消费者姓名 提供方姓名 name complainant complainant_name reporter reporter_name "
    "consumer sender_name",
    "phone": "联系电话 手机 来电号码 电话 手机号 手机号码 联系方式 投诉人电话 投诉人联系电话 举报人电话 "
    "举报人联系电话 来电电话 phone mobile phones complainant_phone reporter_phone "
    "complainant_phones sender_phone sender_phones",
    "address": "联系地址 住址 通讯地址 投诉人地址 举报人地址 地址 address complainant_address "
    "reporter_address sender_address",
    "email": "电子邮箱 邮箱 电子邮件 email complainant_email reporter_email sender_email",
    "id_type": "证件类型 证件种类 id_type complainant_id_type reporter_id_type",
    "id_number": "证件号码 证件号 身份证号 身份证号码 id_number id_no complainant_id_number "
    "complainant_id_no reporter_id_number reporter_id_no",
    "respondent": "被投诉主体 被投诉人 企业名称 涉事主体 被举报人 被举报主体 被诉方 涉诉主体 涉事企业 "
    "被投诉人名称 被举报人名称 主体名称 respondent enterprise_name respondent_name",
    "respondent_address": "被投诉人地址 企业地址 被举报人地址 经营地址 主体地址 respondent_address enterprise_address",
    "respondent_contact": "企业联系人 被投诉人联系人 respondent_contact",
    "respondent_phone": "企业电话 企业联系电话 被投诉人电话 被投诉人联系电话 respondent_phone enterprise_phone",
    "credit_code": "统一社会信用代码 信用代码 社会信用代码 credit_code uscc respondent_credit_code",
    "store": "涉事门店 门店 门店名称 事发地 事发地点 店铺名称 store incident_location",
    "product": "涉及商品 商品名称 商品服务 商品 涉及商品服务 商品或服务名称 产品名称 品名 product",
    "model": "型号 规格型号 规格 商品型号 model",
    "batch_no": "批号 批次 生产批号 batch_no",
    "order_no": "订单号 订单编号 订单号码 order_no",
    "quantity": "数量 商品数量 quantity",
    "category": "问题类别 问题类型 客体类别 投诉类别 problem_category category",
    "amount": "涉及金额 争议金额 金额 消费金额 amount",
    "event_date": "购买时间 消费时间 事发时间 购买日期 event_date",
    "text": "问题描述 内容 事实依据 诉求描述 消费者权益争议事实依据 消费者权益争议的事实依据 "
    "事实及依据 反映内容 工单内容 详细内容 事项内容 具体问题 来电内容 主要内容 text "
    "problem_text content description problem",
    "complaint_text": "投诉内容 投诉事由 投诉事项 complaint_text",
    "report_text": "举报内容 举报事项 举报事由 违法事实 涉嫌违法行为 report_text",
    "request": "诉求 投诉请求 诉求内容 具体诉求 处理诉求 投诉诉求 request appeal desired_resolution",
    "received_at": "收到时间 签收时间 接收时间 收文时间 收文日期 收件时间 派发时间 派单时间 转办时间 分送时间 "
    "交办时间 下发时间 收到日期 received_at stamp received",
    "registered_at": "投诉时间 登记时间 来电时间 举报时间 登记日期 投诉日期 举报日期 受理时间 诉求时间 "
    "registered_at registration_time",
    "due_at": "办理期限 办结时限 要求反馈时间 截止时间 反馈期限 答复期限 处理期限 办理时限 办结期限 "
    "截止日期 回复期限 due_at deadline due",
    "handler": "办理人 承办人 经办人 调解员 调解人 主办人 handler mediator",
    "handler_phone": "承办人电话 经办人电话 调解员电话 办理人电话 承办单位电话 机关电话 handler_phone mediator_phone",
    "department": "承办单位 处理部门 分派部门 办理单位 承办部门 department handling_department handling_org",
    "hearing_at": "调解时间 调解日期 开庭时间 hearing_at mediation_time",
    "hearing_place": "调解地点 调解地址 hearing_place mediation_place",
    "result": "处理结果 办理结果 反馈内容 处理意见 办理情况 feedback result",
}
"""Our field → the words it goes by, separated by blanks. The first one is what drafts call it."""
IDENTITY = ("name", "phone", "address", "email", "id_type", "id_number")
"""What says who complains or reports."""
AUTHORITY_CONTACT = ("handler", "handler_phone")
PROSE = frozenset({"text", "complaint_text", "report_text", "request", "result"})
"""What may run over several lines of a form."""
MANY = frozenset({"phone", "email"}) | PROSE
"""What may have several columns; their values are kept side by side."""
_HEADINGS = {
    "complainant": "投诉人 投诉人信息 投诉方 举报人 举报人信息 举报方 诉求人 诉求人信息 来电人信息",
    "respondent": "被投诉人 被投诉人信息 被投诉方 被举报人 被举报人信息 被投诉主体 被举报方 企业信息",
    "other": "登记信息 基本信息 消费者权益争议 投诉内容 举报内容 调解信息",
}
"""Headings of blocks in a form, under which 名称 and 联系电话 mean that block's."""
_OF_RESPONDENT = {
    "name": "respondent",
    "phone": "respondent_phone",
    "address": "respondent_address",
    "handler": "respondent_contact",
}
_NO_CONTENT = frozenset(["序号", "行号", "no", "序", "index", "id", "项次"])
"""Columns that number the rows of one sheet: the same referral has another one tomorrow."""
_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class Referred:
    """One referral as it was written: our fields, and what has no field of ours as (label, value).

    `hint` is what heading and labels say of its kind; `lost` are fields whose number a spreadsheet has rounded.
    """

    fields: Mapping[str, str]
    others: tuple[tuple[str, str], ...] = ()
    hint: str = ""
    lost: frozenset[str] = frozenset()
    files: tuple[UploadedFile, ...] = field(default=())
    too_long: bool = False
    nameless: str = ""
    """What tells an unnumbered referral from one of the same words: the caller's Idempotency-Key, a form's nonce."""


def key(label: str) -> str:
    """A label as it is compared: folded, only letters, digits and characters."""
    return "".join(_WORD.findall(fold(label[:60]).text))


_FIELD_OF: Mapping[str, str] = {key(word): name for name, words in SYNONYMS.items() for word in words.split()}
_SECTION_OF: Mapping[str, str] = {key(word): section for section, words in _HEADINGS.items() for word in words.split()}


def field_of(label: str, section: str = "") -> str | None:
    """Our field for a label, None for words we do not know; `section` is the block of the form it stands in."""
    folded = key(label)
    if section == "respondent" and folded in {"名称", "联系人"}:
        return "respondent" if folded == "名称" else "respondent_contact"
    if section == "complainant" and folded in {"名称", "联系人"}:
        return "name"
    name = _FIELD_OF.get(folded)
    return _OF_RESPONDENT.get(name, name) if name and section == "respondent" else name


def section_of(label: str) -> str | None:
    """The block of a form that begins with these words; None when they are no heading."""
    return _SECTION_OF.get(key(label))


def is_row_index(label: str) -> bool:
    """Whether a column only counts the rows of its sheet."""
    return key(label) in _NO_CONTENT


def label_of(name: str) -> str:
    """What a field is called on paper."""
    return SYNONYMS[name].split()[0]


def gathered(pairs: list[tuple[str, str]]) -> tuple[dict[str, str], tuple[tuple[str, str], ...]]:
    """Fields and others of values under our field's name, or under a label that has none.

    A field given twice keeps its first value, unless it is one that may have several.
    """
    fields: dict[str, str] = {}
    others: list[tuple[str, str]] = []
    for label, value in pairs:
        name = label if label in SYNONYMS else None
        if name is None:
            others.append((label, value))
        elif name not in fields:
            fields[name] = value
        elif name in MANY and value not in fields[name]:
            fields[name] += f"\n{value}"
        elif value != fields[name]:
            others.append((label_of(name), value))
    return fields, tuple(others)
