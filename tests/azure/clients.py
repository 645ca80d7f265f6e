"""The real SDK clients, pointed at the Azure on this machine."""

import asyncio
import ssl
from typing import Any

import httpx
from azure.core import PipelineClient
from azure.core.pipeline.policies import BearerTokenCredentialPolicy, HeadersPolicy, RetryPolicy
from azure.core.rest import HttpRequest, HttpResponse
from azure.mgmt.resourcegraph import ResourceGraphClient
from azure.mgmt.resourcegraph.models import QueryRequest, QueryRequestOptions
from azure.monitor.query import LogsQueryClient
from kiota_authentication_azure.azure_identity_authentication_provider import AzureIdentityAuthenticationProvider
from loopback import Azure
from msgraph import GraphRequestAdapter, GraphServiceClient
from msgraph_core import GraphClientFactory


def resource_graph(azure: Azure, **kwargs: Any) -> ResourceGraphClient:
    return ResourceGraphClient(
        azure.credential(),
        base_url=azure.url,
        credential_scopes=[azure.arm_scope],
        connection_verify=str(azure.ca_file),
        **kwargs,
    )


def pages(
    client: ResourceGraphClient, query: str, subscriptions: list[str] | None = None, top: int = 1000
) -> list[Any]:
    """All pages of an answer, by skip token."""
    found: list[Any] = []
    token: str | None = None
    while True:
        options = QueryRequestOptions(result_format="objectArray", top=top, skip_token=token)
        found.append(client.resources(QueryRequest(query=query, subscriptions=subscriptions, options=options)))
        token = found[-1].skip_token
        if not token:
            return found


def rows(client: ResourceGraphClient, query: str, subscriptions: list[str] | None = None, top: int = 1000) -> list[Any]:
    return [row for page in pages(client, query, subscriptions, top) for row in page.data]


class ResourceManager:
    """azure-core's own pipeline for GETs of Azure Resource Manager, as a client of one's own would set it up."""

    def __init__(self, azure: Azure, **retries: Any) -> None:
        policies = [
            HeadersPolicy(),
            RetryPolicy(**retries),
            BearerTokenCredentialPolicy(azure.credential(), azure.arm_scope),
        ]
        self._client: PipelineClient[HttpRequest, HttpResponse] = PipelineClient(
            azure.url, policies=policies, connection_verify=str(azure.ca_file)
        )

    def get(self, url: str, **query: str) -> HttpResponse:
        """One answer, whatever its status."""
        return self._client.send_request(HttpRequest("GET", self._client.format_url(url), params=query), timeout=30)

    def rows(self, path: str, version: str = "2022-04-01", **query: str) -> list[Any]:
        """All pages of a list, by nextLink."""
        answer = self.get(path, **{"api-version": version, **query})
        found: list[Any] = []
        while True:
            answer.raise_for_status()
            body = answer.json()
            found.extend(body["value"])
            if "nextLink" not in body:
                return found
            answer = self.get(body["nextLink"])


def logs(azure: Azure, **kwargs: Any) -> LogsQueryClient:
    return LogsQueryClient(
        azure.credential(),
        endpoint=azure.url,
        audience=azure.logs_audience,
        connection_verify=str(azure.ca_file),
        **kwargs,
    )


class Graph:
    """msgraph-sdk's client over an httpx client of our own, closed at the end of the block."""

    def __init__(self, azure: Azure) -> None:
        base = f"{azure.url}/v1.0"
        provider = AzureIdentityAuthenticationProvider(
            azure.credential(), scopes=[azure.graph_scope], allowed_hosts=["localhost"]
        )
        trusted = ssl.create_default_context(cafile=str(azure.ca_file))
        self._transport = httpx.AsyncHTTPTransport(verify=trusted, trust_env=False)
        http = httpx.AsyncClient(base_url=base, transport=self._transport, timeout=httpx.Timeout(30), trust_env=False)
        adapter = GraphRequestAdapter(provider, GraphClientFactory.create_with_default_middleware(client=http))
        adapter.base_url = base
        self._client = GraphServiceClient(request_adapter=adapter)

    async def __aenter__(self) -> GraphServiceClient:
        return self._client

    async def __aexit__(self, *_: object) -> None:
        await self._transport.aclose()  # kiota's middleware hides it from the client, whose aclose() misses it
        await asyncio.sleep(0.05)  # TLS says goodbye in the background; without it a socket stays behind
