"""Azure Resource Manager on this machine, asked through azure-core's pipeline."""

from collections.abc import Callable
from typing import Any

import pytest
from clients import ResourceManager
from contoso import contoso
from loopback import Azure, Tenant

Serve = Callable[[Tenant], Azure]
RIGHTS = "providers/Microsoft.Authorization"


def resource(scope: str, kind: str, name: str, /, **properties: Any) -> dict[str, Any]:
    return {"id": f"{scope}/providers/{kind}/{name}", "name": name, "type": kind.lower(), "properties": properties}


def network(number: int, subscription: str = "s1") -> dict[str, Any]:
    scope = f"/subscriptions/{subscription}/resourceGroups/rg"
    return resource(scope, "Microsoft.Network/virtualNetworks", f"vnet-{number:03d}")


def test_a_list_goes_on_at_the_next_link(serve: Serve) -> None:
    azure = serve(Tenant(network(number) for number in range(250)))

    got = ResourceManager(azure).rows("/subscriptions/s1/providers/Microsoft.Network/virtualNetworks")

    assert [row["name"] for row in got] == [f"vnet-{number:03d}" for number in range(250)]
    assert {row["type"] for row in got} == {"Microsoft.Network/virtualNetworks"}
    assert len(azure.ledger.asked("virtualNetworks")) == 3


def test_contosos_just_in_time_policies_are_listed_per_subscription(serve: Serve) -> None:
    tenant = contoso()
    azure = serve(tenant)
    client = ResourceManager(azure)

    got = [
        row["id"]
        for subscription in client.rows("/subscriptions", "2022-12-01")
        for row in client.rows(
            f"{subscription['id']}/providers/Microsoft.Security/jitNetworkAccessPolicies", "2020-01-01"
        )
    ]

    assert sorted(got) == sorted(
        held.id for held in tenant.of_kind("microsoft.security/locations/jitnetworkaccesspolicies")
    )
    assert got


def test_subscriptions_that_may_not_be_read_are_not_listed_and_refuse(serve: Serve) -> None:
    azure = serve(Tenant([network(1, "seen"), network(1, "hidden")]))
    azure.access.hide("/subscriptions/hidden")
    client = ResourceManager(azure)

    assert [row["subscriptionId"] for row in client.rows("/subscriptions")] == ["seen"]
    answer = client.get("/subscriptions/hidden/providers/Microsoft.Network/virtualNetworks?api-version=2024-05-01")
    assert answer.status_code == 403
    assert answer.json()["error"]["code"] == "AuthorizationFailed"
    assert (
        "'Microsoft.Network/virtualNetworks/read' over scope '/subscriptions/hidden'"
        in answer.json()["error"]["message"]
    )


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        (
            "/subscriptions/none/providers/Microsoft.Network/virtualNetworks?api-version=2024-05-01",
            404,
            "SubscriptionNotFound",
        ),
        ("/subscriptions/s1/resourceGroups/no?api-version=2022-09-01", 404, "ResourceGroupNotFound"),
        (f"{network(2)['id']}?api-version=2024-05-01", 404, "ResourceNotFound"),
        (f"{network(1)['id']}", 400, "MissingApiVersionParameter"),
        (f"{network(1)['id']}?api-version=new", 400, "InvalidApiVersionParameter"),
        (f"/subscriptions/s1/{RIGHTS}/roleAssignments?api-version=2022-04-01&$filter=atScope()", 400, "InvalidUrl"),
        (f"/subscriptions/s1/{RIGHTS}/roleAssignments?api-version=2022-04-01&$filter=x", 400, "InvalidFilter"),
    ],
)
def test_errors_have_azures_shape(serve: Serve, path: str, status: int, code: str) -> None:
    answer = ResourceManager(serve(Tenant([network(1)]))).get(path)

    assert answer.status_code == status
    assert answer.json()["error"]["code"] == code
    assert answer.json()["error"]["message"]


def test_a_single_resource_is_read_in_any_letter_case(serve: Serve) -> None:
    azure = serve(Tenant([network(1)]))

    answer = ResourceManager(azure).get(network(1)["id"].upper(), **{"api-version": "2024-05-01"})

    assert answer.json()["name"] == "vnet-001"


def test_children_are_listed_under_their_parent_only(serve: Serve) -> None:
    scale_set = "/subscriptions/s1/resourceGroups/rg/providers/Microsoft.Compute/virtualMachineScaleSets"
    rows = [
        {"id": f"{scale_set}/{name}/virtualMachines/{number}", "name": str(number), "properties": {}}
        for name in ("one", "two")
        for number in range(2)
    ]
    azure = serve(Tenant(rows))

    got = ResourceManager(azure).rows(f"{scale_set}/one/virtualMachines")

    assert [row["id"] for row in got] == [rows[0]["id"], rows[1]["id"]]


