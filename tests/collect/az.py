"""A little of the Azure CLI: what the printed script calls, put to the Azure on this machine.

A program of its own, so that a shell can run it. What it does not know it refuses: a script that asks something new fails.
"""

import json
import os
import ssl
import sys
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from typing import Any

BASE = os.environ["AZ_BASE"]
GRAPH = f"{BASE}/v1.0"


def holders(kind: str) -> Callable[[Any], list[str]]:
    return lambda answer: [
        row["properties"]["principalId"] for row in answer["value"] if row["properties"].get("principalType") == kind
    ]


QUERIES = {
    "total_records": lambda answer: answer["totalRecords"],
    "data": lambda answer: answer["data"],
    'nextLink || "@odata.nextLink"': lambda answer: answer.get("nextLink") or answer.get("@odata.nextLink"),
    "value[].id": lambda answer: [row["id"] for row in answer["value"]],
    "value[?\"@odata.type\"=='#microsoft.graph.group'].id": lambda answer: [
        row["id"] for row in answer["value"] if row["@odata.type"] == "#microsoft.graph.group"
    ],
    "value[].principalId": lambda answer: [row["principalId"] for row in answer["value"]],
    "value[].properties.scope": lambda answer: [row["properties"]["scope"] for row in answer["value"]],
    "value[?properties.principalType=='Group'].properties.principalId": holders("Group"),
    "value[?properties.principalType=='ServicePrincipal'].properties.principalId": holders("ServicePrincipal"),
    "value[].conditions.users.[includeGroups,excludeGroups][][]": lambda answer: [
        group
        for row in answer["value"]
        for users in [row.get("conditions", {}).get("users", {})]
        for group in [*users.get("includeGroups", []), *users.get("excludeGroups", [])]
    ],
    "appId": lambda answer: answer.get("appId"),
    "[].id": lambda answer: [row["id"] for row in answer],
}


def sent(method: str, url: str, body: bytes | None = None) -> Any:
    request = urllib.request.Request(url, data=body, method=method)  # noqa: S310 - the address is this machine's
    request.add_header("Authorization", f"Bearer {os.environ['AZ_TOKEN']}")
    request.add_header("Content-Type", "application/json")
    context = ssl.create_default_context(cafile=os.environ["AZ_CA"])
    try:
        with urllib.request.urlopen(request, context=context) as answer:  # noqa: S310 - likewise
            return json.load(answer)
    except urllib.error.HTTPError as refused:
        sys.exit(f"{refused.code} {url} {refused.read().decode()}")


def option(name: str, otherwise: str = "") -> str:
    return sys.argv[sys.argv.index(name) + 1] if name in sys.argv else otherwise


def answered() -> Any:
    match sys.argv[1:3]:
        case ["cloud", "show"]:
            return BASE
        case ["graph", "query"]:
            start = sys.argv.index("--subscriptions") + 1
            subscriptions = sys.argv[start : sys.argv.index("--first")]
            options = {
                "resultFormat": "objectArray",
                "$top": int(option("--first")),
                "$skip": int(option("--skip", "0")),
            }
            body = {"query": option("-q"), "subscriptions": subscriptions, "options": options}
            url = f"{BASE}/providers/Microsoft.ResourceGraph/resources?api-version=2024-04-01"
            return sent("POST", url, json.dumps(body).encode())
        case ["rest", "--method"]:
            url = option("--url")
            return sent(sys.argv[3].upper(), (BASE + url if url.startswith("/") else url).replace(" ", "%20"))
        case ["resource", "list"]:
            chosen = urllib.parse.quote(option("--resource-type"))
            return sent(
                "GET", f"{BASE}/subscriptions/{option('--subscription')}/providers/{chosen}?api-version=2024-05-01"
            )["value"]
        case _:
            sys.exit(f"unknown: {sys.argv}")


found = answered()
if sys.argv[1] != "cloud" and option("--query"):
    found = QUERIES[option("--query")](found)
if option("-o") == "tsv":
    print("\n".join(found) if isinstance(found, list) else "" if found is None else found)
else:
    print(json.dumps(found, indent=2))
