"""Microsoft Graph on this machine, asked by msgraph-sdk."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import pytest
from clients import Graph
from kiota_abstractions.base_request_configuration import RequestConfiguration
from kiota_http.middleware.options import RetryHandlerOption
from loopback import Azure, Tenant
from msgraph import GraphServiceClient
from msgraph.generated.directory_objects.get_by_ids.get_by_ids_post_request_body import GetByIdsPostRequestBody
from msgraph.generated.groups.item.transitive_members.transitive_members_request_builder import (
    TransitiveMembersRequestBuilder,
)
from msgraph.generated.identity_governance.privileged_access.group.eligibility_schedule_instances.eligibility_schedule_instances_request_builder import (
    EligibilityScheduleInstancesRequestBuilder,
)
from msgraph.generated.models.o_data_errors.o_data_error import ODataError

Serve = Callable[[Tenant], Azure]
T = TypeVar("T")
POLICIES = "identity/conditionalAccess/policies"
ELIGIBLE = "identityGovernance/privilegedAccess/group/eligibilityScheduleInstances"


def ask(azure: Azure, question: Callable[[GraphServiceClient], Awaitable[T]]) -> T:
    async def run() -> T:
        async with Graph(azure) as client:
            return await question(client)

    return asyncio.run(run())


def no_retries() -> RequestConfiguration[Any]:
    return RequestConfiguration(options=[RetryHandlerOption(max_retries=0, should_retry=False)])


def with_people() -> Tenant:
    tenant = Tenant()
    for number in range(250):
        tenant.directory.add("user", id=f"user-{number:03d}", displayName=f"User {number}")
    tenant.directory.add("group", id="outer", displayName="Outer")
    tenant.directory.add("group", id="inner", displayName="Inner")
    tenant.directory.members = {"outer": ["inner", "user-000"], "inner": ["user-000", "user-001", "outer"]}
    return tenant


def test_users_come_page_by_page_over_the_next_link(serve: Serve) -> None:
    azure = serve(with_people())

    async def everybody(client: GraphServiceClient) -> list[str]:
        found: list[str] = []
        page = await client.users.get()
        while page is not None:
            found += [user.id or "" for user in page.value or ()]
            if page.odata_next_link is None:
                break
            page = await client.users.with_url(page.odata_next_link).get()
        return found

    assert ask(azure, everybody) == [f"user-{number:03d}" for number in range(250)]
    assert len(azure.ledger.asked("/v1.0/users")) == 3


def test_members_of_nested_groups_come_once(serve: Serve) -> None:
    azure = serve(with_people())
    builder = TransitiveMembersRequestBuilder.TransitiveMembersRequestBuilderGetQueryParameters

    async def members(client: GraphServiceClient) -> list[str]:
        configuration = RequestConfiguration(query_parameters=builder(top=999))
        page = await client.groups.by_group_id("outer").transitive_members.get(request_configuration=configuration)
        return [member.id or "" for member in (page.value if page else None) or ()]

    assert sorted(ask(azure, members)) == ["inner", "outer", "user-000", "user-001"]


def test_ids_that_are_gone_are_left_out_without_a_word(serve: Serve) -> None:
    azure = serve(with_people())

    async def found(client: GraphServiceClient) -> list[str]:
        body = GetByIdsPostRequestBody(ids=["user-001", "deleted", "inner"], types=["user", "group"])
        answer = await client.directory_objects.get_by_ids.post(body)
        return [one.id or "" for one in (answer.value if answer else None) or ()]

    assert ask(azure, found) == ["user-001", "inner"]
    assert azure.ledger.writes() == ()


def test_conditional_access_allows_one_request_a_second_and_says_nothing_of_when(serve: Serve) -> None:
    azure = serve(Tenant())
    azure.tenant.directory.lists[POLICIES] = [{"id": "p1", "displayName": "MFA", "state": "enabled"}]

    async def twice(client: GraphServiceClient) -> ODataError:
        await client.identity.conditional_access.policies.get()
        with pytest.raises(ODataError) as caught:
            await client.identity.conditional_access.policies.get(request_configuration=no_retries())
        return caught.value

    error = ask(azure, twice)

    assert error.response_status_code == 429
    assert "retry-after" not in {name.lower() for name in error.response_headers or {}}


def test_the_sdk_waits_for_conditional_access_by_itself(serve: Serve) -> None:
    azure = serve(Tenant())
    azure.tenant.directory.lists[POLICIES] = [{"id": "p1", "state": "enabled"}]
    began = time.monotonic()

    async def twice(client: GraphServiceClient) -> None:
        await client.identity.conditional_access.policies.get()
        await client.identity.conditional_access.policies.get()

    ask(azure, twice)

    assert time.monotonic() - began >= 1.0
    assert [entry.answered for entry in azure.ledger.asked(POLICIES)] == [200, 429, 200]


@pytest.mark.parametrize(
    ("permission", "code"),
    [("Policy.Read.All", "AccessDenied"), ("Directory.Read.All", "Authorization_RequestDenied")],
)
def test_a_missing_permission_is_refused_in_the_words_of_its_list(serve: Serve, permission: str, code: str) -> None:
    azure = serve(with_people())
    azure.tenant.directory.lists[POLICIES] = []
    azure.access.graph_permissions.discard(permission)

    async def refused(client: GraphServiceClient) -> ODataError:
        policies = permission == "Policy.Read.All"
        request = client.identity.conditional_access.policies.get() if policies else client.users.get()
        with pytest.raises(ODataError) as caught:
            await request
        return caught.value

    error = ask(azure, refused)

    assert error.response_status_code == 403
    assert error.error is not None
    assert error.error.code == code


def test_members_whose_type_may_not_be_read_come_as_ids(serve: Serve) -> None:
    azure = serve(with_people())
    azure.access.graph_permissions.discard("Directory.Read.All")
    azure.access.graph_permissions.add("GroupMember.Read.All")

    async def members(client: GraphServiceClient) -> list[Any]:
        page = await client.groups.by_group_id("inner").transitive_members.get()
        return [getattr(one, "display_name", None) for one in (page.value if page else None) or ()]

    assert set(ask(azure, members)) == {None}


def eligible(odata_filter: str | None) -> Callable[[GraphServiceClient], Awaitable[list[str]]]:
    builder = EligibilityScheduleInstancesRequestBuilder.EligibilityScheduleInstancesRequestBuilderGetQueryParameters

    async def question(client: GraphServiceClient) -> list[str]:
        configuration = RequestConfiguration(query_parameters=builder(filter=odata_filter))
        instances = client.identity_governance.privileged_access.group.eligibility_schedule_instances
        page = await instances.get(request_configuration=configuration)
        return [row.principal_id or "" for row in (page.value if page else None) or ()]

    return question


def test_eligible_members_of_a_group_need_a_filter(serve: Serve) -> None:
    azure = serve(Tenant())
    azure.tenant.directory.lists[ELIGIBLE] = [
        {"id": "1", "groupId": "g1", "principalId": "p1", "accessId": "member"},
        {"id": "2", "groupId": "g2", "principalId": "p2", "accessId": "member"},
    ]

    assert ask(azure, eligible("groupId eq 'g1'")) == ["p1"]
    with pytest.raises(ODataError) as caught:
        ask(azure, eligible(None))
    assert caught.value.response_status_code == 400


def test_a_tenant_without_the_licence_says_so(serve: Serve) -> None:
    azure = serve(Tenant())
    azure.tenant.directory.unlicensed.add("identityGovernance/privilegedAccess")

    with pytest.raises(ODataError) as caught:
        ask(azure, eligible("groupId eq 'g1'"))

    assert caught.value.response_status_code == 400
    assert caught.value.error is not None
    assert caught.value.error.code == "AadPremiumLicenseRequired"


def test_what_is_not_there_is_refused(serve: Serve) -> None:
    azure = serve(with_people())

    async def missing(client: GraphServiceClient) -> ODataError:
        with pytest.raises(ODataError) as caught:
            await client.users.by_user_id("nobody").get()
        return caught.value

    error = ask(azure, missing)

    assert error.response_status_code == 404
    assert error.error is not None
    assert error.error.code == "Request_ResourceNotFound"
    with pytest.raises(ODataError) as caught:
        ask(azure, lambda client: client.devices.get())
    assert caught.value.response_status_code == 400
