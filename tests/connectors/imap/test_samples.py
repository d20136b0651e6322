"""Each saved delivery in `samples/ordinary` is read as its writer meant it."""

from dataclasses import dataclass

import pytest

from schemas.complaint import Complaint, Proof
from tests.connectors.imap.reading import SAMPLES, complaint, files, sample


@dataclass(frozen=True)
class Expected:
    """What a sample says: exact own words, the start of what it quotes, files by name."""

    name: str | None
    email: str
    subject: str | None
    text: str
    quoted: str | None = None
    attached: tuple[str, ...] = ()
    language: str | None = "zh-Hans"


MILK = (
    "您好，我11月18日在贵店中山路店买的鲜牛奶，回家打开就是酸的，还有结块。\n"
    "订单号 2026111800451，要求退款。\n王小梅 13800001234"
)
ORDINARY = {
    "qq_webmail": Expected("王小梅", "wangxm88@qq.example", "牛奶变质投诉", MILK),
    "qq_reply_with_separator": Expected(
        "王小梅",
        "wangxm88@qq.example",
        "回复：您的投诉已收到 [#CT-7K0AB3CD4EF5GH6JK7MN8PQ9RS1]",
        "补充一张照片，麻烦尽快处理。",
        "------------------ 原始邮件",
    ),
    "qq_html_reply": Expected(
        "陈", "chen@qq.example", "回复：换货", "门店说不给换，请贵司协调。", "------------------ 原始邮件"
    ),
    "netease_163_webmail": Expected(
        "李建国",
        "lijg_1975@163.example",
        "收银多收了我钱",
        "贵超市解放路店标价19.9元的洗衣液，收银按29.9元收，小票在附件。\n请退还差价10元。",
    ),
    "netease_163_reply": Expected(
        "李建国", "lijg_1975@163.example", "Re:收银多收了我钱", "还没有人联系我。", "在 2026-11-20 12:00:00，"
    ),
    "netease_163_plain_quote": Expected(
        "赵敏", "zhaomin@126.example", "Re:Re:退货", "请问退款什么时候到账？", "At 2026-11-19"
    ),
    "foxmail_reply_with_photo": Expected(
        "孙丽",
        "sunli@company.example",
        "回复: 鞋子开胶",
        "照片见下，穿了三天就开胶了。\n\n孙丽",
        "发件人： 惠民客服",
        ("IMG_2031.jpg",),
    ),
    "outlook_zh_reply": Expected(
        "周强",
        "zhouqiang@outlook.example",
        "答复: 关于会员积分",
        "积分还是没有到账，已经第三次反映了。",
        "获取 Outlook for iOS",
    ),
    "outlook_en_reply": Expected(
        "Brown, Alice",
        "alice.brown@corp.example",
        "RE: Missing items in delivery",
        "Two of the six bottles were missing again. I want a refund for both.\n\nAlice",
        "From: Customer Service",
        (),
        "en",
    ),
    "outlook_zh_hant_reply": Expected(
        "林怡君",
        "yichun.lin@mail.example.tw",
        "回覆: 商品瑕疵",
        "您好，換來的水壺還是會漏水，請直接退款給我。\n\n林怡君",
        "寄件者: 惠民客服",
        (),
        "zh-Hant",
    ),
    "big5_webmail": Expected(
        "陳大文",
        "david.chan@mail.example.hk",
        "投訴：食物過期",
        "昨天在貴公司旺角分店買的麵包已經過期三天，小朋友吃了肚子痛。\n請盡快聯絡我，電話 91234567。",
        language="zh-Hant",
    ),
    "apple_mail_photo_between_texts": Expected(
        "何静",
        "hejing@icloud.example",
        "快递破损",
        "收到的快递外箱破了：\n\n里面的杯子碎了两个，请补发。",
        "发自我的iPhone",
        ("IMG_0042.jpeg",),
    ),
    "apple_mail_alternative_mixed": Expected(
        "Grace Wu",
        "grace.wu@icloud.example",
        "Receipt and complaint",
        "The blender stopped after one day. Receipt attached.",
        "> On 19 Nov 2026",
        ("receipt.pdf",),
        "en",
    ),
    "gmail_reply": Expected(
        "Tom Green",
        "tom.green@gmail.example",
        "Re: Your complaint",
        "It happened again today, the driver left the parcel in the rain.",
        "-- \nTom Green",
        (),
        "en",
    ),
    "gmail_html_only_inline_image": Expected(
        "Mei Ling",
        "mei@gmail.example",
        "發霉的麵包",
        "麵包發霉了，請看照片：",
        "客服 <s@x.example> 於 2026年11月19日",
        ("bread.png",),
        "zh-Hant",
    ),
    "thunderbird_interleaved_flowed": Expected(
        "Hans Weber",
        "hans@weber.example",
        "Re: [service] order 4711",
        "The blue kettle. It leaks at the handle.\nOn November 2nd in the Zhongshan Road store.",
        "-- \nHans\n\nAm 19.11.26 um 18:00 schrieb Customer Service:\n> Which article is broken?",
        (),
        "en",
    ),
    "thunderbird_gb18030_attachment_names": Expected(
        "钱伟",
        "qianwei@firm.example",
        "发票和照片",
        "附件是发票和照片，请核实镕记烤鸭的价格。",
        None,
        ("发票.pdf", "照片.png", "小票.jpg"),
    ),
    "alimail_reply": Expected(
        "吴芳", "wufang@corp.example", "回复：空调安装收费", "师傅上门又要收200元材料费，与宣传不符。", "--------"
    ),
    "hz_charset": Expected(None, "laozhang@old.example", "complaint", "我要投诉贵店的服务态度，店员骂人。"),
    "raw_gbk_headers_and_body": Expected(
        "黄先生", "huang@old.example", "投诉：羽绒服掉色", "洗了一次就掉色，把其他衣服也染了。"
    ),
    "smtputf8_headers": Expected("刘洋", "用户@xn--fsqu00a.xn--fiqs8s", "发票开错抬头", "抬头应为个人，请重开。"),
    "subject_split_inside_a_character": Expected(
        "徐丽", "xuli@sina.example", "关于贵公司网上商城延迟发货且拒绝退款的投诉", "下单十天没有发货，客服也不理。"
    ),
    "plain_part_says_view_in_html": Expected(
        "Shop App",
        "anna@app.example",
        "Feedback",
        "The cashier was rude to my mother.\n\nStore Renmin Road\nTime 18:30",
        language="en",
    ),
    "image_only": Expected("罗敏", "luomin@139.example", None, "", None, ("20261120.jpg",), None),
    "forwarded_as_attachment": Expected(
        "郑凯",
        "zhengkai@qq.example",
        "转发：冰箱不制冷",
        "请总部处理，谢谢。\n\n上周买的冰箱不制冷，食物全坏了，要求换新。",
        None,
        ("fridge.eml", "fridge.png"),
    ),
    "forwarded_inline_only": Expected(
        "蒋华",
        "jianghua@qq.example",
        "Fw: 商场停车被刮",
        '------------------ 原始邮件 ------------------\n发件人: "蒋华" <jianghua@qq.example>;\n'
        '发送时间: 2026年11月18日(星期三) 上午9:00\n收件人: "物业"<estate@mall.example>;\n主题: 商场停车被刮\n\n'
        "我的车在贵商场地下二层被刮，监控一直没给看。",
    ),
    "several_from_addresses": Expected(
        "Zhang, San", "a@pair.example", "Two of us complain", "The escalator has been broken for weeks.", language="en"
    ),
    "from_unusable_reply_to_used": Expected("匿名顾客", "guest77@app.example", "卫生间太脏", "三楼卫生间没有人打扫。"),
    "quoted_local_part": Expected(
        'O\'Neil "Bob"', '"bob..o neil"@odd.example', "Wrong price", "Shelf price 9.90, charged 12.90.", language="en"
    ),
    "winmail_dat": Expected("高明", "gaoming@exch.example", "保修", "保修期内拒绝维修。", None, ("保修卡.jpg",)),
    "smime_signed_plus_address": Expected(
        "Eva Stone",
        "eva@stone.example",
        "Follow-up",
        "Here is the missing batch number: L2026A17.",
        None,
        ("smime.p7s",),
        "en",
    ),
    "utf8_labelled_as_gb2312": Expected(
        "冯磊", "fenglei@mix.example", "标签不对", "这封信其实是UTF-8编码，却写着gb2312。"
    ),
    "calendar_invitation": Expected(
        "Nina Park",
        "nina@cal.example",
        "Invitation: talk about my refund",
        "Can we talk about my refund on Monday?",
        None,
        ("calendar.ics",),
        "en",
    ),
}


