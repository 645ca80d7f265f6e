"""Signing in with azure-identity, and what the server keeps of the requests it got."""

import json
from collections.abc import Callable

import pytest
from azure.core.exceptions import ClientAuthenticationError, HttpResponseError
from azure.core.pipeline.policies import BearerTokenCredentialPolicy
from azure.core.rest import HttpRequest
from azure.identity import ClientSecretCredential
from azure.mgmt.core import ARMPipelineClient
from azure.mgmt.core.policies import ARMAutoResourceProviderRegistrationPolicy
from azure.mgmt.resourcegraph.models import QueryRequest
from clients import ResourceManager, resource_graph
from loopback import Azure, Tenant
from loopback.server import CLIENT_ID, SECRET
from some_machines import machine

Serve = Callable[[Tenant], Azure]
SUBSCRIPTIONS = "/subscriptions?api-version=2022-12-01"


def credential(azure: Azure, secret: str, client: str = CLIENT_ID) -> ClientSecretCredential:
    return ClientSecretCredential(
        azure.tenant.tenant_id,
        client,
        secret,
        authority=azure.url,
        disable_instance_discovery=True,
        connection_verify=str(azure.ca_file),
    )


def test_a_token_is_asked_for_once_per_audience(serve: Serve) -> None:
    azure = serve(Tenant())
    signed_in = azure.credential()

    tokens = [signed_in.get_token(azure.arm_scope), signed_in.get_token(azure.arm_scope)]
    other = signed_in.get_token(azure.graph_scope)

    assert tokens[0].token == tokens[1].token != other.token
    assert len(azure.ledger.asked("/oauth2/v2.0/token")) == 2


@pytest.mark.parametrize(
    ("secret", "client", "scope", "code"),
    [
        ("wrong", CLIENT_ID, "https://management.azure.com/.default", "AADSTS7000215"),
        (SECRET, "nobody", "https://management.azure.com/.default", "AADSTS700016"),
        (SECRET, CLIENT_ID, "https://example.net/.default", "AADSTS500011"),
    ],
)
def test_signing_in_is_refused_in_entras_words(serve: Serve, secret: str, client: str, scope: str, code: str) -> None:
    azure = serve(Tenant())

    with pytest.raises(ClientAuthenticationError, match=code):
        credential(azure, secret, client).get_token(scope)


def test_a_token_of_another_audience_does_not_open_resource_manager(serve: Serve) -> None:
    azure = serve(Tenant())
    azure.arm_scope = azure.graph_scope

    answer = ResourceManager(azure).get(SUBSCRIPTIONS)

    assert answer.status_code == 401
    assert answer.json()["error"]["code"] == "InvalidAuthenticationTokenAudience"


def test_a_client_that_takes_the_endpoint_for_the_audience_gets_in(serve: Serve) -> None:
    azure = serve(Tenant())
    azure.arm_scope = f"{azure.url}/.default"

    assert ResourceManager(azure).get(SUBSCRIPTIONS).status_code == 200


def test_the_ledger_has_every_request_and_no_secret(serve: Serve) -> None:
    azure = serve(Tenant([machine(1)]))

    resource_graph(azure).resources(QueryRequest(query="resources | count"))

    asked = [str(entry) for entry in azure.ledger]
    assert asked == [
        f"GET /{azure.tenant.tenant_id}/v2.0/.well-known/openid-configuration",
        f"POST /{azure.tenant.tenant_id}/oauth2/v2.0/token",
        "POST /providers/Microsoft.ResourceGraph/resources",
    ]
    kept = json.dumps([[entry.path, entry.query, dict(entry.headers), entry.body.decode()] for entry in azure.ledger])
    assert SECRET not in kept
    assert not any(token in kept for token in azure.tokens.issued())
    assert azure.ledger.asked("ResourceGraph")[0].json["query"] == "resources | count"
    assert azure.ledger.writes() == ()


def test_a_provider_that_the_sdk_registers_by_itself_is_a_write(serve: Serve) -> None:
    subscription = "0b1f6471-1bf0-4dda-aec3-111122223333"  # the SDK finds nothing but a GUID in a path
    azure = serve(Tenant([machine(1, subscription)]))
    azure.arm.unregistered.add((subscription, "microsoft.security"))
    client = ARMPipelineClient(
        azure.url,
        policies=[
            ARMAutoResourceProviderRegistrationPolicy(),
            BearerTokenCredentialPolicy(azure.credential(), azure.arm_scope),
        ],
        connection_verify=str(azure.ca_file),
    )
    path = f"/subscriptions/{subscription}/providers/Microsoft.Security/pricings?api-version=2024-01-01"

    client.send_request(HttpRequest("GET", f"{azure.url}{path}"))

    assert [str(entry) for entry in azure.ledger.writes()] == [
        f"POST /subscriptions/{subscription}/providers/Microsoft.Security/register"
    ]
    assert azure.ledger.writes()[0].answered == 403


def test_resource_graph_wants_a_token(serve: Serve) -> None:
    azure = serve(Tenant([machine(1)]))
    client = resource_graph(azure)
    client.resources(QueryRequest(query="resources | count"))

    azure.tokens.expire_all()
    with pytest.raises(HttpResponseError) as caught:
        client.resources(QueryRequest(query="resources | count"))

    assert caught.value.status_code == 401
