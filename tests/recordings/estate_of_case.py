"""An estate out of recorded bodies, by the same road as evidence takes: a snapshot on disk, then the readers.

A case's `resources` come first. Where Azure did not return the body of a security group or of a subnet, other answers
about the same machine say what is in it (`_view_rows`, `_diagnostic_rows`); what they do not say stays unread.
"""

from enum import Enum
from functools import cache
from typing import Any, Final

from evidence import estate_of
from recordings.recorded import Case, Json
from vmaudit.estate.estate import Estate
from vmaudit.estate.resources import NetworkInterface

AZ_VM_CREATE_SPACE: Final = "10.0.0.0/16"
"""The address space of the virtual network that `az vm create` makes, unless it is told otherwise."""

RULE_GROUPS: Final = ("networkInterfaceAssociation", "networkInterfaceAssocation", "subnetAssociation")
"""Where a security group view keeps rules; one API version misspells the first."""


class Reading(Enum):
    """How much is taken for granted that no answer says."""

    AS_RECORDED = "as recorded"
    AS_AZ_VM_CREATE_MAKES_IT = f"assuming what az vm create makes (network {AZ_VM_CREATE_SPACE}, default rules)"
    """For recordings of the Azure CLI only: none of them shows the network that `az vm create` made."""


@cache
def estate_of_case(case: Case, reading: Reading) -> Estate:
    """The estate around the machine of a case."""
    rows = [*case.resources, *told_elsewhere(case, reading)]
    return estate_of(rows, complete=case.complete_inputs)


def only_interface(estate: Estate) -> NetworkInterface | None:
    """The interface that a case is about: in all recordings the machine has one, or its body is missing."""
    interfaces = list(estate.network_interfaces.values())
    return interfaces[0] if len(interfaces) == 1 else None


def told_elsewhere(case: Case, reading: Reading) -> list[Json]:
    """Bodies that Azure did not return, as far as its other answers about the machine say what is in them."""
    answers = [(case.kind, case.azure_says), *((other["kind"], other["azure_says"]) for other in case.companions)]
    views = [row for kind, said in answers if kind == "security_group_view" for row in _view_rows(case, said)]
    rows = views or [
        row for kind, said in answers if kind == "network_config_diagnostic" for row in _diagnostic_rows(case, said)
    ]
    if not views and reading is Reading.AS_RECORDED and _direction(case) != "inbound":
        rows = [row for row in rows if "securityRules" not in row["properties"]]  # the diagnostics are about inbound
    if reading is Reading.AS_AZ_VM_CREATE_MAKES_IT and case.made_by_azure_cli:
        rows += [_network(row) for row in rows if "addressPrefix" in row["properties"]]
    return [row for row in rows if case.body(row["id"]) is None]


def _direction(case: Case) -> str:
    request = case.request or {}
    return str(request.get("direction", "Inbound")).lower()


def _view_rows(case: Case, said: Json | None) -> list[Json]:
    """Groups and subnet as a security group view tells them. A view without interfaces tells nothing."""
    found: list[Json] = []
    for interface in (said or {}).get("networkInterfaces", []):
        given = interface["securityRuleAssociations"]
        groups = [given[key] for key in RULE_GROUPS if key in given]
        found += [_group(_group_id(case, group), group["securityRules"]) for group in groups]
        attached = given.get("subnetAssociation")
        found.append(_subnet(case, interface["id"], _group_id(case, attached) if attached else None))
    return [row for row in found if row]


def _diagnostic_rows(case: Case, said: Json | None) -> list[Json]:
    """Groups of default rules alone, and the subnet, as a diagnostic tells them.

    It lists the rules of a group up to the first that matches. Where that is the last one of all, the list is whole,
    for the direction that was asked. Rules that it names but does not describe leave the group unread.
    """
    found: list[Json] = []
    for result in (said or {}).get("results", []):
        groups = result["networkSecurityGroupResult"]["evaluatedNetworkSecurityGroups"]
        for group in groups:
            names = [rule["name"] for rule in group["rulesEvaluationResult"]]
            if names[-1:] == ["DefaultRule_DenyAllInBound"] and all(name.startswith("DefaultRule_") for name in names):
                found.append(_group(group["networkSecurityGroupId"], []))
        places = {group.get("appliedTo", "").lower(): group["networkSecurityGroupId"] for group in groups}
        for body in case.resources:
            if body["id"].lower() in places:  # the interface's group was asked, so the subnet's was before it
                at_subnet = [group for place, group in places.items() if "/subnets/" in place]
                found.append(_subnet(case, body["id"], at_subnet[0] if at_subnet else None))
    return [row for row in found if row]


def _group(group_id: str, rules: list[Json]) -> Json:
    return {"id": group_id, "properties": {"securityRules": rules}}


def _group_id(case: Case, association: Json) -> str:
    """The group of an association: named by its rules, or by the interface; at a subnet, without rules, by nobody."""
    for rule in association["securityRules"]:
        return rule["id"].rpartition("/securityRules/")[0]
    body = case.body(association["id"]) or {"properties": {}}
    named = body["properties"].get("networkSecurityGroup")
    return named["id"] if named else f"{association['id']}-group".replace("/subnets/", "/networkSecurityGroups/")


def _subnet(case: Case, interface_id: str, group_id: str | None) -> Json:
    """The interface's subnet, of which one address is known for sure: the interface's own."""
    body = case.body(interface_id)
    if body is None:
        return {}
    place = body["properties"]["ipConfigurations"][0]["properties"]
    properties: dict[str, Any] = {"addressPrefix": f"{place['privateIPAddress']}/32"}
    if group_id is not None:
        properties["networkSecurityGroup"] = {"id": group_id}
    return {"id": place["subnet"]["id"], "properties": properties}


def _network(subnet: Json) -> Json:
    network_id = subnet["id"].rpartition("/subnets/")[0]
    return {"id": network_id, "properties": {"addressSpace": {"addressPrefixes": [AZ_VM_CREATE_SPACE]}}}