@pytest.mark.parametrize("name", ORDINARY)
def test_an_ordinary_mail_is_read_as_its_writer_meant_it(name: str) -> None:
    expected = ORDINARY[name]

    read = complaint(sample(f"ordinary/{name}"))

    assert read.sender is not None
    assert (read.sender.name, read.sender.emails[0]) == (expected.name, expected.email)
    assert (read.subject, read.text, read.language) == (expected.subject, expected.text, expected.language)
    assert (read.quoted_text or "").strip().startswith(expected.quoted or "")
    assert (read.quoted_text is None) == (expected.quoted is None)
    assert tuple(one.name for one in read.attachments) == expected.attached
    assert not read.automatic.is_automatic
    assert read.reply_to is not None


def test_every_ordinary_sample_is_expected_to_say_something() -> None:
    assert {path.stem for path in (SAMPLES / "ordinary").glob("*.eml")} == set(ORDINARY)


def test_the_date_header_is_a_claim_and_internaldate_the_receipt() -> None:
    read = complaint(sample("ordinary/qq_webmail"))

    assert read.sent_at is not None
    assert read.sent_at < read.received_at
    assert read.received_at_source == "internaldate"


def test_a_reply_names_its_thread_and_the_case_token() -> None:
    read = complaint(sample("ordinary/qq_reply_with_separator"))

    assert read.thread.in_reply_to == "<complaint.0f8b7d2e-5c1a-5b43-9a50-0d8f6b1f2a11@huimin-market.example>"
    assert read.thread.references[0] == "<tencent_3F2A1B0C9D8E7F60@qq.example>"
    assert read.thread.token == "CT-7K0AB3CD4EF5GH6JK7MN8PQ9RS1"
    assert read.thread.message_id == "<tencent_77AA@qq.example>"
    assert read.thread.recipients == ("service@huimin-market.example",)


