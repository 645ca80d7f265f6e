"""Resource Graph on this machine, asked by azure-mgmt-resourcegraph."""

import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from azure.core.exceptions import HttpResponseError
from azure.mgmt.resourcegraph.models import QueryRequest, QueryRequestOptions
from clients import pages, resource_graph, rows
from contoso import contoso
from loopback import Azure, Tenant
from some_machines import MACHINES, machine

Serve = Callable[[Tenant], Azure]


def test_every_machine_of_contoso_comes_over_tls_as_its_row_is(serve: Serve) -> None:
    tenant = contoso()
    azure = serve(tenant)

    got = rows(resource_graph(azure), MACHINES)

    held = {found.id: found.row for found in tenant.of_kind("microsoft.compute/virtualmachines")}
    assert {row["id"]: row["properties"] for row in got} == {key: row["properties"] for key, row in held.items()}
    assert [row["id"] for row in got] == sorted(row["id"] for row in got)


def test_pages_of_a_thousand_rows_are_joined_by_skip_tokens(serve: Serve) -> None:
    azure = serve(Tenant(machine(number) for number in range(2500)))

    got = pages(resource_graph(azure), MACHINES)

    assert [page.count for page in got] == [1000, 1000, 500]
    assert {page.total_records for page in got} == {2500}
    assert [page.result_truncated for page in got] == ["false"] * 3
    assert len({row["id"] for page in got for row in page.data}) == 2500


def test_a_query_that_takes_rows_is_truncated_without_a_way_on(serve: Serve) -> None:
    azure = serve(Tenant(machine(number) for number in range(30)))

    (page,) = pages(resource_graph(azure), "resources | take 20", top=10)

    assert (page.count, page.result_truncated, page.skip_token) == (10, "true", None)


def test_the_sixteenth_query_in_five_seconds_is_throttled(serve: Serve) -> None:
    azure = serve(Tenant([machine(1)]))
    client = resource_graph(azure, retry_total=0)
    remaining: list[str] = []

    def keep(response: Any) -> None:
        remaining.append(response.http_response.headers["x-ms-user-quota-remaining"])

    for _ in range(15):
        client.resources(QueryRequest(query="resources | count"), raw_response_hook=keep)
    with pytest.raises(HttpResponseError) as caught:
        client.resources(QueryRequest(query="resources | count"))

    assert remaining == [str(left) for left in range(14, -1, -1)]
    assert caught.value.status_code == 429
    assert caught.value.error is not None
    assert caught.value.error.code == "RateLimiting"
    assert caught.value.response is not None
    assert 1 <= int(caught.value.response.headers["Retry-After"]) <= 5
    assert caught.value.response.headers["x-ms-user-quota-resets-after"].startswith("00:00:0")


def test_a_throttled_client_that_waits_gets_its_answer(serve: Serve) -> None:
    azure = serve(Tenant([machine(1)]))
    azure.resource_graph.limits.queries, azure.resource_graph.limits.seconds = 2, 0.7
    client = resource_graph(azure)
    began = time.monotonic()

    for _ in range(3):
        client.resources(QueryRequest(query="resources | count"))

    assert time.monotonic() - began >= 0.7
    assert [entry.answered for entry in azure.ledger.asked("ResourceGraph")] == [200, 200, 429, 200]


def test_subscriptions_that_may_not_be_read_are_left_out_without_a_word(serve: Serve) -> None:
    azure = serve(Tenant([machine(1, "seen"), machine(2, "hidden")]))
    azure.access.hide("/subscriptions/hidden")

    got = pages(resource_graph(azure), MACHINES, ["seen", "hidden"])

    assert [row["name"] for page in got for row in page.data] == ["vm-00001"]
    assert got[0].result_truncated == "false"


def test_only_a_scope_of_which_nothing_can_be_read_is_forbidden(serve: Serve) -> None:
    azure = serve(Tenant([machine(1, "seen"), machine(2, "hidden")]))
    azure.access.hide("/subscriptions/hidden")

    with pytest.raises(HttpResponseError) as caught:
        rows(resource_graph(azure), MACHINES, ["hidden"])

    assert caught.value.status_code == 403


def test_a_type_that_may_not_be_read_is_left_out(serve: Serve) -> None:
    azure = serve(Tenant([machine(1)]))
    azure.access.deny("Microsoft.Compute/virtualMachines/read")

    assert rows(resource_graph(azure), MACHINES) == []


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("resources | where Type =~ 'x'", "InvalidQuery"),
        ("resources | project nope", "InvalidQuery"),
        ("resources | extend x = ToLower(id)", "InvalidQuery"),
        ("resources | extend Place = location | where place == ''", "InvalidQuery"),
        ("nowhere | count", "UnknownTable"),
        ("resources | wherex id == ''", "ParserFailure"),
        ("resources | mv-expand rule = properties.securityRules", "NotSupportedHere"),
        ("externaldata(a: string)['/etc/hostname']", "NotSupportedHere"),
    ],
)
def test_what_azure_would_not_run_is_refused_in_its_words(serve: Serve, query: str, code: str) -> None:
    azure = serve(Tenant([machine(1)]))

    with pytest.raises(HttpResponseError) as caught:
        rows(resource_graph(azure), query)

    assert caught.value.status_code == 400
    assert caught.value.error is not None
    assert caught.value.error.code == "BadRequest"
    assert [detail.code for detail in caught.value.error.details or ()] == ["InvalidQuery", code]


def test_letter_case_of_values_counts_as_in_kusto(serve: Serve) -> None:
    azure = serve(Tenant([machine(1, Foo="Bar")]))
    client = resource_graph(azure)

    assert rows(client, "resources | where type == 'Microsoft.Compute/virtualMachines'") == []
    assert rows(client, "resources | where properties.foo == 'Bar'") == []
    assert len(rows(client, "resources | where properties.Foo == 'Bar'")) == 1


