"""Forms, letters and mails of authorities."""

import io
import zipfile
from email.message import EmailMessage

import pytest
from pypdf import PdfReader, PdfWriter

from connectors.regulator_12315 import is_from_authority
from schemas.errors import PayloadRejected, Reason
from schemas.inbound import ParsedComplaint
from tests.connectors.regulator_12315.sheets import NUMBER, complaints, form, read, row, suspended, xlsx

FORM = (
    ("登记单位", "某区市场监督管理局", "编号", NUMBER, ""),
    ("投诉人", "姓名", "张三丰", "联系电话", "13800001234"),
    ("投诉人", "证件类型", "身份证", "联系地址", "杭州市西湖区文三路90号"),
    ("被投诉人", "名称", "某超市有限公司", "联系电话", "0571-88880000"),
    ("被投诉人", "地址", "杭州市西湖区天目山路1号", "联系人", "李经理"),
    ("消费者权益争议事实依据", "2026年11月18日在该店购买的牛奶已过期。", "", "", ""),
    ("投诉请求", "□修理 □更换 ☑退货 ☑赔偿损失", "", "", ""),
)


def pdf(*lines: str) -> bytes:
    """A page with these lines of ASCII, as the PDF reference writes them."""
    shown = b"".join(b"(%s) Tj T* " % line.encode() for line in lines)
    stream = b"BT /F1 12 Tf 14 TL 50 700 Td " + shown + b"ET"
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(stream), stream),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    body, places = b"%PDF-1.4\n", []
    for number, one in enumerate(objects, 1):
        places.append(len(body))
        body += b"%d 0 obj%s endobj\n" % (number, one)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    end = b"xref\n0 6\n0000000000 65535 f \n%strailer<</Size 6/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % (
        table,
        len(body),
    )
    return body + end


def mail(text: str, *files: tuple[str, str, bytes]) -> bytes:
    """A mail with files."""
    message = EmailMessage()
    message["From"] = "12315@amr.example.gov.cn"
    message["Subject"] = "投诉转办"
    message.set_content(text)
    for name, media_type, content in files:
        kind, subtype = media_type.split("/")
        message.add_attachment(content, kind, subtype, filename=name)
    return message.as_bytes()


def test_the_official_form_keeps_both_parties_apart() -> None:
    [found] = complaints(read(form(*FORM)))

    assert found.referral is not None
    assert (found.referral.number, found.referral.kind) == (NUMBER, "complaint")
    assert found.referral.respondent == "某超市有限公司"
    assert found.sender is not None
    assert (found.sender.name, found.sender.phones) == ("张三丰", ("+8613800001234",))
    assert found.sender.address == "杭州市西湖区文三路90号"
    assert found.stated.desired_resolution == "退货、赔偿损失"
    assert "牛奶已过期" in found.text


def test_a_form_of_a_report_is_sealed() -> None:
    [found] = complaints(read(form(*FORM, heading="举报登记表")))

    assert found.sealed
    assert "张三丰" not in found.to_json().decode()


def test_a_notice_of_mediation_says_when_and_where() -> None:
    rows = (
        ("编号", NUMBER),
        ("调解时间", "2026年12月3日14时30分"),
        ("调解地点", "三楼调解室"),
        ("问题描述", "牛奶过期"),
    )

    [found] = complaints(read(form(*rows, heading="投诉调解通知书")))

    assert found.referral is not None
    assert found.referral.kind == "mediation_notice"
    assert found.referral.hearing_at is not None
    assert found.referral.hearing_at.isoformat() == "2026-12-03T06:30:00+00:00"
    assert found.referral.hearing_place == "三楼调解室"


def test_a_document_with_a_table_of_rows_is_read_row_by_row() -> None:
    header = ("登记编号", "类型", "投诉人", "问题描述")
    rows = [(f"33010600000002026{index:08}", "投诉", "张三丰", "牛奶过期") for index in range(3)]

    assert len(complaints(read(form(header, *rows, heading="清单")))) == 3


