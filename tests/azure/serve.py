"""The Azure on this machine as a process of its own, for measuring a client without the server's share.

    python tests/azure/serve.py contoso
    python tests/azure/serve.py 10000

Prints one line of JSON: the address, the file with the certificate to trust, and how to sign in. Serves until its standard
input is closed; then prints a second one: its quota of Resource Graph, and the statuses of what it was asked there.
"""

import json
import sys
import tempfile
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from contoso import contoso, generated
from loopback import serve
from loopback.server import CLIENT_ID, SECRET


def main(which: str, seed: int = 1) -> None:
    tenant = contoso() if which == "contoso" else generated(int(which), seed)
    with tempfile.TemporaryDirectory() as folder, serve(tenant, Path(folder)) as azure:
        azure.resource_graph.store.load()
        signing_in = {"tenant": tenant.tenant_id, "client": CLIENT_ID, "secret": SECRET}
        print(json.dumps({"url": azure.url, "ca": str(azure.ca_file), **signing_in}), flush=True)
        sys.stdin.read()
        limits = azure.resource_graph.limits
        statuses = Counter(entry.status[0] for entry in azure.ledger.asked("ResourceGraph/resources") if entry.status)
        print(json.dumps({"queries": limits.queries, "seconds": limits.seconds, "statuses": statuses}), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], *(int(seed) for seed in sys.argv[2:3]))