def test_an_answer_over_sixteen_mebibytes_is_refused_and_smaller_pages_work(serve: Serve) -> None:
    azure = serve(Tenant(machine(number, note="x" * 2_000_000) for number in range(12)))
    client = resource_graph(azure)

    with pytest.raises(HttpResponseError) as caught:
        rows(client, MACHINES)

    assert caught.value.error is not None
    assert [detail.code for detail in caught.value.error.details or ()] == ["ResponsePayloadTooLarge"]
    assert len(rows(client, MACHINES, top=5)) == 12


def test_unsorted_pages_lose_rows_and_bring_others_twice(serve: Serve) -> None:
    azure = serve(Tenant(machine(number) for number in range(100)))

    got = rows(resource_graph(azure), "resources | where type =~ 'microsoft.compute/virtualmachines'", top=20)

    assert len(got) == 100
    assert len({row["id"] for row in got}) < 100


def test_a_page_that_changes_while_it_is_read_loses_a_row(serve: Serve) -> None:
    tenant = Tenant(machine(number) for number in range(20))
    azure = serve(tenant)
    client = resource_graph(azure)
    options = QueryRequestOptions(result_format="objectArray", top=10)
    first = client.resources(QueryRequest(query=MACHINES, options=options))

    tenant.remove(machine(0)["id"])
    options.skip_token = first.skip_token
    second = client.resources(QueryRequest(query=MACHINES, options=options))

    assert (first.total_records, second.total_records) == (20, 19)
    assert machine(10)["id"] not in {row["id"] for row in (*first.data, *second.data)}


def test_a_skip_token_of_another_query_is_refused(serve: Serve) -> None:
    azure = serve(Tenant(machine(number) for number in range(20)))
    client = resource_graph(azure)
    first = client.resources(QueryRequest(query=MACHINES, options=QueryRequestOptions(top=10)))

    other = QueryRequestOptions(top=10, skip_token=first.skip_token)
    with pytest.raises(HttpResponseError) as caught:
        client.resources(QueryRequest(query=f"{MACHINES} | project id", options=other))

    assert caught.value.status_code == 400


def test_the_hierarchy_is_in_resource_containers(serve: Serve) -> None:
    tenant = Tenant()
    tenant.add_management_group("platform", "Platform")
    tenant.add_subscription("s9", "Hub", under="platform")
    azure = serve(tenant)

    (found,) = rows(resource_graph(azure), "resourcecontainers | where type == 'microsoft.resources/subscriptions'")

    assert found["subscriptionId"] == "s9"
    chain = found["properties"]["managementGroupAncestorsChain"]
    assert [group["name"] for group in chain] == ["platform", tenant.tenant_id]


@pytest.mark.parametrize(
    "query",
    ["held.resources | count", "database('held').resources | count", "['held.resources'] | count", ".show tables"],
)
def test_rows_that_may_not_be_read_have_no_other_name(serve: Serve, query: str) -> None:
    azure = serve(Tenant([machine(1)]))

    with pytest.raises(HttpResponseError) as caught:
        rows(resource_graph(azure), query)

    assert caught.value.status_code == 400


def test_rights_given_above_a_subscription_need_a_wider_filter(serve: Serve) -> None:
    tenant = Tenant([machine(1, "s1")])
    tenant.add(assignment("above", tenant.root))
    tenant.add(assignment("here", "/subscriptions/s1"))
    tenant.add(assignment("below", "/subscriptions/s1/resourceGroups/RG"))
    tenant.add(assignment("elsewhere", "/subscriptions/s2"))
    azure = serve(tenant)
    client = resource_graph(azure, api_version="2024-04-01")

    def names(scope_filter: str | None) -> set[str]:
        options = {} if scope_filter is None else {"authorizationScopeFilter": scope_filter}
        query = "authorizationresources | where type =~ 'microsoft.authorization/roleassignments' | order by id asc"
        body = {"query": query, "subscriptions": ["s1"], "options": options}
        answer = client.resources(json.dumps(body).encode(), content_type="application/json")
        return {row["name"] for row in answer.data}

    assert names(None) == {"here", "below"}
    assert names("AtScopeAboveAndBelow") == {"above", "here", "below"}
    assert names("AtScopeAndAbove") == {"above", "here"}
    assert names("AtScopeExact") == {"here"}


def test_parts_of_a_network_are_no_rows_of_their_own(serve: Serve) -> None:
    network = "/subscriptions/s1/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/vnet"
    azure = serve(
        Tenant([{"id": network}, {"id": f"{network}/subnets/web"}, {"id": f"{machine(1)['id']}/extensions/aad"}])
    )

    got = rows(resource_graph(azure), "resources | order by id asc")

    assert [row["type"] for row in got] == [
        "microsoft.compute/virtualmachines/extensions",
        "microsoft.network/virtualnetworks",
    ]


def test_many_may_ask_at_once_while_the_tenant_changes(serve: Serve) -> None:
    azure = serve(Tenant(machine(number) for number in range(300)))
    azure.resource_graph.limits.queries = 1000
    client = resource_graph(azure)

    def ask(number: int) -> int:
        azure.tenant.add(machine(1000 + number))
        return len({row["id"] for row in rows(client, f"{MACHINES} | extend asked = {number}", top=200)})

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(ask, range(12)))

    assert min(found) >= 300
    assert max(found) <= 312


def assignment(name: str, scope: str) -> dict[str, Any]:
    return {
        "id": f"{scope}/providers/Microsoft.Authorization/roleAssignments/{name}",
        "name": name,
        "type": "microsoft.authorization/roleassignments",
        "properties": {"scope": scope, "principalId": "p", "roleDefinitionId": "r"},
    }
