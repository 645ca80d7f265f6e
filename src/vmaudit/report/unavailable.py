"""Why there is no PDF, told without loading what makes one."""

from typing import Final

from vmaudit.errors import VmauditError

APT_LINE: Final = "apt-get install -y --no-install-recommends libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"


class PdfUnavailableError(VmauditError):
    """The libraries that WeasyPrint draws with are not installed."""

    def __init__(self, missing: str) -> None:
        super().__init__(f"the PDF was not written: {missing}", f"Install Pango: {APT_LINE}")