def test_rights_are_listed_at_a_scope_and_below_and_above(serve: Serve) -> None:
    tenant = Tenant([network(1)])
    scopes = {
        "root": tenant.root,
        "here": "/subscriptions/s1",
        "group": "/subscriptions/s1/resourceGroups/rg",
        "other": "/subscriptions/s2",
    }
    for name, scope in scopes.items():
        for kind in ("roleAssignments", "roleEligibilityScheduleInstances", "roleManagementPolicyAssignments"):
            tenant.add(resource(scope, f"Microsoft.Authorization/{kind}", name, scope=scope, principalId=name))
    azure = serve(tenant)
    client = ResourceManager(azure)

    def names(path: str, **query: str) -> set[str]:
        return {row["name"] for row in client.rows(path, "2020-10-01", **query)}

    eligible = f"{RIGHTS}/roleEligibilityScheduleInstances"
    assert names(f"/subscriptions/s1/{RIGHTS}/roleAssignments") == {"root", "here", "group"}
    assert names(f"/subscriptions/s1/{eligible}") == {"here", "group"}
    assert names(f"/subscriptions/s1/{eligible}", **{"$filter": "atScope%28%29"}) == {"root", "here"}
    assert names(f"{tenant.root}/{eligible}") == {"root", "here", "group", "other"}
    assert names(f"/subscriptions/s1/{RIGHTS}/roleManagementPolicyAssignments") == {"here"}


def test_management_groups_come_with_everything_below_them(serve: Serve) -> None:
    tenant = Tenant()
    tenant.add_management_group("platform", "Platform")
    tenant.add_subscription("s9", "Hub", under="platform")
    azure = serve(tenant)
    client = ResourceManager(azure)
    groups = "/providers/Microsoft.Management/managementGroups"

    assert {row["name"] for row in client.rows(groups, "2021-04-01")} == {"platform", tenant.tenant_id}
    below = client.rows(f"{groups}/{tenant.tenant_id}/descendants", "2021-04-01")
    assert [(row["type"], row["name"]) for row in below] == [
        ("Microsoft.Management/managementGroups", "platform"),
        ("Microsoft.Management/managementGroups/subscriptions", "s9"),
    ]


def test_diagnostic_settings_are_those_of_the_resource_itself(serve: Serve) -> None:
    kind = "Microsoft.Insights/diagnosticSettings"
    rows = [
        network(1),
        resource(network(1)["id"], kind, "own"),
        resource("/subscriptions/s1", kind, "of-the-subscription"),
    ]
    azure = serve(Tenant(rows))
    client = ResourceManager(azure)

    assert [row["name"] for row in client.rows(f"/subscriptions/s1/providers/{kind}")] == ["of-the-subscription"]
    assert [row["name"] for row in client.rows(f"{network(1)['id']}/providers/{kind}")] == ["own"]


def test_reads_are_counted_and_throttled(serve: Serve) -> None:
    azure = serve(Tenant([network(1)]))
    azure.arm.reads, azure.arm.reads_per_second = 2, 1.0
    client = ResourceManager(azure, retry_total=0)

    answers = [client.get("/subscriptions/s1?api-version=2022-12-01") for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[0].headers["x-ms-ratelimit-remaining-subscription-reads"] == "1"
    assert answers[2].headers["Retry-After"] == "1"
    assert answers[2].json()["error"]["code"] == "SubscriptionRequestsThrottled"


def test_nothing_is_answered_without_a_token(serve: Serve) -> None:
    azure = serve(Tenant([network(1)]))
    client = ResourceManager(azure)
    assert client.get("/subscriptions?api-version=2022-12-01").status_code == 200

    azure.tokens.expire_all()

    answer = client.get("/subscriptions?api-version=2022-12-01")
    assert answer.status_code == 401
    assert answer.json()["error"]["code"] == "ExpiredAuthenticationToken"


def test_a_provider_that_is_not_registered_says_so(serve: Serve) -> None:
    azure = serve(Tenant([network(1)]))
    azure.arm.unregistered.add(("s1", "microsoft.security"))

    answer = ResourceManager(azure).get(
        "/subscriptions/s1/providers/Microsoft.Security/pricings?api-version=2024-01-01"
    )

    assert answer.status_code == 409
    assert answer.json()["error"]["code"] == "MissingSubscriptionRegistration"
