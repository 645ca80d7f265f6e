import json
from pathlib import Path

import pytest

from vmaudit.collect.clouds import CLOUDS, Place, cloud_named
from vmaudit.collect.credentials import CREDENTIALS, RenewableCredential, credential
from vmaudit.errors import UsageError

ELSEWHERE = {
    "authority": "https://login.example",
    "resource_manager": "https://management.example",
    "graph": "https://graph.example",
    "log_analytics": "https://logs.example",
}


def test_the_token_for_azure_government_is_asked_for_another_audience_than_its_endpoint() -> None:
    assert CLOUDS["AzureUSGovernment"].resource_manager == "https://management.usgovcloudapi.net"
    assert CLOUDS["AzureUSGovernment"].resource_manager_scope == "https://management.core.usgovcloudapi.net/.default"
    assert CLOUDS["AzureCloud"].resource_manager_scope == "https://management.azure.com/.default"


def test_another_cloud_is_described_by_a_file(tmp_path: Path) -> None:
    file = tmp_path / "cloud.json"
    file.write_text(json.dumps(ELSEWHERE))

    cloud = cloud_named(str(file))

    assert cloud.resource_manager == "https://management.example"
    assert not cloud.known_authority


@pytest.mark.parametrize(
    "change",
    [
        {"graph": "http://graph.example"},
        {"graph": "https://graph.example/v1.0"},
        {"graph": "graph.example"},
        {"graph": None},
        {"grahp": "https://graph.example"},
    ],
)
def test_an_endpoint_that_is_none_is_refused(tmp_path: Path, change: dict[str, str | None]) -> None:
    file = tmp_path / "cloud.json"
    file.write_text(json.dumps(ELSEWHERE | change))

    with pytest.raises(UsageError) as caught:
        cloud_named(str(file))
    assert "cloud.json" in caught.value.message


@pytest.mark.parametrize("kind", CREDENTIALS)
def test_every_way_to_sign_in_asks_nobody_before_a_token_is_needed(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET", "AZURE_FEDERATED_TOKEN_FILE"):
        monkeypatch.setenv(name, "x")

    made = RenewableCredential(lambda: credential(kind, Place(CLOUDS["AzureCloud"])))

    assert made.generation == 1


def test_tokens_of_one_generation_are_forgotten_once() -> None:
    made: list[object] = []

    def make() -> object:
        made.append(object())
        return made[-1]

    renewable = RenewableCredential(make)  # type: ignore[arg-type] - no token is asked of it
    renewable.renew(1)
    renewable.renew(1)  # a second thread whose question met the same refusal

    assert (len(made), renewable.generation) == (2, 2)
