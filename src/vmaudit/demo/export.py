"""Contoso as files, in the layouts of the Azure CLI, Resource Graph and ARM: nobody exports everything alike."""

import json
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, Final, TypeAlias

from vmaudit.demo.contoso import people, tenant
from vmaudit.demo.landscape import DEV_NETWORK, DEVELOPMENT, TENANT
from vmaudit.demo.rows import Row

Layout: TypeAlias = Callable[[Sequence[Row]], str]

_GRAPH_TYPES: Final = frozenset(
    {
        "microsoft.network/networkinterfaces",
        "microsoft.network/networksecuritygroups",
        "microsoft.network/applicationsecuritygroups",
        "microsoft.network/virtualnetworks",
    }
)


def write_contoso(folder: Path) -> None:
    """Write Contoso's exports into `folder`, which is made if it is not there. The same bytes every time."""
    files: dict[str, list[Row]] = {}
    for row in tenant():
        for name, part in _placed(row):
            files.setdefault(name, []).append(part)
    files |= {f"access/{table}.ndjson": rows for table, rows in people().items() if rows}
    for name, rows in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(_layout(name)(rows), encoding="utf-8", newline="\n")


def _layout(name: str) -> Layout:
    """How a file is written; those about who may act are one row per line, each named after its table."""
    return _LAYOUTS.get(name, _bare_lines)


def _placed(row: Row) -> Iterable[tuple[str, Row]]:
    """In which file a row goes. The subnets of one network were exported by themselves."""
    if row["id"] == DEV_NETWORK.id:
        body = {name: value for name, value in row["properties"].items() if name != "subnets"}
        yield "development/network.json", row | {"properties": body}
        for subnet in row["properties"]["subnets"]:
            yield "development/vnet-dev-subnets.json", subnet
    elif row["type"] in _GRAPH_TYPES:
        in_development = row["id"].startswith(f"/subscriptions/{DEVELOPMENT}/")
        yield "development/network.json" if in_development else "network.json", row
    else:
        yield _FILE_OF_TYPE[row["type"]], row


def _resource_graph(rows: Sequence[Row]) -> str:
    """What `az graph query -o json` prints: every column of the table, the resource group in lower case."""
    return _pretty(
        {"count": len(rows), "data": [_columns(row) for row in rows], "skip_token": None, "total_records": len(rows)}
    )


def _columns(row: Row) -> Row:
    _, _, subscription, _, group, *_ = row["id"].split("/")
    return row | {"tenantId": TENANT, "subscriptionId": subscription, "resourceGroup": group.lower(), "kind": ""}


def _arm_list(rows: Sequence[Row]) -> str:
    """What ARM answers to a list request: types in the spelling of the provider."""
    return _pretty({"value": [row | {"type": _type_in(row["id"])} for row in rows]})


def _cli_list(rows: Sequence[Row]) -> str:
    """What `az ... list -o json` prints: an array, with what ARM nests under `properties` lifted up."""
    return _pretty([_lifted(row) for row in rows])


def _lifted(row: Row) -> Row:
    body = {name: value for name, value in row.items() if name != "properties"}
    return body | row["properties"] | {"type": _type_in(row["id"]), "resourceGroup": row["id"].split("/")[4]}


def _lines(rows: Sequence[Row]) -> str:
    """One row per line, as scripts keep the pages of a long answer."""
    return "".join(f"{json.dumps(_columns(row), separators=(',', ':'))}\n" for row in rows)


def _bare_lines(rows: Sequence[Row]) -> str:
    """One row per line, as it was answered."""
    return "".join(f"{json.dumps(row, separators=(',', ':'))}\n" for row in rows)


def _type_in(resource_id: str) -> str:
    """The type of a resource in the spelling that its id uses.

    >>> _type_in("/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/virtualNetworks/v/subnets/s")
    'Microsoft.Network/virtualNetworks/subnets'
    """
    provider, *rest = resource_id.rpartition("/providers/")[2].split("/")
    if provider == "Microsoft.Security":  # the location stands inside the id of a just-in-time policy
        return "Microsoft.Security/locations/jitNetworkAccessPolicies"
    return "/".join((provider, *rest[::2]))


def _pretty(document: Any) -> str:
    return f"{json.dumps(document, indent=1)}\n"


_LAYOUTS: Final[dict[str, Layout]] = {
    "network.json": _resource_graph,
    "virtual-machines.ndjson": _lines,
    "public-ip-addresses.json": _cli_list,
    "load-balancers.json": _cli_list,
    "bastion-hosts.json": _arm_list,
    "jit-policies.json": _arm_list,
    "defender-plans.ndjson": _lines,
    "development/network.json": _arm_list,
    "development/vnet-dev-subnets.json": _cli_list,
}

_FILE_OF_TYPE: Final[dict[str, str]] = {
    "microsoft.compute/virtualmachines": "virtual-machines.ndjson",
    "microsoft.compute/virtualmachinescalesets": "virtual-machines.ndjson",
    "microsoft.network/publicipaddresses": "public-ip-addresses.json",
    "microsoft.network/loadbalancers": "load-balancers.json",
    "microsoft.network/bastionhosts": "bastion-hosts.json",
    "microsoft.security/locations/jitnetworkaccesspolicies": "jit-policies.json",
    "microsoft.security/pricings": "defender-plans.ndjson",
}
