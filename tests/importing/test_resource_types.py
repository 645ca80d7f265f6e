import pytest

from vmaudit.importing.resource_types import UNTYPED, resource_type, type_of_id

GROUP = "/subscriptions/s/resourceGroups/g"


@pytest.mark.parametrize(
    ("resource_id", "kind"),
    [
        (f"{GROUP}/providers/Microsoft.Compute/virtualMachines/vm", "microsoft.compute/virtualmachines"),
        (f"{GROUP.upper()}/PROVIDERS/MICROSOFT.NETWORK/VIRTUALNETWORKS/V", "microsoft.network/virtualnetworks"),
        (
            f"{GROUP}/providers/Microsoft.Network/virtualNetworks/v/subnets/s",
            "microsoft.network/virtualnetworks/subnets",
        ),
        (
            f"{GROUP}/providers/Microsoft.Compute/virtualMachines/vm/providers/Microsoft.Insights/diagnosticSettings/d",
            "microsoft.insights/diagnosticsettings",
        ),
        (
            f"{GROUP}/providers/Microsoft.Security/locations/westeurope/jitNetworkAccessPolicies/default",
            "microsoft.security/locations/jitnetworkaccesspolicies",
        ),
        ("/providers/Microsoft.Management/managementGroups/m", "microsoft.management/managementgroups"),
        ("/subscriptions/s", "microsoft.resources/subscriptions"),
        (GROUP, "microsoft.resources/subscriptions/resourcegroups"),
        ("0b2c7c5a-9a2d-4f7e-8f56-0a1b2c3d4e5f", UNTYPED),
        ("/", UNTYPED),
        ("/providers", UNTYPED),
        ("/users/adam", UNTYPED),
    ],
)
def test_an_id_says_its_type(resource_id: str, kind: str) -> None:
    assert type_of_id(resource_id) == kind


def test_a_resource_called_providers_is_not_taken_for_a_provider() -> None:
    subnet = f"{GROUP}/providers/Microsoft.Network/virtualNetworks/providers/subnets/Microsoft.Compute"

    assert type_of_id(subnet) == "microsoft.network/virtualnetworks/subnets"


def test_a_type_counts_in_any_letter_case() -> None:
    assert resource_type("/x", "MICROSOFT.Network/NetworkInterfaces") == "microsoft.network/networkinterfaces"


@pytest.mark.parametrize("given", [None, "", "CustomScript", 5, ["Microsoft.Compute/virtualMachines"], {}])
def test_what_is_no_resource_type_gives_way_to_the_id(given: object) -> None:
    extension = f"{GROUP}/providers/Microsoft.Compute/virtualMachines/vm/extensions/e"

    assert resource_type(extension, given) == "microsoft.compute/virtualmachines/extensions"
