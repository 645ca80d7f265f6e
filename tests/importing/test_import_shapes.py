import gzip
import json
from typing import Any

import pytest
import zstandard

from desk import Desk, compact, vm
from vmaudit.importing.resource_types import UNTYPED

WEB, DB = vm("web", tags={"a": "ü"}), vm("db", properties={"n": 1})
BOTH = [compact(WEB), compact(DB)]
AS_TABLE = {
    "columns": [{"name": "id", "type": "string"}, {"name": "tags"}, {"name": "properties", "type": "object"}],
    "rows": [[WEB["id"], WEB["tags"], None], [DB["id"], None, DB["properties"]]],
}
TABLE_ROWS = [compact(WEB | {"properties": None}), compact({"id": DB["id"], "tags": None, "properties": {"n": 1}})]

SHAPES: dict[str, tuple[Any, list[bytes]]] = {
    "az graph query": ({"count": 2, "data": [WEB, DB], "skip_token": None, "total_records": 2}, BOTH),
    "Resource Graph": ({"totalRecords": 2, "count": 2, "data": [WEB, DB], "resultTruncated": "false"}, BOTH),
    "Resource Graph as a table": ({"totalRecords": 2, "count": 2, "data": AS_TABLE, "facets": []}, TABLE_ROWS),
    "a table alone": (AS_TABLE, TABLE_ROWS),
    "az vm list": ([WEB, DB], BOTH),
    "an ARM list": ({"value": [WEB, DB]}, BOTH),
    "the last page of an ARM list": ({"value": [WEB, DB], "nextLink": None}, BOTH),
    "az vm show": (WEB, BOTH[:1]),
    "NDJSON": (b"\n".join(BOTH), BOTH),
    "NDJSON as Windows writes it": (b"\r\n".join([*BOTH, b""]), BOTH),
    "NDJSON with blank lines": (b"\n\n" + b"\n \n".join(BOTH) + b"\n\n", BOTH),
    "NDJSON of one line": (BOTH[0] + b"\n", BOTH[:1]),
}


@pytest.mark.parametrize(("content", "expected"), SHAPES.values(), ids=SHAPES)
def test_every_shape_brings_the_rows_as_they_were_given(desk: Desk, content: object, expected: list[bytes]) -> None:
    desk.put("vms.json", content)

    assert desk.rows("virtual_machines") == expected


@pytest.mark.parametrize(("content", "expected"), SHAPES.values(), ids=SHAPES)
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
@pytest.mark.parametrize("pack", [bytes, gzip.compress, zstandard.ZstdCompressor().compress])
def test_packing_and_encoding_are_told_by_content_and_not_by_name(
    desk: Desk, content: object, expected: list[bytes], encoding: str, pack: Any
) -> None:
    text = content.decode() if isinstance(content, bytes) else json.dumps(content, indent=2, ensure_ascii=False)
    desk.put("vms.json", pack(text.encode(encoding)))

    assert desk.rows("virtual_machines") == expected


def test_utf_16_with_the_high_byte_first_is_read_too(desk: Desk) -> None:
    desk.put("vms.json", b"\xfe\xff" + json.dumps([WEB]).encode("utf-16-be"))

    assert desk.rows("virtual_machines") == [json.dumps(WEB, separators=(",", ":")).encode()]


def test_several_zstd_frames_in_a_row_are_one_text(desk: Desk) -> None:
    pack = zstandard.ZstdCompressor().compress
    desk.put("vms.ndjson.zst", pack(BOTH[0] + b"\n") + pack(BOTH[1] + b"\n"))

    assert desk.rows("virtual_machines") == BOTH


def test_nothing_in_a_row_changes_but_the_white_space(desk: Desk) -> None:
    desk.put(
        "vm.json",
        b'{ "id" : "/subscriptions/s/resourceGroups/g", "price": 1.50,\n "big": 123456789012345678901234567890, "e": 1E+2,\n'
        b'  "name": "\\u00e9\\/", "new-in-2030": {"b": 1, "a": [ ]} }\n',
    )
    expected = (
        b'{"id":"/subscriptions/s/resourceGroups/g","price":1.50,"big":123456789012345678901234567890,"e":1E+2,'
        b'"name":"\\u00e9\\/","new-in-2030":{"b":1,"a":[]}}'
    )

    assert desk.rows("other_resources") == [expected]


def test_cells_of_a_table_keep_their_numbers(desk: Desk) -> None:
    desk.put(
        "vms.json", b'{"columns":[{"name":"id"},{"name":"n"}],"rows":[["/subscriptions/s/resourceGroups/g", 1.50]]}'
    )

    assert desk.rows("other_resources") == [b'{"id":"/subscriptions/s/resourceGroups/g","n":1.50}']


def test_what_az_prints_flat_stays_flat(desk: Desk) -> None:
    row = vm("web", type="Microsoft.Compute/virtualMachines", powerState="VM running", publicIps="20.1.2.3")
    desk.put("vms.json", [row])

    assert desk.rows("virtual_machines") == [compact(row)]


def test_rows_of_other_types_are_kept_and_counted(desk: Desk) -> None:
    rows = [
        {"id": "/subscriptions/s/providers/Microsoft.Storage/storageAccounts/a"},
        {"id": "/subscriptions/s/providers/microsoft.storage/STORAGEACCOUNTS/b"},
        {"id": "/subscriptions/s/resourceGroups/g"},
        {"id": "0b2c7c5a-9a2d-4f7e-8f56-0a1b2c3d4e5f"},
    ]
    desk.put("all.json", rows)

    imported, snapshot = desk.brings()

    counted = {
        "microsoft.storage/storageaccounts": 2,
        "microsoft.resources/subscriptions/resourcegroups": 1,
        UNTYPED: 1,
    }
    assert list(snapshot.rows("other_resources")) == [compact(row) for row in rows]
    assert snapshot.manifest.other_types == counted
    assert dict(imported.other_types) == counted
    assert imported.rows == (("other_resources", 4),)


def test_children_given_as_rows_of_their_own_have_their_tables(desk: Desk) -> None:
    network = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network"
    desk.put(
        "children.json",
        [
            {"id": f"{network}/virtualNetworks/v/subnets/x"},
            {"id": f"{network}/virtualNetworks/v/virtualNetworkPeerings/x"},
            {"id": f"{network}/networkSecurityGroups/n/securityRules/x"},
            {"id": f"{network}/loadBalancers/l/inboundNatRules/x"},
            vm("web/extensions/x", type="CustomScript"),
            {"id": f"{network}/virtualNetworks/v/providers/Microsoft.Network/effectiveSecurityAdminRules/default"},
            {"id": "/subscriptions/s/providers/Microsoft.Security/locations/w/jitNetworkAccessPolicies/d"},
        ],
    )

    assert dict(desk.brings()[0].rows) == {
        "subnets": 1,
        "virtual_network_peerings": 1,
        "security_rules": 1,
        "inbound_nat_rules": 1,
        "vm_extensions": 1,
        "security_admin_rules": 1,
        "jit_policies": 1,
    }
