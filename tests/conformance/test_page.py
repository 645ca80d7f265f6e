"""docs/conformance.md says what the stories say, and its example runs."""

import re
import subprocess
import sys

from conformance.page import PAGE, with_tables
from conformance.stories import FILES, story

ROOT = PAGE.parents[1]


def test_the_tables_are_up_to_date() -> None:
    page = PAGE.read_text(encoding="utf-8")

    assert with_tables(page) == page, "run: python tests/conformance/remake_page.py"


def test_the_example_for_other_tools_runs_and_counts_right() -> None:
    (example,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), flags=re.DOTALL)
    asked = [question for path in FILES for question in story(path).questions]
    said_open = sum(question.answer == "open" for question in asked)

    ran = subprocess.run([sys.executable, "-c", example], cwd=ROOT, capture_output=True, text=True, check=True)

    assert ran.stdout == f"{said_open} of {len(asked)} right\n"


def test_the_page_describes_every_field_of_a_story() -> None:
    page = PAGE.read_text(encoding="utf-8")
    fields = {"title", "theme", "story", "teaches", "source", "complete", "ask", "resources"}
    of_questions = {"vm", "protocol", "port", "from", "origin", "source", "answer", "reach", "live", "frontend_port"}

    assert all(f"`{field}`" in page for field in fields | of_questions | {"decided_by", "all_but"})