def test_a_letter_as_pdf_is_read_by_its_labels() -> None:
    [found] = complaints(read(pdf(f"number: {NUMBER}", "kind: complaint", "text: the milk was off")))

    assert found.referral is not None
    assert found.referral.number == NUMBER
    assert "the milk was off" in found.text


def test_a_letter_without_labels_is_a_sealed_referral_of_its_words() -> None:
    [found] = complaints(read(pdf("To whom it may concern", "please look into the milk of Nov 18")))

    assert found.sealed
    assert "look into the milk" in found.text


def test_a_scan_says_that_somebody_must_type_it() -> None:
    with pytest.raises(PayloadRejected) as error:
        read(pdf())

    assert error.value.reason is Reason.SCAN_WITHOUT_TEXT


def test_files_with_a_password_say_so() -> None:
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(pdf("number: 1"))))
    writer.encrypt("secret", algorithm="RC4-128")
    locked = io.BytesIO()
    writer.write(locked)
    with pytest.raises(PayloadRejected) as error:
        read(locked.getvalue())

    assert error.value.reason is Reason.ENCRYPTED


def test_a_document_that_declares_entities_is_refused() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as file:
        file.writestr("word/document.xml", '<!DOCTYPE a [<!ENTITY b "cccc">]><a>&b;</a>')
    with pytest.raises(PayloadRejected) as error:
        read(packed.getvalue())

    assert error.value.reason is Reason.UNREADABLE


def test_a_mail_is_read_by_the_files_in_it() -> None:
    found = complaints(read(mail("请查收", ("转办.xlsx", "application/vnd.ms-excel", xlsx(row(1), row(2))))))

    assert len(found) == 2


def test_a_mail_is_known_by_what_a_server_puts_before_it() -> None:
    signed = b"DKIM-Signature: v=1; a=rsa-sha256\r\n" + mail(f"编号：{NUMBER}\n投诉内容：牛奶过期")

    [found] = complaints(read(signed))

    assert found.referral is not None
    assert found.referral.number == NUMBER
    assert "DKIM" not in found.text


def test_a_mail_without_a_file_we_read_is_read_by_its_words_and_keeps_the_file() -> None:
    body = mail(f"编号：{NUMBER}\n投诉人：张三丰\n投诉内容：牛奶过期", ("照片.jpg", "image/jpeg", b"\xff\xd8\xff"))

    [item] = read(body)

    assert isinstance(item, ParsedComplaint)
    assert item.complaint.referral is not None
    assert item.complaint.referral.number == NUMBER
    assert [one.content for one in item.files] == [b"\xff\xd8\xff"]


def test_a_mail_tells_of_a_file_nobody_can_read_and_reads_the_others() -> None:
    items = read(mail("", ("扫描.pdf", "application/pdf", pdf()), ("表.xlsx", "application/x-x", xlsx(row(1)))))

    assert [one.reason for one in suspended(items)] == [Reason.SCAN_WITHOUT_TEXT]
    assert len(complaints(items)) == 1


@pytest.mark.parametrize(
    ("dmarc", "domain", "sender", "expected"),
    [
        ("pass", "amr.hz.gov.cn", "a@amr.hz.gov.cn", True),
        ("pass", "gov.cn", "a@gov.cn", True),
        ("fail", "amr.hz.gov.cn", "a@amr.hz.gov.cn", False),
        ("pass", "evil.example", "a@amr.hz.gov.cn", False),
        ("pass", "evilgov.cn", "a@evilgov.cn", False),
        ("pass", "gov.cn.example", "a@gov.cn.example", False),
        ("pass", "", "", False),
    ],
)
def test_only_a_proven_address_of_an_authority_is_one(dmarc: str, domain: str, sender: str, expected: bool) -> None:
    found = is_from_authority({"dmarc": dmarc, "dmarc_domain": domain}, [sender], ["gov.cn"])

    assert found is expected


def test_two_senders_or_no_verdict_prove_nothing() -> None:
    assert not is_from_authority({"dmarc": "pass", "dmarc_domain": "gov.cn"}, ["a@gov.cn", "b@gov.cn"], ["gov.cn"])
    assert not is_from_authority({}, ["a@gov.cn"], ["gov.cn"])
