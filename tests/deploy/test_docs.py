"""The documents: their tables are what the code declares."""

from deploy.docs import FILES, SECTIONS, filled


def test_tables_in_the_documents_are_printed_from_the_declarations() -> None:
    stale = [file.name for file in FILES if filled(text := file.read_text(encoding="utf-8")) != text]

    assert stale == [], "run `make docs`"


def test_every_section_stands_in_some_document() -> None:
    everything = "".join(file.read_text(encoding="utf-8") for file in FILES)

    assert [name for name in SECTIONS if f"<!-- {name} -->" not in everything] == []
