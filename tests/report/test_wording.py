import doctest

import pytest

from vmaudit.report import csv_v1, wording
from vmaudit.report.wording import code_parts, commands, listed, paragraphs, shortened, visible, wrapped


@pytest.mark.parametrize("module", [wording, csv_v1], ids=lambda module: module.__name__)
def test_the_examples_in_the_docstrings_are_true(module: object) -> None:
    failed, attempted = doctest.testmod(module)  # type: ignore[arg-type]  # a module is what it takes

    assert attempted
    assert not failed


@pytest.mark.parametrize(
    "hidden",
    [
        "\x00",
        "\x1b",
        "\x7f",
        "\x9b",
        "\u00ad",
        "\u061c",
        "\u200b",
        "\u200d",
        "\u202e",
        "\u2028",
        "\u2066",
        "\ufeff",
        "\ud800",
        "\U000e0041",
    ],
    ids=lambda character: f"U+{ord(character):04X}",
)
def test_a_character_that_hides_or_steers_text_is_written_out(hidden: str) -> None:
    assert visible(f"a{hidden}b") == f"a[U+{ord(hidden):04X}]b"


@pytest.mark.parametrize("name", ["vm-01", "Bücher", "データ", "מכונה", "a b", "🖥"])
def test_letters_of_any_script_stay_as_they_are(name: str) -> None:
    assert visible(name) == name


def test_making_text_visible_twice_changes_nothing_more() -> None:
    once = visible("a\u202eb")

    assert visible(once) == once


def test_a_long_name_keeps_its_start_and_its_end() -> None:
    short = shortened("vm-telemetry-collector-for-the-northern-warehouses-07", 20)

    assert len(short) == 20
    assert short.startswith("vm-telem")
    assert short.endswith("ouses-07")


def test_a_list_does_not_cut_off_a_single_item() -> None:
    assert listed(["a", "b", "c"], most=2) == "a, b and c"
    assert listed([]) == ""


def test_wrapped_lines_are_never_longer_than_asked() -> None:
    lines = wrapped("a-name-without-any-space-in-it-at-all and more words to follow", 13, 3)

    assert len(lines) == 3
    assert all(len(line) <= 13 for line in lines)


def test_an_odd_back_tick_is_no_code() -> None:
    assert code_parts("it's `half") == (("it's `half", False),)


def test_a_fix_of_several_commands_is_copied_line_by_line() -> None:
    assert commands("az a -g rg && az b -g rg") == "az a -g rg &&\naz b -g rg"


def test_prose_around_commands_is_not_copied() -> None:
    fix = "Close the\nport.\n\naz network nsg rule delete -n x\n\nThen run `az vm list`."

    assert paragraphs(fix)[0] == ("Close the port.", False)
    assert commands(fix) == "az network nsg rule delete -n x\naz vm list"
