"""What goes wrong on purpose, seen by the real clients: the right request, the right moment, as often as was said."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import pytest
from azure.core.exceptions import HttpResponseError, ServiceRequestError, ServiceResponseError
from azure.mgmt.resourcegraph.models import QueryRequest
from clients import ResourceManager, logs, resource_graph, rows
from loopback import (
    Azure,
    Change,
    Cut,
    ExpireTokens,
    Fault,
    Say,
    Shorten,
    Skew,
    Tenant,
    Wait,
    Workspace,
    random_faults,
    throttling,
)
from some_machines import MACHINES, machine

Serve = Callable[[Tenant], Azure]
SUBSCRIPTIONS = "/subscriptions?api-version=2022-12-01"
COUNT = QueryRequest(query="resources | count")


def one_machine() -> Tenant:
    return Tenant([machine(1)])


def test_a_fault_strikes_after_the_requests_it_spares_and_as_often_as_said(serve: Serve) -> None:
    azure = serve(one_machine())
    azure.faults.add(Fault("GET /subscriptions", Say(503), after=1, times=2))
    client = ResourceManager(azure, retry_total=0)

    assert [client.get(SUBSCRIPTIONS).status_code for _ in range(4)] == [200, 503, 503, 200]


def test_a_fault_may_ask_for_a_word_in_the_body(serve: Serve) -> None:
    azure = serve(one_machine())
    azure.faults.add(Fault("ResourceGraph", Say(500), in_body="networkinterfaces", times=None))
    client = resource_graph(azure, retry_total=0)

    assert client.resources(COUNT).count == 1
    with pytest.raises(HttpResponseError):
        client.resources(QueryRequest(query="resources | where type == 'microsoft.network/networkinterfaces'"))


def test_resource_graph_throttled_with_retry_after_is_retried_by_the_sdk(serve: Serve) -> None:
    azure = serve(one_machine())
    azure.faults.add(throttling("ResourceGraph", times=2, retry_after=0))

    assert resource_graph(azure).resources(COUNT).count == 1
    assert [entry.answered for entry in azure.ledger.asked("ResourceGraph")] == [429, 429, 200]


def test_resource_graph_throttled_without_retry_after_is_not_retried_by_the_sdk(serve: Serve) -> None:
    azure = serve(one_machine())
    azure.faults.add(throttling("ResourceGraph"))

    with pytest.raises(HttpResponseError) as caught:
        resource_graph(azure).resources(COUNT)

    assert caught.value.status_code == 429
    assert caught.value.error is not None
    assert caught.value.error.code == "RateLimiting"


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_server_errors_have_the_shape_of_the_service(serve: Serve, status: int) -> None:
    azure = serve(one_machine())
    azure.faults.add(Fault("GET /subscriptions", Say(status)), Fault("ResourceGraph", Say(status)))

    answer = ResourceManager(azure, retry_total=0).get(SUBSCRIPTIONS)
    with pytest.raises(HttpResponseError) as caught:
        resource_graph(azure, retry_total=0).resources(COUNT)

    assert answer.status_code == status
    assert answer.json()["error"]["code"]
    assert caught.value.status_code == status
    assert caught.value.error is not None
    assert caught.value.error.details


def test_a_connection_cut_in_the_middle_of_an_answer_is_an_error(serve: Serve) -> None:
    azure = serve(one_machine())
    azure.faults.add(Fault("ResourceGraph", Cut(after=40)))
    client = resource_graph(azure, retry_total=0)

    with pytest.raises((ServiceRequestError, ServiceResponseError, HttpResponseError)):
        client.resources(QueryRequest(query=MACHINES))

    assert len(rows(client, MACHINES)) == 1


def test_an_answer_with_half_its_json_is_whole_for_http(serve: Serve) -> None:
    azure = serve(one_machine())
    azure.faults.add(Fault("GET /subscriptions", Shorten(0.5)))

    answer = ResourceManager(azure, retry_total=0).get(SUBSCRIPTIONS)

    assert answer.status_code == 200
    assert int(answer.headers["Content-Length"]) == len(answer.read())
    with pytest.raises(ValueError, match=r"Unterminated|Expecting"):
        answer.json()


def test_an_answer_can_be_late(serve: Serve) -> None:
    azure = serve(one_machine())
    azure.faults.add(Fault("GET /subscriptions", Wait(0.3)))
    client = ResourceManager(azure)
    began = time.monotonic()

    assert client.get(SUBSCRIPTIONS).status_code == 200

    assert time.monotonic() - began >= 0.3


def test_tokens_can_expire_at_any_moment(serve: Serve) -> None:
    azure = serve(one_machine())
    azure.faults.add(Fault("GET /subscriptions", ExpireTokens(), after=1))
    client = ResourceManager(azure)

    assert client.get(SUBSCRIPTIONS).status_code == 200
    answer = client.get(SUBSCRIPTIONS)

    assert answer.status_code == 401
    assert answer.json()["error"]["code"] == "ExpiredAuthenticationToken"
    assert "invalid_token" in answer.headers["WWW-Authenticate"]


def test_a_tenant_can_change_between_two_pages(serve: Serve) -> None:
    azure = serve(Tenant(machine(number) for number in range(20)))
    first = machine(0)["id"]
    azure.faults.add(Fault("ResourceGraph", Change(lambda there: there.tenant.remove(first)), after=1))

    got = rows(resource_graph(azure), MACHINES, top=10)

    assert machine(10)["id"] not in {row["id"] for row in got}
    assert len(got) == 19


def test_a_subscription_can_be_taken_away_while_it_is_read(serve: Serve) -> None:
    azure = serve(one_machine())
    azure.faults.add(
        Fault("GET /subscriptions/s1", Change(lambda there: there.access.hide("/subscriptions/s1")), after=1)
    )
    client = ResourceManager(azure)
    path = "/subscriptions/s1/resourceGroups?api-version=2022-09-01"

    assert [client.get(path).status_code for _ in range(2)] == [200, 403]


def test_azures_clock_can_go_wrong(serve: Serve) -> None:
    azure = serve(one_machine())
    client = ResourceManager(azure)
    azure.faults.add(Fault("GET /subscriptions", Skew(timedelta(minutes=40)), after=1))

    def ahead() -> timedelta:
        return parsedate_to_datetime(client.get(SUBSCRIPTIONS).headers["Date"]) - datetime.now(UTC)

    assert abs(ahead()) < timedelta(minutes=1)
    assert timedelta(minutes=39) < ahead() < timedelta(minutes=41)


def test_a_token_is_expired_for_a_clock_that_is_ahead(serve: Serve) -> None:
    azure = serve(one_machine())
    azure.tokens.lifetime = timedelta(minutes=30)
    client = ResourceManager(azure)
    assert client.get(SUBSCRIPTIONS).status_code == 200

    azure.clock.skew = timedelta(minutes=31)

    assert client.get(SUBSCRIPTIONS).status_code == 401


def test_signing_in_can_fail_too(serve: Serve) -> None:
    azure = serve(one_machine())
    azure.faults.add(Fault("/oauth2/v2.0/token", Say(503)))

    assert ResourceManager(azure).get(SUBSCRIPTIONS).status_code == 200
    assert [entry.answered for entry in azure.ledger.asked("/oauth2/v2.0/token")] == [503, 200]


def test_the_logs_are_throttled_in_their_own_words(serve: Serve) -> None:
    tenant = Tenant()
    tenant.workspaces["w"] = Workspace()
    azure = serve(tenant)
    azure.faults.add(throttling("/v1/workspaces/"))

    with pytest.raises(HttpResponseError) as caught:
        logs(azure, retry_total=0).query_workspace("w", "print 1", timespan=timedelta(days=1))

    assert caught.value.status_code == 429


def test_the_same_seed_gives_the_same_faults_and_all_of_them_pass() -> None:
    mixtures = [random_faults(seed) for seed in range(200)]

    assert mixtures == [random_faults(seed) for seed in range(200)]
    assert len({repr(faults) for faults in mixtures}) > 190
    assert all(fault.times is not None for faults in mixtures for fault in faults)
