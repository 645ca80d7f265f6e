"""Where the parts of Azure are, per cloud."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import msgspec

from vmaudit.errors import UsageError


class Cloud(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The addresses of one cloud. `resource_manager_audience` is what a token for ARM is asked for.

    `known_authority` says whether Microsoft's own list of authorities names this one; of any other, azure-identity must
    not ask login.microsoftonline.com whether it exists.
    """

    authority: str
    resource_manager: str
    graph: str
    log_analytics: str
    resource_manager_audience: str = ""
    known_authority: bool = False

    @property
    def resource_manager_scope(self) -> str:
        """The scope of a token for Azure Resource Manager."""
        return f"{self.resource_manager_audience or self.resource_manager}/.default"


CLOUDS: Final = {
    "AzureCloud": Cloud(
        authority="https://login.microsoftonline.com",
        resource_manager="https://management.azure.com",
        graph="https://graph.microsoft.com",
        log_analytics="https://api.loganalytics.io",
        known_authority=True,
    ),
    "AzureUSGovernment": Cloud(
        authority="https://login.microsoftonline.us",
        resource_manager="https://management.usgovcloudapi.net",
        resource_manager_audience="https://management.core.usgovcloudapi.net",
        graph="https://graph.microsoft.us",
        log_analytics="https://api.loganalytics.us",
        known_authority=True,
    ),
    "AzureChinaCloud": Cloud(
        authority="https://login.chinacloudapi.cn",
        resource_manager="https://management.chinacloudapi.cn",
        graph="https://microsoftgraph.chinacloudapi.cn",
        log_analytics="https://api.loganalytics.azure.cn",
        known_authority=True,
    ),
}
"""The clouds that Azure CLI knows by these names (azure-facts 8)."""


@dataclass(frozen=True, slots=True)
class Place:
    """A cloud, and the file of certificates that its servers are trusted by (None: those that the system trusts)."""

    cloud: Cloud
    certificates: Path | None = None


def trusting(certificates: Path | None) -> dict[str, str]:
    """The keyword by which azure-core's clients take a file of certificates."""
    return {"connection_verify": str(certificates)} if certificates else {}


def cloud_named(name: str) -> Cloud:
    """A cloud of `CLOUDS`, or one that a JSON file describes. Raises UsageError."""
    if name in CLOUDS:
        return CLOUDS[name]
    known = ", ".join(CLOUDS)
    path = Path(name)
    if path.suffix.lower() != ".json" or not path.is_file():
        raise UsageError(f"{name!r} is no cloud", f"Choose {known}, or give a .json file with its endpoints.")
    try:
        cloud = msgspec.json.decode(path.read_bytes(), type=Cloud)
    except (msgspec.DecodeError, UnicodeDecodeError) as problem:
        fields = ", ".join(Cloud.__struct_fields__)
        raise UsageError(f"{path} describes no cloud: {problem}", f"Its keys are {fields}.") from problem
    for address in (cloud.authority, cloud.resource_manager, cloud.graph, cloud.log_analytics):
        parts = urlsplit(address)
        if parts.scheme != "https" or not parts.hostname or parts.path or parts.query:
            raise UsageError(
                f"{path}: {address!r} is no endpoint", "Write each as https://host, without a path at its end."
            )
    return cloud
