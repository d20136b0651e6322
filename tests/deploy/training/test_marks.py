"""Labelled messages are read as they were written, and what is wrong is named by file and line."""

from pathlib import Path

import pytest

from deploy.training.marks import LabelError, Mark, read_file, read_line, unmark

LINE = "complaint\tquality\tafter_sales,price\t1\t2\tchat\tx-clerk\t坏了{三箱|quantity=3箱}\\n{昨天|date}买的"


def test_text_is_as_sent_and_marks_point_into_it() -> None:
    message = read_line(LINE)

    assert message.text == "坏了三箱\n昨天买的"
    assert message.marks == (Mark("quantity", 2, 4, "3箱"), Mark("date", 5, 7))
    assert (message.secondary, message.safety, message.dissatisfaction) == (("after_sales", "price"), True, 2)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("complaint\tquality", "2 columns"),
        (LINE.replace("complaint", "rant"), "kind 'rant' is unknown"),
        (LINE.replace("after_sales", "quality"), "repeats the primary"),
        (LINE.replace("quantity=", "number="), "field 'number' is unknown"),
        (LINE + "}", "brace"),
        (LINE.replace("chat", "fax"), "source 'fax' is unknown"),
    ],
)
def test_wrong_line_is_named_with_its_file_and_number(tmp_path: Path, line: str, says: str) -> None:
    file = tmp_path / "01.tsv"
    file.write_text(f"# a note\n\n{LINE}\n{line}\n", encoding="utf-8")

    with pytest.raises(LabelError, match=says) as raised:
        read_file(file)

    assert f"{file}:4: " in str(raised.value)


def test_text_without_marks_stays_as_it_is() -> None:
    assert unmark("一切都好") == ("一切都好", ())
