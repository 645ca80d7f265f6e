"""The server: TLS on a free port of this machine, in a thread of its own."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import trustme
import uvicorn
from azure.identity import ClientSecretCredential

from loopback.access import Access, Identity
from loopback.app import Services, application
from loopback.arm import Arm
from loopback.clock import Clock
from loopback.connections import Connections
from loopback.faults import Faults
from loopback.front import Front
from loopback.ledger import Ledger
from loopback.log_analytics import LogAnalytics
from loopback.microsoft_graph import MicrosoftGraph
from loopback.quota import Window
from loopback.resource_graph import ResourceGraph
from loopback.store import Store
from loopback.tenant import Tenant
from loopback.tokens import ARM_AUDIENCES, GRAPH_AUDIENCES, LOGS_AUDIENCES, TokenOffice

if TYPE_CHECKING:
    from starlette.types import ASGIApp

CLIENT_ID = "5e9d1c1a-7f0e-4c55-9d7a-6d1f0a4b8c01"
OBJECT_ID = "b0f6d8b2-3a5c-4e0e-8a54-1f2f5f0f9a02"
SECRET = "what-only-the-client-knows"  # noqa: S105 - opens nothing but a server in this process
_START_SECONDS = 20.0


class Azure:
    """An Azure on this machine: what is in it, what it was asked, and how it should misbehave."""

    def __init__(self, tenant: Tenant, ca_file: Path) -> None:
        self.tenant = tenant
        self.ca_file = ca_file
        self.clock = Clock()
        self.ledger = Ledger()
        self.faults = Faults()
        self.connections = Connections()
        self.mistakes: list[BaseException] = []
        """Errors of this server itself. One is enough to fail the test that it was started for."""
        self.identity = Identity(CLIENT_ID, OBJECT_ID, SECRET)
        self.tokens = TokenOffice(tenant.tenant_id, {CLIENT_ID: self.identity}, self.clock)
        self.resource_graph = ResourceGraph(tenant, Store(tenant), self.clock)
        self.arm = Arm(tenant, ticks=self.clock.ticks)
        self.graph = MicrosoftGraph(
            tenant,
            conditional_access=Window(1, 1.0, self.clock.ticks),
            resource_units=Window(3500, 10.0, self.clock.ticks),
        )
        self.logs = LogAnalytics(tenant, self.clock)
        self.url = ""
        """`https://localhost:PORT`, once it is served."""

        self.arm_scope = f"{ARM_AUDIENCES[0]}/.default"
        self.graph_scope = f"{GRAPH_AUDIENCES[0]}/.default"
        self.logs_audience = LOGS_AUDIENCES[0]

    @property
    def access(self) -> Access:
        """What the identity of `credential()` may read."""
        return self.identity.access

    def credential(self) -> ClientSecretCredential:
        """azure-identity's own credential, which signs in here."""
        return ClientSecretCredential(
            self.tenant.tenant_id,
            CLIENT_ID,
            SECRET,
            authority=self.url,
            disable_instance_discovery=True,
            connection_verify=str(self.ca_file),
        )

    @property
    def app(self) -> "ASGIApp":
        services = Services(self.tokens, self.resource_graph, self.arm, self.graph, self.logs)
        return Front(self, application(services))


@contextmanager
def serve(tenant: Tenant, folder: Path, ca: trustme.CA | None = None) -> Iterator[Azure]:
    """Serve a tenant until the block ends. `folder` gets the certificates that clients need to trust."""
    authority = ca or trustme.CA()
    leaf = authority.issue_cert("localhost", "127.0.0.1", "::1")
    ca_file, own_file = folder / "ca.pem", folder / "server.pem"
    authority.cert_pem.write_to_path(str(ca_file))
    leaf.private_key_and_cert_chain_pem.write_to_path(str(own_file))
    azure = Azure(tenant, ca_file)
    config = uvicorn.Config(
        azure.app,
        host="127.0.0.1",
        port=0,
        ssl_certfile=str(own_file),
        log_level="critical",
        lifespan="off",
        date_header=False,
        http=azure.connections.protocol(),
        timeout_graceful_shutdown=1,
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, name="azure-on-loopback", daemon=True)
    thread.start()
    try:
        _wait(server, thread)
        port = server.servers[0].sockets[0].getsockname()[1]
        azure.url = f"https://localhost:{port}"
        yield azure
    finally:
        azure.connections.cut_all()
        server.should_exit = True
        thread.join(_START_SECONDS)
    if azure.mistakes:
        raise RuntimeError("the Azure on loopback made a mistake") from azure.mistakes[0]


def _wait(server: uvicorn.Server, thread: threading.Thread) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while not server.started:
        if not thread.is_alive() or time.monotonic() > deadline:
            raise RuntimeError("the Azure on loopback did not start")
        time.sleep(0.005)
