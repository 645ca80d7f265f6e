"""Machines with nothing around them, and the query that asks for them."""

from typing import Any

MACHINES = "Resources | where type =~ 'Microsoft.Compute/virtualMachines' | order by id asc"


def machine(number: int, subscription: str = "s1", **properties: Any) -> dict[str, Any]:
    name = f"vm-{number:05d}"
    return {
        "id": f"/subscriptions/{subscription}/resourceGroups/RG/providers/Microsoft.Compute/virtualMachines/{name}",
        "name": name,
        "type": "microsoft.compute/virtualmachines",
        "properties": properties,
    }
