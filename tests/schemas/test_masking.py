"""No personal data gets through masking, however it is written; what departments need does."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import luhn
from stdnum.iso7064 import mod_11_2

from schemas.complaint import MAX_TEXT_CHARS
from schemas.masking import find_personal, mask, mask_order_number, mask_text

AROUND = st.sampled_from(
    [
        "",
        "我的",
        "请打",
        "，",
        "。",
        "（",
        "）",
        " ",
        "\n",
        "tel:",
        "谢谢",
        "牛奶坏了，",
        "电话",
        "！",
        "“",
        "、",
        "是",
        "/",
    ]
)
GAPS = ["", " ", "-", " - ", "\u200b", "\u3000"]
FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")
SPOKEN = str.maketrans("0123456789", "零幺二三四五六七八九")
WRITTEN = str.maketrans("0123456789", "〇一二三四五六七八九")
CIRCLED = str.maketrans("0123456789", "⓪①②③④⑤⑥⑦⑧⑨")
DIGITS = st.sampled_from([None, FULL_WIDTH, SPOKEN, WRITTEN, CIRCLED])


def spelled(digits: str, table: dict[int, int] | None) -> str:
    return digits if table is None else digits.translate(table)


@st.composite
def mobile(draw: st.DrawFn) -> tuple[str, str]:
    number = (
        "1"
        + draw(st.sampled_from("3456789"))
        + "".join(draw(st.lists(st.sampled_from("0123456789"), min_size=9, max_size=9)))
    )
    gap = draw(st.sampled_from(GAPS))
    prefix = draw(st.sampled_from(["", "+86", "+86 ", "0086", "86-", "(+86)", "（86）"]))
    groups = draw(st.sampled_from([(3, 4, 4), (4, 3, 4), (11,), (3, 8), (1,) * 11, (5, 6)]))
    parts, position = [], 0
    for size in groups:
        parts.append(number[position : position + size])
        position += size
    return number, prefix + spelled(gap.join(parts), draw(DIGITS))


@st.composite
def id_number(draw: st.DrawFn) -> tuple[str, str]:
    body = (
        draw(st.sampled_from(["110101", "310115", "440305", "510104", "650102"]))
        + draw(st.dates(min_value=date(1930, 1, 1), max_value=date(2014, 1, 1))).strftime("%Y%m%d")
        + f"{draw(st.integers(0, 999)):03}"
    )
    number = body + str(mod_11_2.calc_check_digit(body))
    gap = draw(st.sampled_from(["", " ", "-"]))
    shape = gap.join((number[:6], number[6:14], number[14:]))
    return number, draw(st.sampled_from([shape, shape.lower(), shape.translate(FULL_WIDTH)]))


@st.composite
def card(draw: st.DrawFn) -> tuple[str, str]:
    body = draw(st.sampled_from(["622202", "621700", "436742", "552033", "955880"])) + "".join(
        draw(st.lists(st.sampled_from("0123456789"), min_size=9, max_size=12))
    )
    number = body + luhn.calc_check_digit(body)
    gap = draw(st.sampled_from(["", " ", "-"]))
    shape = gap.join(number[i : i + 4] for i in range(0, len(number), 4))
    return number, spelled(shape, draw(st.sampled_from([None, FULL_WIDTH])))


def only_digits(text: str) -> str:
    return "".join(char for char in text if char.isalnum())


@given(AROUND, st.one_of(mobile(), id_number(), card()), AROUND)
def test_no_planted_number_survives_in_any_spelling(before: str, planted: tuple[str, str], after: str) -> None:
    number, written = planted

    shown = mask_text(before + written + after)

    assert written not in shown
    assert number not in only_digits(shown)
    assert find_personal(shown) == []


@st.composite
def address(draw: st.DrawFn) -> tuple[str, str]:
    """An address and the part of it that must go."""
    place = draw(st.sampled_from(["上海市浦东新区", "北京市朝阳区", "广东省广州市天河区", "台北市信義區", ""]))
    street = draw(st.sampled_from(["祖冲之路", "建国门外大街", "文三路", "松高路", "彌敦道", "和平里"]))
    number = draw(st.integers(1, 2999))
    house = draw(st.sampled_from(["号", "弄", "號", "巷"]))
    rest = draw(st.sampled_from(["", "5号楼302室", "3栋2单元501", "12樓B室", " 7 幢 1 单元"]))
    secret = f"{street}{number}{house}{rest}"
    return secret, place + secret


@st.composite
def email(draw: st.DrawFn) -> tuple[str, str]:
    local = draw(st.text("abcdefghijklmnopqrstuvwxyz0123456789", min_size=3, max_size=12))
    domain = draw(st.sampled_from(["qq.com", "163.com", "example.com.cn", "mail.example.org"]))
    plain = f"{local}@{domain}"
    shapes = [
        plain,
        plain.upper(),
        f"{local} @ {domain}",
        f"{local}＠{domain}",
        f"{local}(at){domain}",
        f"{local}艾特{domain}",
    ]
    return local, draw(st.sampled_from(shapes))


@given(
    st.sampled_from(["", "寄到", "我住", "，", "地址：", " "]),
    address(),
    st.sampled_from(["", "。", "，谢谢", " ", "\n"]),
)
def test_no_planted_address_survives(before: str, planted: tuple[str, str], after: str) -> None:
    secret, written = planted

    shown = mask_text(before + written + after)

    assert secret[-6:] not in shown
    assert secret[:5] not in shown


@given(st.sampled_from(["", "邮箱", "，", "mail: ", "（"]), email(), st.sampled_from(["", "。", "谢谢", " ", ")"]))
def test_no_planted_email_survives(before: str, planted: tuple[str, str], after: str) -> None:
    local, written = planted

    shown = mask_text(before + written + after)

    assert local not in shown.lower()


@given(st.text(max_size=80), st.lists(st.text(max_size=12), max_size=3))
def test_masking_again_changes_nothing(text: str, known: list[str]) -> None:
    once = mask_text(text, known)

    assert mask_text(once, known) == once


@pytest.mark.parametrize(
    "text",
    [
        "订单号：4111111111111111 还没到",
        "订单编号 2026112200001234567，同一单 2026112200001234567 退款",
        "快递单号SF1234567890123",
        "运单 YT6222021234567890128",
        "批号 L20261101A，生产日期2026-11-01，保质期2026/12/01",
        "花了1299元，￥12,345.00，一万二，退一赔十",
        "2026年11月22日 10:20 买的",
        "买了15箱 2026-11-22 3件",
        "登记编号 3101152026112200012345678",
        "3号收银台，5楼生鲜区，12号买的，一号店，2楼超市",
        "中山路店和人民广场店的服务员",
        "打了12315，95588 也打了",
        "您的编号 7K3M-9QWX-2A4B-1",
        "wechat payment failed, 微信支付失败",
        "附件 0b5b2e6c-0e5b-4b43-9a50-138001380000",
        "条码 6901234567892",
        "I waited 3 days on the road to get 2 boxes",
    ],
)
def test_what_departments_need_survives(text: str) -> None:
    assert mask_text(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("电话13800138000。", "电话138****8000。"),
        ("座机 0571-87654321转123", "座机 057****1123"),
        ("电话 87654321", "电话 87****21"),
        ("Call me at 9123 4567", "Call me at 91****67"),
        ("+852 9123 4567", "852****4567"),
        ("身份證 110101199003074477", "身份證 1****************7"),
        ("护照 E12345678", "护照 E*******8"),
        ("卡号6222 0212 3456 7890 123", "卡号***************0123"),
        ("邮箱zhang.san@qq.com你好", "邮箱z***@qq.com你好"),
        ("zhangsan 艾特 qq 点 com", "z***@qq.com"),
        ("zhangsan (at) example (dot) com", "z***@example.com"),
        ("上海市浦东新区张江镇祖冲之路123弄4号501室", "上海市浦东新区***"),
        ("北京市朝阳区建国路88号SOHO现代城A座1201", "北京市朝阳区***"),
        ("住在幸福小区3栋2单元501，漏水", "住在***，漏水"),
        ("台北市信義區松高路12巷3號5樓", "台北市信義區***"),
        ("河南省南阳市唐河县城郊乡王庄村3组", "河南省南阳市唐河县***"),
        ("地址：广东省深圳市南山区科技园", "地址：广东省深圳市南山区***"),
        ("Room 501, Building 3, No. 88 Nanjing Road, Shanghai", "***, Shanghai"),
        ("I live at 221B Baker Street, London", "I live at ***, London"),
        ("微信号：zhangsan_88", "微信号：***"),
        ("加我QQ 123456789", "加我QQ ***"),
        ("联系人：王小明，我叫李雷。", "联系人：王**，我叫李*。"),
    ],
)
def test_personal_data_is_cut_to_what_may_be_seen(text: str, shown: str) -> None:
    assert mask_text(text) == shown
    assert find_personal(shown) == []


@pytest.mark.parametrize(
    ("text", "known", "shown"),
    [
        ("张三说，張三和张 三", "张三", "张*说，张*和张*"),
        ("Regards, John  Smith", "John Smith", "Regards, J***"),
        ("me: ZhangSan88 and zhangsan88@qq.com", "zhangsan88@qq.com", "me: z*** and z***@qq.com"),
        ("分机8812345，八八一二三四五", "8812345", "分机88****45，88****45"),
        ("寄到科技园南一栋B座那里", "深圳市南山区科技园南一栋B座", "寄到***那里"),
        ("顾客服务很差", "顾客", "顾客服务很差"),
    ],
)
def test_the_senders_own_values_go_wherever_they_stand(text: str, known: str, shown: str) -> None:
    assert mask_text(text, [known]) == shown


def test_full_width_name_of_the_sender_is_found() -> None:
    assert mask_text("ＪｏｈｎＳｍｉｔｈ敬上", ["John Smith"]) == "J***敬上"


def test_long_number_in_an_order_field_is_no_card() -> None:
    assert mask_order_number("4111111111111111") == "4111111111111111"
    assert mask_order_number("13800138000") == "138****8000"


def test_span_of_a_masked_text_points_to_the_same_words_or_nowhere() -> None:
    text = "电话13800138000，牛奶过期了，邮箱zhang@qq.com"
    masked = mask(text)
    start = text.index("牛奶")

    moved = masked.span(start, start + 4)

    assert moved is not None
    assert masked.text[slice(*moved)] == "牛奶过期"
    assert masked.span(2, 5) is None


def test_the_longest_text_full_of_phones_is_masked_to_its_end() -> None:
    text = "13800138000," * (MAX_TEXT_CHARS // 12)

    assert mask_text(text) == "138****8000," * (MAX_TEXT_CHARS // 12)


def test_overlapping_findings_hide_every_part_once() -> None:
    known = ("13800138000", "zhang.san@example.com", "张三丰")
    text = "张三丰13800138000zhang.san@example.com张三丰 13800138000"

    assert find_personal(mask_text(text, known), known) == []


def test_a_name_that_begins_with_an_at_sign_is_a_name_and_not_an_address() -> None:
    once = mask_text("@张三丰 说要投诉，张三丰已等了三天", ["@张三丰"])

    assert "张三丰" not in once
    assert mask_text(once, ["@张三丰"]) == once
    assert mask_text("@", ["@"]) == "@"


def test_the_key_of_a_complaints_page_is_masked_wherever_our_message_is_quoted() -> None:
    link = "https://c.example.com/track/ETNV-X5SQ-JG01-G#k="

    assert mask_text(f"> 查看进展：{link}W7aB3_-xYz0123456789AbCd 谢谢") == f"> 查看进展：{link}*** 谢谢"
    assert mask_text("#k=short") == "#k=short"
