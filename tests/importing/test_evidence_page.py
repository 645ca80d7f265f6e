from pathlib import Path

import pytest

from vmaudit.importing.listing import BEGIN, END, EXPORTED_BY, tables_as_markdown, with_tables
from vmaudit.snapshot.tables import OTHER, TABLES

PAGE = Path(__file__).parent.parent.parent / "docs" / "evidence.md"


def test_the_list_of_tables_in_the_page_is_that_of_the_code() -> None:
    page = PAGE.read_text()

    assert page == with_tables(page), "write `with_tables(page)` of vmaudit.importing.listing to docs/evidence.md"


def test_every_table_has_a_command_that_exports_it() -> None:
    assert [*EXPORTED_BY, OTHER] == [table.name for table in TABLES]


def test_every_table_has_a_line() -> None:
    _, _, *lines = tables_as_markdown().splitlines()

    assert [line.split("`")[1] for line in lines] == [table.name for table in TABLES]


def test_only_what_stands_between_the_markers_changes() -> None:
    page = with_tables(f"before\n{BEGIN}\nold\n{END}\nafter\n")

    assert page.startswith(f"before\n{BEGIN}\n|")
    assert page.endswith(f"|\n{END}\nafter\n")
    assert "old" not in page


def test_a_page_without_markers_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="the page has no"):
        with_tables("nothing")
