"""What all tests of reports read: the sample tenant, and each report of it, made once."""

import pytest

from report import samples
from vmaudit.assess.assessment import Assessment
from vmaudit.report.html import to_html
from vmaudit.report.pdf import to_pdf


@pytest.fixture(scope="session")
def assessment() -> Assessment:
    return samples.sample_assessment()


@pytest.fixture(scope="session")
def page(assessment: Assessment) -> str:
    return to_html(assessment, organisation="Contoso")


@pytest.fixture(scope="session")
def document(assessment: Assessment) -> bytes:
    return to_pdf(assessment, organisation="Contoso")
