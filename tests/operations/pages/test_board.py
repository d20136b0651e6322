"""The board: figures as people read them, only what changed is sent, nothing is shown that was not looked at."""

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest

from operations import figures
from operations.lag.rows import Point, RowState, Trend
from operations.pages.board.live import changes
from operations.pages.board.pieces import Renderer
from operations.pages.board.rows import groups, parts_of_row, points_of, row_id
from operations.pages.board.sparkline import polyline
from operations.pages.render import texts
from operations.saying import Said
from tests.operations.pages.looks import DEPARTMENT, STAGE, WRONG, Looks

VENDOR = Path("operations/pages/static/vendor")


@pytest.mark.parametrize(
    ("seconds", "chinese", "english"),
    [
        (None, "–", "–"),
        (0.4, "0 秒", "0 s"),
        (59, "59 秒", "59 s"),
        (3_725, "1 小时 2 分", "1 h 2 min"),
        (3_600, "1 小时", "1 h"),
        (90_000, "1 天 1 小时", "1 d 1 h"),
    ],
)
def test_an_age_is_told_in_its_two_largest_units(seconds: float | None, chinese: str, english: str) -> None:
    assert (figures.age(seconds, "zh"), figures.age(seconds, "en")) == (chinese, english)


@pytest.mark.parametrize(
    ("per_s", "told"), [(None, "–"), (0, "0"), (2.5, "2.5/s"), (0.5, "30/min"), (0.001, "3.6/h"), (1e-6, "< 1/h")]
)
def test_a_rate_is_told_in_the_unit_that_sees_at_least_one(per_s: float | None, told: str) -> None:
    assert figures.rate(per_s, "en") == told


def test_what_is_not_known_is_a_dash_and_an_upper_bound_says_so() -> None:
    assert (figures.count(None), figures.count(12_500), figures.count(9, exact=False)) == ("–", "12,500", "≤ 9")
    assert figures.trend(None, "zh") == ("", "–")
    assert figures.trend(Trend.FALLING, "zh") == ("↘", "下降")


def test_a_line_needs_two_known_points_and_stays_inside_its_box() -> None:
    looks = Looks()
    known = looks.history("any")

    assert polyline([]) == polyline(known[:1]) == polyline([Point(known[0].at, None, None)] * 3) == ""
    assert polyline(known) == "0,19 48,10 96,1"


def test_a_look_is_rendered_once_for_everybody_who_reads_its_language() -> None:
    renderer = Renderer(Looks().parts())

    assert renderer.pieces("zh-CN") is renderer.pieces("zh-CN")
    assert renderer.pieces("zh-CN") is not renderer.pieces("en")


def test_only_the_rows_that_changed_are_sent() -> None:
    looks = Looks()
    renderer = Renderer(looks.parts())
    before = renderer.pieces("en").everything()

    looks.changed(waiting=7)
    changed = renderer.pieces("en").changed(before)

    assert set(changed) == {"looked", row_id(STAGE.key)}
    assert ">7<" in changed[row_id(STAGE.key)]


def test_a_section_is_sent_whole_when_its_rows_are_others_or_in_another_order() -> None:
    looks = Looks(STAGE, DEPARTMENT)
    renderer = Renderer(looks.parts())
    before = renderer.pieces("en").everything()

    looks.board = Looks(STAGE).board
    assert set(renderer.pieces("en").changed({})) >= {"rows-stage", "status", "findings", "clocks"}
    looks.board = Looks(DEPARTMENT, STAGE, replace(STAGE, key="stage:route:x", name="route")).board
    changed = renderer.pieces("en").changed(before)

    assert "rows-stage" in changed
    assert "rows-department" not in changed


def test_a_stage_is_one_row_as_its_worst_topic_is() -> None:
    other = replace(STAGE, key="stage:classify:other", topic="other", state=RowState.STALLED, waiting=7, oldest_s=80)

    board = Looks(replace(STAGE, key="stage:classify:first"), other).board
    assert board is not None
    [group] = groups(board, lambda key: [Point(board.at, 2, 1.0)] * 2, "en")

    [row] = group.rows
    assert (row.state, row.waiting, row.oldest, row.members) == ("STALLED", "1,257", "1 min 20 s", "1/6")
    assert points_of(board, "stage:classify", lambda key: [Point(board.at, 2, 1.0)])[0].waiting == 4
    assert len(parts_of_row(board, "stage:classify")) == 2


