from hypothesis import given
from hypothesis import strategies as st

from vmaudit.assess.located import read_located


def read(text: str) -> tuple[object, list[tuple[int, str]]]:
    """The plain value and the complaints."""
    complaints: list[tuple[int, str]] = []
    item = read_located(text, lambda line, says: complaints.append((line, says)))
    return (item.plain() if item else None), complaints


def test_only_plain_values_are_read() -> None:
    text = "a: [1, -2, 1.5, true, false, null, x, '022']\nb: |\n  two\n  lines\n"

    assert read(text) == ({"a": [1, -2, 1.5, True, False, None, "x", "022"], "b": "two\nlines\n"}, [])


def test_words_that_older_yaml_took_for_truth_values_are_texts() -> None:
    assert read("[yes, no, on, off]") == (["yes", "no", "on", "off"], [])


def test_numbers_that_can_be_misread_are_refused() -> None:
    value, complaints = read("[022, 0x1f, 1e5, .inf, True]")

    assert value == [None] * 5
    assert [line for line, _ in complaints] == [1] * 5


def test_a_second_document_is_refused() -> None:
    assert read("a: 1\n---\nb: 2\n")[1] == [(2, "this is no YAML: but found another document")]


def test_a_key_must_be_a_word() -> None:
    assert read("? [a]\n: b\n") == ({}, [(1, "a key must be a word")])


def test_every_value_knows_its_line() -> None:
    item = read_located("a:\n  - b\n  - c: d\n", lambda _line, _says: None)

    assert item is not None
    assert isinstance(item.value, dict)
    assert item.value["a"].line == 1
    assert isinstance(item.value["a"].value, list)
    assert [part.line for part in item.value["a"].value] == [2, 3]


@given(st.text(alphabet="ab:-[]{}&*!|>'\"#%?, \n\t0\x00", max_size=60))
def test_no_text_crashes_the_reader(text: str) -> None:
    read(text)
