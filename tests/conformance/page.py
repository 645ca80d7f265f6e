"""The tables of docs/conformance.md, made from the stories."""

from collections import Counter
from itertools import groupby
from pathlib import Path
from typing import Final

from conformance.stories import FILES, Question, Story, story

PAGE: Final = Path(__file__).parents[2] / "docs" / "conformance.md"
BEGIN: Final = "<!-- stories:begin (python tests/conformance/remake_page.py) -->"
END: Final = "<!-- stories:end -->"

_THEMES: Final = (
    "public addresses",
    "security groups",
    "load balancers",
    "azure firewall",
    "other gateways",
    "security admin rules",
    "inside",
    "bastion",
    "missing evidence",
)


def with_tables(page: str) -> str:
    """The page with everything between its marks made anew."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{_tables()}\n{END}{after}"


def _tables() -> str:
    stories = sorted((story(path) for path in FILES), key=lambda told: (_THEMES.index(told.theme), told.title.lower()))
    parts = [_count(stories)]
    for theme, told in groupby(stories, key=lambda told: told.theme):
        rows = [f"| {_link(one)} | {one.teaches} | {_answers(one)} |" for one in told]
        parts.append("\n".join([f"### {_heading(theme)}", "", "| story | teaches | answer |", "|---|---|---|", *rows]))
    return "\n\n".join(parts)


def _count(stories: list[Story]) -> str:
    asked = Counter(question.answer for told in stories for question in told.questions)
    each = ", ".join(f"{number} {answer}" for answer, number in sorted(asked.items()))
    return f"{len(stories)} stories with {asked.total()} questions: {each}."


def _heading(theme: str) -> str:
    return "Azure Firewall" if theme == "azure firewall" else theme.capitalize()


def _link(told: Story) -> str:
    return f"[{told.title}](../tests/conformance/{told.slug}.yaml)"


def _answers(told: Story) -> str:
    """Every different answer once, with what it takes to tell one from the other."""
    several = len({question.answer for question in told.questions}) > 1
    said = dict.fromkeys(_answer(question, told, several=several) for question in told.questions)
    return "<br>".join(said)


def _answer(question: Question, told: Story, *, several: bool) -> str:
    if not several:
        return question.answer
    others = told.questions
    words = [question.vm] if len({one.vm for one in others}) > 1 else []
    if len({(one.protocol, one.port) for one in others}) > 1:
        words.append(f"{question.protocol} {question.port}")
    if question.source is not None or len({(one.from_, one.origin, one.source) for one in others}) > 1:
        words.append(f"from {question.source or _place(question, told)}")
    return f"{' '.join(words)}: {question.answer}"


def _place(question: Question, told: Story) -> str:
    """The origin by its name where there are several of a kind."""
    named = {one.origin for one in told.questions if one.from_ == question.from_ and one.origin}
    return question.origin if question.origin and len(named) > 1 else question.from_
