"""Contoso's files are in the layouts that people have, and the same every time."""

import json
from pathlib import Path

import pytest

from vmaudit.demo.conditional_access import CONDITIONAL_ACCESS_TABLES
from vmaudit.demo.contoso import people, tenant
from vmaudit.demo.export import write_contoso
from vmaudit.demo.rights import ACCESS_TABLES


@pytest.fixture
def exported(tmp_path: Path) -> Path:
    write_contoso(tmp_path / "contoso")
    return tmp_path / "contoso"


def test_there_is_one_file_of_each_layout(exported: Path) -> None:
    graph = json.loads((exported / "network.json").read_text())
    arm = json.loads((exported / "jit-policies.json").read_text())
    array = json.loads((exported / "public-ip-addresses.json").read_text())
    lines = (exported / "virtual-machines.ndjson").read_text().splitlines()

    assert graph["count"] == graph["total_records"] == len(graph["data"])
    assert isinstance(arm["value"], list)
    assert isinstance(array, list)
    assert all(json.loads(line)["id"] for line in lines)


def test_every_row_is_in_exactly_one_file(exported: Path) -> None:
    of_resources = [path for path in exported.rglob("*.*json") if path.parent.name != "access"]
    written = [row["id"] for path in of_resources for row in _rows(path)]
    subnets_by_themselves = [key for key in written if "/vnet-dev/subnets/" in key]

    assert sorted(set(written) - set(subnets_by_themselves)) == sorted(row["id"] for row in tenant())
    assert len(written) == len(set(written))


def test_what_says_who_may_act_is_in_files_named_after_their_tables(exported: Path) -> None:
    files = {path.stem: _rows(path) for path in (exported / "access").iterdir()}

    assert files == {table: rows for table, rows in people().items() if rows}
    assert set(files) <= {*ACCESS_TABLES, *CONDITIONAL_ACCESS_TABLES}


def test_the_subnets_of_one_network_are_rows_of_their_own_and_not_in_its_body(exported: Path) -> None:
    subnets = json.loads((exported / "development" / "vnet-dev-subnets.json").read_text())
    networks = {row["name"]: row for row in _rows(exported / "development" / "network.json")}

    assert [subnet["name"] for subnet in subnets] == ["AzureBastionSubnet", "snet-dev"]
    assert "subnets" not in networks["vnet-dev"]["properties"]
    assert networks["vnet-sandbox"]["properties"]["subnets"]


def test_the_cli_layout_has_no_properties_and_arm_spells_types_its_own_way(exported: Path) -> None:
    (first, *_) = json.loads((exported / "public-ip-addresses.json").read_text())
    (policy, *_) = json.loads((exported / "jit-policies.json").read_text())["value"]

    assert "properties" not in first
    assert first["ipAddress"]
    assert policy["type"] == "Microsoft.Security/locations/jitNetworkAccessPolicies"


def test_writing_twice_gives_the_same_bytes(exported: Path, tmp_path: Path) -> None:
    again = tmp_path / "again"
    write_contoso(again)

    assert _contents(exported) == _contents(again)


def _contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def _rows(path: Path) -> list[dict[str, object]]:
    text = path.read_text()
    if path.suffix == ".ndjson":
        return [json.loads(line) for line in text.splitlines()]
    document = json.loads(text)
    return document if isinstance(document, list) else document.get("data", document.get("value"))
