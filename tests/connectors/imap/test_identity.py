"""Which mails are the same complaint and which are not."""

from schemas.inbound import SuspendedItem
from tests.connectors.imap.reading import complaint, mail, parsed, sample

FIRST = mail(body="Milk is off.")


def test_the_same_mail_again_is_the_same_complaint() -> None:
    again = complaint(FIRST, uid="99", uidvalidity="2")

    assert complaint(FIRST).complaint_id == again.complaint_id


def test_the_same_message_id_with_another_body_is_another_complaint() -> None:
    other = complaint(mail(body="Bread is off."))

    assert other.complaint_id != complaint(FIRST).complaint_id
    assert other.thread.message_id == complaint(FIRST).thread.message_id


def test_the_same_mail_in_two_mailboxes_is_two_complaints_with_one_message_id() -> None:
    one, two = complaint(FIRST, account="service"), complaint(FIRST, account="vip")

    assert one.complaint_id != two.complaint_id
    assert one.thread.message_id == two.thread.message_id


def test_headers_added_on_the_way_do_not_make_another_complaint() -> None:
    travelled = b"Received: from x by y; Fri, 20 Nov 2026 10:00:00 +0800\r\nX-Spam-Score: 0\r\n" + FIRST

    assert complaint(travelled).complaint_id == complaint(FIRST).complaint_id


def test_line_ends_changed_on_the_way_do_not_make_another_complaint() -> None:
    unix = sample("ordinary/qq_webmail").replace(b"\r\n", b"\n") + b"\n"

    assert complaint(unix).complaint_id == complaint(sample("ordinary/qq_webmail")).complaint_id


def test_without_a_message_id_the_content_identifies() -> None:
    one = b"From: a@b.example\r\nDate: Fri, 20 Nov 2026 10:00:00 +0800\r\n\r\nMilk is off."

    assert complaint(one).source_id == complaint(one).source_id
    assert complaint(one).complaint_id != complaint(one.replace(b"10:00", b"10:01")).complaint_id
    assert complaint(one).complaint_id != complaint(one.replace(b"a@b", b"c@b")).complaint_id


def test_the_source_id_is_the_raw_message_id() -> None:
    assert complaint(FIRST).source_id == "<m1@b.example>"


def test_an_empty_mail_is_suspended_with_its_identity_and_where_to_answer() -> None:
    item = parsed(b"From: a@b.example\r\nMessage-ID: <e@b.example>\r\n\r\n")

    assert isinstance(item, SuspendedItem)
    assert (item.source_id, item.reply_to, item.is_automatic) == ("<e@b.example>", "a@b.example", False)


def test_attachment_ids_belong_to_one_complaint_and_are_stable() -> None:
    body = sample("ordinary/thunderbird_gb18030_attachment_names")
    here, there = complaint(body), complaint(body, account="vip")

    assert [one.attachment_id for one in here.attachments] == [one.attachment_id for one in complaint(body).attachments]
    assert not {one.attachment_id for one in here.attachments} & {one.attachment_id for one in there.attachments}
