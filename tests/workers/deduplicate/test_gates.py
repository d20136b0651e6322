"""The exact gates, one promise each, on a real database."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from schemas.complaint import Automatic, Complaint, Referral, Sender, Stated
from schemas.identity import first_case_id, outbox_id, outgoing_message_id
from schemas.tokens import sign_case
from tests.workers.deduplicate.pieces import STAGE, emitted
from tests.workers.pieces import NOON, TOKEN_KEYS, complaint, decide, incoming, mail, rows
from workers.deduplicate.stage import Placed

pytestmark = pytest.mark.services
ORDER = Stated(order_no="JD-2026 1102 0001")
LI = Sender(emails=("li@customers.example",))
WU = Sender(emails=("wu@customers.example",))


async def placed(engine: AsyncEngine, *records: Complaint) -> list[Placed]:
    """Decide each record in a batch of its own."""
    return [(await decide(engine, STAGE, record))[0] for record in records]


async def test_a_complaint_with_nothing_in_common_opens_the_case_that_its_id_names(engine: AsyncEngine) -> None:
    first, second = complaint(sender=LI), complaint(sender=WU)

    one, two = await placed(engine, first, second)

    assert (one.verdict, one.case_id, one.case_seq) == ("new", first_case_id(first.complaint_id), 1)
    assert (two.verdict, two.case_id, two.case_seq) == ("new", first_case_id(second.complaint_id), 1)


async def test_the_same_mail_in_two_mailboxes_is_one_case_with_two_members(engine: AsyncEngine) -> None:
    first = mail("a@x")
    second = mail("a@x", account="complaints")

    one, two = await placed(engine, first, second)

    assert (two.verdict, two.of, two.case_id, two.case_seq) == ("duplicate", first.complaint_id, one.case_id, 2)
    assert two.evidence[0].rule == "same-mail-other-mailbox"


async def test_the_same_message_id_with_another_body_is_suspected_and_never_merged(engine: AsyncEngine) -> None:
    first, second = mail("a@x", text="牛奶过期了"), mail("a@x", text="快递没有到")
    other_mailbox = mail("a@x", text="收银员骂人", account="complaints")

    one, two, three = await placed(engine, first, second, other_mailbox)

    assert (two.verdict, two.of) == ("suspected", first.complaint_id)
    assert three.verdict not in {"duplicate", "follow_up"}
    assert len({one.case_id, two.case_id, three.case_id}) == 3


async def test_the_same_idempotency_key_is_suspected_for_one_client_and_nothing_for_another(
    engine: AsyncEngine,
) -> None:
    first = complaint("client-a:key-1", text="牛奶过期了")
    other_body = complaint("client-a:key-1", text="快递没有到")
    other_client = complaint("client-b:key-1", text="牛奶过期了")

    _, two, three = await placed(engine, first, other_body, other_client)

    assert (two.verdict, two.evidence[0].rule) == ("suspected", "same-source-id-other-content")
    assert three.verdict == "new"


@pytest.mark.parametrize("case_was_known", [True, False])
async def test_a_reply_to_our_acknowledgement_joins_the_case_from_any_address(
    engine: AsyncEngine, case_was_known: bool
) -> None:
    root, first = mail("root@x"), mail("a@x", thread={"in_reply_to": "<root@x>"})
    case = first_case_id((root if case_was_known else first).complaint_id)
    ours = outgoing_message_id(outbox_id(case, "acknowledgement", str(first.complaint_id)), "support.example")
    answer = mail("b@x", "wife@customers.example", thread={"references": ("<zz@x>", ours)})

    _, joined, two = await placed(engine, root, first, answer)

    assert (two.verdict, two.of, two.case_id) == ("follow_up", first.complaint_id, joined.case_id)


async def test_a_genuine_case_token_joins_and_a_forged_one_does_not(engine: AsyncEngine) -> None:
    first = complaint()
    genuine = mail("b@x", thread={"token": sign_case(TOKEN_KEYS, first.tracking_number)})
    forged = mail(
        "c@x", "other@elsewhere.example", thread={"token": sign_case(TOKEN_KEYS, first.tracking_number)[:-1] + "!"}
    )

    one, two, three = await placed(engine, first, genuine, forged)

    assert (two.verdict, two.case_id, two.evidence[0].rule) == ("follow_up", one.case_id, "case-token")
    assert (three.verdict, three.case_id == one.case_id) == ("new", False)


async def test_the_same_thread_joins_for_its_sender_and_is_suspected_for_a_stranger(engine: AsyncEngine) -> None:
    first = mail("a@x")
    own = mail("b@x", thread={"in_reply_to": "<a@x>"})
    stranger = mail("c@x", "other@elsewhere.example", thread={"references": ("<a@x>", "<b@x>")})

    one, two, three = await placed(engine, first, own, stranger)

    assert (two.verdict, two.case_id, two.case_seq) == ("follow_up", one.case_id, 2)
    assert (three.verdict, three.of, three.case_id == one.case_id) == ("suspected", first.complaint_id, False)


async def test_the_same_order_of_the_same_sender_is_a_duplicate_within_45_days(engine: AsyncEngine) -> None:
    first = complaint(sender=LI, stated=ORDER)
    by_mail = mail("a@x", after=timedelta(days=44), text="我的订单号：jd202611020001，还是没有退款")
    too_late = mail("b@x", after=timedelta(days=90), text="我的订单号：jd202611020001，还是没有退款!")

    one, two, three = await placed(engine, first, by_mail, too_late)

    assert (two.verdict, two.case_id) == ("duplicate", one.case_id)
    start, end = two.evidence[0].start, two.evidence[0].end
    assert by_mail.text[start:end] == "jd202611020001"
    assert (three.verdict, three.repeat_count, three.case_id == one.case_id) == ("repeat", 2, False)


async def test_the_same_order_of_a_stranger_or_with_other_facts_is_a_question_for_a_person(engine: AsyncEngine) -> None:
    first = complaint(sender=LI, stated=Stated(order_no="A12345678", product="牛奶"))
    stranger = complaint(sender=WU, stated=Stated(order_no="A12345678"))
    nobody = complaint(stated=Stated(order_no="A12345678"))
    other_product = complaint(sender=LI, stated=Stated(order_no="A12345678", product="面包"))

    one, two, three, four = await placed(engine, first, nobody, stranger, other_product)

    assert (two.verdict, two.case_id, two.disclosable) == ("duplicate", one.case_id, False)
    assert (three.verdict, three.case_id == one.case_id, three.disclosable) == ("suspected", False, False)
    assert (four.verdict, four.of) == ("suspected", first.complaint_id)
    assert [one.rule for one in four.evidence] == ["same-order-same-sender", "stated-differently"]


async def test_a_referral_is_never_merged_and_nothing_is_merged_into_it(engine: AsyncEngine) -> None:
    first = complaint(sender=LI, stated=ORDER)
    referral = complaint(sender=LI, stated=ORDER, referral=Referral(number="1", kind="complaint"))
    report = complaint(sender=LI, stated=ORDER, referral=Referral(number="2", kind="report"))
    only_referral = complaint(
        sender=LI, stated=Stated(order_no="B87654321"), referral=Referral(number="3", kind="complaint")
    )
    customer = complaint(sender=LI, stated=Stated(order_no="B87654321"))

    _, two, three, _, five = await placed(engine, first, referral, report, only_referral, customer)

    assert (two.verdict, two.case_id) == ("suspected", first_case_id(referral.complaint_id))
    assert three.verdict == "new"
    assert (five.verdict, five.case_id) == ("suspected", first_case_id(customer.complaint_id))


async def test_automatic_mail_joins_but_no_complaint_ends_in_the_case_of_a_machine(engine: AsyncEngine) -> None:
    machine = Automatic(is_automatic=True, kind="auto-reply")
    first = mail("a@x")
    out_of_office = mail("b@x", thread={"in_reply_to": "<a@x>"}, automatic=machine)
    newsletter = mail("c@x", "list@y.example", automatic=machine)
    person = mail("d@x", "list@y.example", thread={"in_reply_to": "<c@x>"})

    one, two, three, four = await placed(engine, first, out_of_office, newsletter, person)

    assert (two.verdict, two.case_id) == ("follow_up", one.case_id)
    assert (three.verdict, four.verdict) == ("new", "new")


async def test_a_bounce_of_our_acknowledgement_joins_the_case_it_is_about(engine: AsyncEngine) -> None:
    first = mail("a@x")
    ours = outbox_id(first_case_id(first.complaint_id), "acknowledgement", str(first.complaint_id))
    bounce = mail(
        "b@x",
        "mailer-daemon@mx.example",
        automatic=Automatic(is_automatic=True, kind="bounce", about_message_id=outgoing_message_id(ours, "us.example")),
    )

    one, two = await placed(engine, first, bounce)

    assert (two.verdict, two.case_id) == ("follow_up", one.case_id)


async def test_our_own_acknowledgement_that_comes_back_joins_its_case(engine: AsyncEngine) -> None:
    first = mail("a@x")
    ours = outbox_id(first_case_id(first.complaint_id), "acknowledgement", str(first.complaint_id))
    back = mail(
        outgoing_message_id(ours, "us.example").strip("<>"),
        "support@us.example",
        automatic=Automatic(is_automatic=True, kind="own"),
    )

    one, two = await placed(engine, first, back)

    assert (two.verdict, two.case_id) == ("follow_up", one.case_id)


async def test_a_revision_keeps_the_place_of_its_complaint_also_within_one_batch(engine: AsyncEngine) -> None:
    first = complaint()
    second, third = (first.model_copy(update={"revision": number}) for number in (2, 3))

    one, two = await decide(engine, STAGE, first, second)
    [three] = await decide(engine, STAGE, third)

    assert {(each.case_id, each.case_seq, each.verdict) for each in (one, two, three)} == {(one.case_id, 1, "new")}


async def test_a_second_complaint_with_a_taken_number_is_processed_and_says_so(engine: AsyncEngine) -> None:
    first = complaint()
    in_same_batch = complaint(tracking_number=first.tracking_number)
    later = complaint(tracking_number=first.tracking_number)

    _, two = await decide(engine, STAGE, first, in_same_batch)
    [three] = await decide(engine, STAGE, later)

    assert [two.evidence[-1].rule, three.evidence[-1].rule] == ["tracking-number-taken"] * 2
    assert len({two.case_id, three.case_id}) == 2


async def test_what_is_written_is_the_complaint_with_its_case_and_nothing_else_changed(engine: AsyncEngine) -> None:
    given = mail("a@x", later_field="kept")

    [decision] = await decide(engine, STAGE, given)
    record = emitted(given, decision)

    assert record.link.verdict == "new"
    assert record.model_dump(exclude={"case_id", "case_seq", "link"}) == given.model_dump()


async def test_decisions_and_tables_hold_no_identifier_of_a_person(engine: AsyncEngine) -> None:
    given = complaint(sender=Sender(name="李娜", phones=("+8613800138000",), emails=("li@x.cn",)), stated=ORDER)

    [decision] = await decide(engine, STAGE, given)

    tables = [str(await rows(engine, f"SELECT * FROM {table}")) for table in ("cases", "case_members", "link_keys")]  # noqa: S608
    stored = "".join((*tables, decision.model_dump_json(), *STAGE.keys(incoming(given))))
    assert not any(word in stored for word in ("李娜", "13800138000", "li@x.cn", "20261102"))


def said(source_id: str, minutes: int, openid: str = "o-1", **fields: Any) -> Complaint:
    """A chat message of a person so many minutes after the first."""
    at = NOON + timedelta(minutes=minutes)
    basis: dict[str, Any] = {"channel": "wechat", "entry": "chat", "account": "shop"}
    return complaint(source_id, received_at=at, sender=Sender(openid=openid), **basis | fields)


async def test_a_burst_of_messages_from_one_person_is_one_case_as_long_as_no_pause_is_too_long(
    engine: AsyncEngine,
) -> None:
    burst = [said("1", 0), said("2", 1), said("3", 25), said("4", 50)]
    later, somebody, elsewhere = said("5", 81), said("6", 2, openid="o-2"), said("7", 2, account="other")

    one, two, three, four, five, six, seven = await placed(engine, *burst, later, somebody, elsewhere)

    assert {two.case_id, three.case_id, four.case_id} == {one.case_id}
    assert (four.verdict, four.of, four.case_seq) == ("follow_up", burst[2].complaint_id, 4)
    assert four.evidence[0].rule == "same-conversation"
    assert [five.verdict, six.verdict, seven.verdict] == ["new", "new", "new"]


async def test_a_sealed_report_finds_nobody_and_is_found_by_nobody(engine: AsyncEngine) -> None:
    report = said("r", 0, sealed=True, stated=ORDER)
    same_person = said("c", 1, stated=ORDER)

    one, two = await placed(engine, report, same_person)

    assert [one.verdict, two.verdict] == ["new", "new"]
    assert one.evidence == two.evidence == ()
