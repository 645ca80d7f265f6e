import io
import json
import os
import sys
from pathlib import Path

import pytest
from pypdf import PdfReader

from report import samples
from vmaudit.assess.assessment import Assessment
from vmaudit.report.content import Limits
from vmaudit.report.json_v1 import to_json
from vmaudit.report.pdf import to_pdf
from vmaudit.report.unavailable import APT_LINE, PdfUnavailableError


@pytest.fixture(scope="module")
def reader(document: bytes) -> PdfReader:
    return PdfReader(io.BytesIO(document))


@pytest.fixture(scope="module")
def texts(reader: PdfReader) -> list[str]:
    return [" ".join(page.extract_text().split()) for page in reader.pages]


def bookmarks(reader: PdfReader) -> list[str]:
    flat: list[str] = []
    for entry in reader.outline:
        flat += [str(part.title) for part in (entry if isinstance(entry, list) else [entry])]
    return flat


def test_the_sample_tenant_fits_into_a_report_that_somebody_reads(reader: PdfReader) -> None:
    assert 8 <= len(reader.pages) <= 16
    assert reader.pages[0].mediabox.width == pytest.approx(595.28, abs=0.1)


def test_the_cover_says_what_was_audited_and_when(texts: list[str]) -> None:
    assert "Contoso Who can reach the virtual machines" in texts[0]
    assert "20 November 2026, 08:30 UTC" in texts[0]
    assert "9f86d081884c7d659a2feaa0c55ad015" in texts[0]
    assert "Public, 2025-12-29, change 374 4e07408562bedb8b60ce05c1decfe3ad" in texts[0]
    assert "Page 1 of" not in texts[0]


def test_the_summary_stands_alone_on_one_page(texts: list[str]) -> None:
    wanted = (
        "4 of 14 machines",
        "3 of the 6 tables that rules ask",
        "Lines of defence",
        "not assessed yet",
        "Do first",
    )

    assert texts[1].startswith("Summary")
    assert texts[2].startswith("Contents")
    assert not [words for words in wanted if words not in texts[1]]


def test_every_page_but_the_cover_has_its_number_and_its_scope(texts: list[str]) -> None:
    for number, text in enumerate(texts[1:], start=2):
        assert f"Page {number} of {len(texts)}" in text
        assert "Contoso · Subscription 0b1f6471-1bf0-4dda-aec3-111122223333" in text


def test_the_contents_name_the_page_of_every_machine(reader: PdfReader, texts: list[str]) -> None:
    line = next(text for text in texts if "Contents" in text)
    page = int(line.partition("vm-partner")[2].strip(" .").split()[0])

    assert "vm-partner" in texts[page - 1]
    assert "JIT-003" in texts[page - 1]
    assert reader.named_destinations


def test_the_bookmarks_are_the_parts_and_the_machines(reader: PdfReader) -> None:
    found = bookmarks(reader)

    assert found[:2] == ["Summary", "What to mend"]
    assert {"Rules", "Machines", "Each machine, worst first", "Evidence", "Method", "Glossary"} <= set(found)
    assert any("vm-partner" in title for title in found)


def test_the_document_is_tagged_and_speaks_its_language(reader: PdfReader) -> None:
    root = reader.trailer["/Root"]

    assert root["/MarkInfo"]["/Marked"]
    assert root["/StructTreeRoot"]
    assert root["/Lang"] == "en"
    assert reader.metadata is not None
    assert reader.metadata.title == "Who can reach the virtual machines of Contoso, 20 November 2026, 08:30 UTC"


def test_the_assessment_itself_is_attached(reader: PdfReader, assessment: Assessment) -> None:
    (attached,) = reader.attachments["assessment.json"]

    assert attached == to_json(assessment)
    assert json.loads(attached)["schema"] == "vmaudit.assessment/1"


def test_every_machine_rule_and_evidence_file_is_in_the_document(texts: list[str], assessment: Assessment) -> None:
    whole = " ".join(texts)

    for rule in assessment.rules:
        assert rule.id in whole
    for line in assessment.coverage:
        assert line.title.split()[0] in whole
        assert line.sha256 in whole.replace(" ", "")


def test_the_evidence_says_how_the_machines_add_up(texts: list[str], assessment: Assessment) -> None:
    assert assessment.population.says in " ".join(texts)


def test_hostile_names_are_printed_and_not_obeyed(texts: list[str]) -> None:
    whole = "".join(texts).replace(" ", "")

    assert "<script>alert('owned')</script>" in whole
    assert "one[U+000D][U+000A]two[U+2028]three" in whole


def test_nothing_is_fetched_whatever_a_name_asks_for(capfd: pytest.CaptureFixture[str]) -> None:
    fetching = samples.result('"><img src="http://127.0.0.1:9/x.png">', not_passing={"NET-001": samples.F})

    to_pdf(samples.assessment_of((fetching,)), limits=Limits(rows=1, passports=1))

    assert "Failed" not in capfd.readouterr().err


@pytest.mark.slow
def test_the_same_assessment_gives_the_same_bytes(assessment: Assessment, document: bytes) -> None:
    assert to_pdf(assessment, organisation="Contoso") == document


@pytest.mark.slow
def test_what_is_not_printed_is_counted() -> None:
    text = " ".join(
        " ".join(page.extract_text().split())
        for page in PdfReader(
            io.BytesIO(to_pdf(samples.large_assessment(12), limits=Limits(rows=8, passports=2)))
        ).pages
    )

    assert "10 more machines are in the attached JSON" in text
    assert "4 more machines are in the attached JSON" in text


def test_the_environment_is_as_before_afterwards(monkeypatch: pytest.MonkeyPatch) -> None:
    one = samples.assessment_of((samples.result("vm-app-01"),))

    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    to_pdf(one)
    assert "SOURCE_DATE_EPOCH" not in os.environ

    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1")
    to_pdf(one)
    assert os.environ["SOURCE_DATE_EPOCH"] == "1"


def test_where_pango_is_missing_one_line_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, assessment: Assessment
) -> None:
    (tmp_path / "weasyprint.py").write_text(
        "raise OSError(\"cannot load library 'libgobject-2.0-0': error 0x7e\\nAdditionally, ...\")", encoding="utf-8"
    )
    monkeypatch.delitem(sys.modules, "weasyprint", raising=False)
    monkeypatch.syspath_prepend(tmp_path)

    with pytest.raises(PdfUnavailableError) as caught:
        to_pdf(assessment)

    assert caught.value.message == "the PDF was not written: cannot load library 'libgobject-2.0-0': error 0x7e"
    assert caught.value.remedy == f"Install Pango: {APT_LINE}"
    assert "libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0" in APT_LINE