def test_a_case_token_in_a_plus_address_is_found() -> None:
    read = complaint(sample("ordinary/smime_signed_plus_address"))

    assert read.thread.token == "CT-7K0AB3CD4EF5GH6JK7MN8PQ9RS1"
    assert read.thread.recipients == ("service@huimin-market.example",)


def test_an_inline_image_is_evidence_with_its_content_id() -> None:
    [image] = complaint(sample("ordinary/gmail_html_only_inline_image")).attachments

    assert (image.content_id, image.media_type, image.state) == ("ii_1", "image/png", "pending")
    assert files(sample("ordinary/gmail_html_only_inline_image"))["bread.png"].startswith(b"\x89PNG")


def test_a_forwarded_message_is_its_writers_complaint_and_names_who_forwarded_it() -> None:
    read = complaint(sample("ordinary/forwarded_as_attachment"))

    assert (read.submitted_by.role, read.submitted_by.identifier) == ("forwarder", "clerk021@partner.example")
    assert read.sender is not None
    assert set(read.sender.proofs.values()) == {Proof.NONE}
    assert read.reply_to == "clerk021@partner.example"


def test_dmarc_of_our_own_server_proves_the_address() -> None:
    read = complaint(sample("ordinary/gmail_reply"))

    assert read.sender is not None
    assert read.sender.proofs == {"tom.green@gmail.example": Proof.CHANNEL}
    assert read.authentication["dmarc"] == "pass"


def test_several_writers_are_all_kept_and_none_is_proven() -> None:
    read = complaint(sample("ordinary/several_from_addresses"))

    assert read.sender is not None
    assert read.sender.emails == ("a@pair.example", "b@pair.example")
    assert read.reply_to == "home@pair.example"


def test_a_repaired_reading_says_so() -> None:
    warned: Complaint = complaint(sample("ordinary/from_unusable_reply_to_used"))

    assert warned.warnings == ("sender_from_reply_to",)
