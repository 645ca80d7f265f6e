"""The Azure on this machine as a process of its own, for measuring a client without the server's share.

    python tests/azure/serve.py contoso
    python tests/azure/serve.py 10000

Prints one line of JSON: the address, the file with the certificate to trust, and how to sign in. Serves until its standard
input is closed.
"""

import json
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from contoso import contoso, generated
from loopback import serve
from loopback.server import CLIENT_ID, SECRET


def main(which: str) -> None:
    tenant = contoso() if which == "contoso" else generated(int(which))
    with tempfile.TemporaryDirectory() as folder, serve(tenant, Path(folder)) as azure:
        azure.resource_graph.store.load()
        signing_in = {"tenant": tenant.tenant_id, "client": CLIENT_ID, "secret": SECRET}
        print(json.dumps({"url": azure.url, "ca": str(azure.ca_file), **signing_in}), flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main(sys.argv[1])