def test_many_findings_of_one_kind_are_one_card() -> None:
    many = [replace(WRONG, key=str(one), object=Said(f"邮箱 {one}", f"mailbox {one}")) for one in range(5)]

    html = (
        Renderer(Looks(wrong=[*many, replace(WRONG, key="x", kind="other")]).parts()).pieces("en").sections["findings"]
    )

    assert html.count('<li class="finding ') == 2
    assert "5 of the same kind" in html
    assert all(f"mailbox {one}" in html for one in range(5))


def test_a_finding_names_object_since_when_risk_and_next_step_in_both_languages() -> None:
    renderer = Renderer(Looks(wrong=[WRONG]).parts())

    chinese, english = (renderer.pieces(lang).sections for lang in ("zh-CN", "en"))

    for words in ("邮箱 kefu", "服务器拒绝了密码", "12 分", "3 件投诉可能逾期", "更新密码"):
        assert words in chinese["findings"]
    for words in ("mailbox kefu", "refuses the password", "12 min", "complaints at risk: 3", "set the password anew"):
        assert words in english["findings"]
    assert "1 urgent" in english["status"]


def test_a_card_of_many_says_one_step_once_and_different_ones_each() -> None:
    alike = [replace(WRONG, key=str(one)) for one in range(4)]
    apart = [replace(one, next_step=Said(f"找 {one.key} 号", f"ask number {one.key}")) for one in alike]

    once, each = (Renderer(Looks(wrong=wrong).parts()).pieces("en").sections["findings"] for wrong in (alike, apart))

    assert once.count("set the password anew") == 1
    assert all(f"ask number {one}" in each for one in range(4))


@pytest.mark.parametrize(
    ("at_risk", "words"),
    [(0, "complaints at risk: cannot be counted now"), (2, "complaints at risk: at least 2, more")],
)
def test_what_nobody_can_count_now_is_not_told_as_a_number(at_risk: int, words: str) -> None:
    wrong = replace(WRONG, at_risk=at_risk, uncounted=True)

    html = Renderer(Looks(wrong=[wrong]).parts()).pieces("en").sections["findings"]

    assert words in html


def test_what_is_to_be_typed_is_marked_once() -> None:
    step = Said("启动它：`intake connector imap`", "start it: `intake connector imap`")
    wrong = replace(WRONG, next_step=step, command="intake connector imap")

    html = Renderer(Looks(wrong=[wrong]).parts()).pieces("zh-CN").sections["findings"]

    assert html.count("<code>intake connector imap</code>") == 1
    assert "`" not in html


def test_what_is_shown_is_escaped() -> None:
    looks = Looks()
    looks.changed(topic="<script>alert(1)</script>", owner='"><img src=x>')

    html = Renderer(looks.parts()).pieces("en").sections["rows-stage"]

    assert "<script>" not in html
    assert "<img" not in html


async def test_a_new_viewer_gets_everything_and_then_only_what_changed() -> None:
    looks = Looks()
    stream = changes(looks, Renderer(looks.parts()), "en")

    told = [await anext(stream) for _ in range(3)]

    assert told[0].startswith("retry:")
    assert told[1].startswith("event: change\n")
    assert 'id="rows-stage"' in told[1]
    assert all(line.startswith(("event:", "data:")) for line in told[1].strip().splitlines())
    assert told[2].startswith(": nothing changed")


async def test_a_row_that_changed_is_sent_so_that_a_browser_keeps_it_beside_other_pieces() -> None:
    looks = Looks()
    stream = changes(looks, Renderer(looks.parts()), "en")
    assert [await anext(stream) for _ in range(2)]

    looks.changed(waiting=7)
    told = await anext(stream)

    assert '<template><tr id="row-' in told
    assert "<p id=" in told


def test_before_the_first_look_the_page_says_so() -> None:
    looks = Looks()
    looks.board = None

    assert "first look" in Renderer(looks.parts()).pieces("en").sections["looked"]


def test_every_text_has_both_languages() -> None:
    for key, said in texts().items():
        assert {"zh-CN", "en"} <= set(said), key


def test_files_of_others_are_those_whose_sums_are_written_down() -> None:
    sums = {line.split()[1]: line.split()[0] for line in (VENDOR / "SHA256SUMS").read_text().splitlines()}

    found = {
        file.name: hashlib.sha256(file.read_bytes()).hexdigest()
        for file in VENDOR.iterdir()
        if file.suffix in {".js", ".css"}
    }

    assert found == sums
