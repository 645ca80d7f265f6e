"""Every query of the collection, bound by Microsoft's own parser and run by ours."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from contoso import contoso
from loopback import Access, Identity, Tenant, kql
from loopback.clock import Clock
from loopback.log_analytics import LogAnalytics
from loopback.log_tables import LOG_COLUMNS, workspace
from loopback.places import TABLES
from loopback.store import COLUMNS, TEXT_COLUMNS, Store

from vmaudit.collect.evidence import query
from vmaudit.collect.log_analytics import within
from vmaudit.collect.spans import back_from

HERE = Path(__file__).parent
COLLECT = HERE.parents[2] / "src" / "vmaudit" / "collect"
QUERIES = {path.stem: path.read_text(encoding="utf-8") for path in sorted((COLLECT / "queries").glob("*.kql"))}
RESOURCE_GRAPH = {name: text for name, text in QUERIES.items() if kql.tables_named(text, TABLES, any_case=False)}
BOUNDED = {
    f"{name} within a span": within(query(name), back_from("30d", "2026-11-21T06:00:00Z"))
    for name in sorted(QUERIES.keys() - RESOURCE_GRAPH.keys())
}
"""Queries of logs as they are asked."""
SCHEMAS = LOG_COLUMNS | {
    table: {column: "string" if column in TEXT_COLUMNS else "dynamic" for column in COLUMNS} for table in TABLES
}


REFUSED = {
    "resources | where Type == ''": "KS142",
    "resources | project nope": "KS142",
    "resources | extend a = ToLower(id)": "KS211",
    "resources | where id > 3": "KS106",
    "AuditLogs | where Properties == ''": "KS142",
    "nowhere | count": "KS204",
    "azureactivity | count": "KS204",
}
"""Queries that Azure would not run, with the code of the reason."""


@pytest.fixture(scope="module")
def bound() -> dict[str, Any]:
    """What Microsoft's parser says to every query, ours and the refused ones: problems, and the columns of the result."""
    node = shutil.which("node")
    if node is None or not (HERE / "node_modules").is_dir():
        pytest.skip("Microsoft's KQL parser is not here; with Node installed, `make kql` brings it")
    asked = json.dumps({"tables": SCHEMAS, "queries": QUERIES | BOUNDED | {query: query for query in REFUSED}})
    done = subprocess.run(
        [node, HERE / "check.cjs"], input=asked, capture_output=True, text=True, check=True, timeout=120
    )
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def store() -> Store:
    return Store(contoso())


def test_the_queries_are_where_they_are_looked_for() -> None:
    assert bool(QUERIES) == COLLECT.is_dir()


def test_every_query_binds_to_azures_tables_and_columns(bound: dict[str, Any]) -> None:
    assert {name: bound[name]["problems"] for name in QUERIES | BOUNDED if bound[name]["problems"]} == {}


@pytest.mark.parametrize("query", REFUSED)
def test_the_parser_finds_what_azure_would_refuse(bound: dict[str, Any], query: str) -> None:
    (problem,) = bound[query]["problems"]

    assert (problem["code"], problem["severity"]) == (REFUSED[query], "Error")


@pytest.mark.parametrize("name", RESOURCE_GRAPH)
def test_every_query_of_resource_graph_can_be_paged(bound: dict[str, Any], name: str) -> None:
    text = RESOURCE_GRAPH[name]

    assert kql.is_sorted(text), "without an order, pages may lose rows"
    assert kql.can_be_paged(text), "Azure gives no skip token to a query that limits its rows"
    assert ["id", "string"] in bound[name]["columns"] or "summarize" in kql.operators(text)


@pytest.mark.parametrize("name", RESOURCE_GRAPH)
def test_every_query_of_resource_graph_runs_here(store: Store, name: str) -> None:
    text = RESOURCE_GRAPH[name]
    kql.check_limits(text)
    kql.check_spelling(text, COLUMNS)
    tables = kql.tables_named(text, TABLES, any_case=True)

    answer = kql.run(store.cursor(tables, "TRUE", Access()), text)

    assert answer.columns


@pytest.mark.parametrize("name", sorted(QUERIES.keys() - RESOURCE_GRAPH.keys()))
def test_every_query_of_log_analytics_runs_here(name: str) -> None:
    tenant = Tenant()
    tenant.workspaces["w"] = workspace()
    asked = json.dumps({"query": QUERIES[name], "timespan": "P30D"}).encode()

    body, _ = LogAnalytics(tenant, Clock()).answer("w", asked, Identity("client", "object", "secret"))

    assert json.loads(body)["tables"][0]["columns"]
