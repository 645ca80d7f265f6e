"""`sample_output/` shows what the demo makes today. On a difference: `make samples`, then read the diff."""

from io import BytesIO
from pathlib import Path

import pytest
from pypdf import PdfReader

from remake_samples import SAMPLES, made

REMEDY = "run `make samples` and read the diff"


@pytest.fixture(scope="module")
def today(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    return made(tmp_path_factory.mktemp("samples") / "demo")


def on_file() -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in SAMPLES.iterdir() if path.name != "README.md"}


@pytest.mark.slow
def test_the_samples_are_what_the_demo_makes(today: dict[str, bytes]) -> None:
    kept = on_file()

    assert sorted(today) == sorted(kept), REMEDY
    differing = [name for name in today if not name.endswith(".pdf") and today[name] != kept[name]]
    assert differing == [], REMEDY


@pytest.mark.slow
def test_the_sample_pdf_says_what_the_demo_says(today: dict[str, bytes]) -> None:
    ours, kept = (PdfReader(BytesIO(one["report.pdf"])) for one in (today, on_file()))

    assert len(ours.pages) == len(kept.pages), REMEDY
    assert words(ours) == words(kept), REMEDY


def words(pdf: PdfReader) -> list[str]:
    """The words of a PDF in any line breaks; other font versions may break lines elsewhere."""
    return sorted(word for page in pdf.pages for word in page.extract_text().split())


def test_the_readme_of_the_samples_names_every_file() -> None:
    text = (SAMPLES / "README.md").read_text()

    assert all(f"`{path.name}`" in text for path in Path(SAMPLES).iterdir() if path.name != "README.md")
