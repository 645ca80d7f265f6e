import doctest
from pathlib import Path
from types import ModuleType

import pytest

from collect.headers import QUERIES, with_rules
from vmaudit.collect import answers, catalogue, evidence, log_analytics, questions, read_only, spans, workspaces
from vmaudit.collect.catalogue import EVIDENCE, turn
from vmaudit.collect.evidence import Scope, Source, query
from vmaudit.collect.questions import SUBSCRIPTIONS_A_QUERY, first_questions
from vmaudit.collect.selection import Selection, tables_chosen
from vmaudit.errors import UsageError
from vmaudit.snapshot.tables import BY_NAME, OTHER, TABLES

ASIDE = {"machines_by_subscription", "readable_subscriptions"}
FILES = sorted(QUERIES.glob("*.kql"))


def test_every_table_has_a_source() -> None:
    assert {asked.table for asked in EVIDENCE} == {table.name for table in TABLES} - {OTHER}


LOGS = {asked.table for asked in EVIDENCE if asked.source is Source.LOG_ANALYTICS}
ADDED_UP = {"activity_log_days", "agent_heartbeats", "log_volumes"}
"""Tables of logs of which only the amounts are asked for."""


def test_every_query_belongs_to_a_table_of_resource_graph_or_log_analytics() -> None:
    graph = {asked.table for asked in EVIDENCE if asked.source is Source.RESOURCE_GRAPH}

    assert {path.stem for path in FILES} == graph | LOGS | ASIDE


@pytest.mark.parametrize("table", sorted(LOGS))
def test_a_query_of_logs_starts_with_its_table_alone_and_fetches_rows_whole_in_a_stable_order(table: str) -> None:
    first, *others = query(table).splitlines()

    assert first.isalnum()  # the bounds of time go below it
    assert not any(word in " ".join(others) for word in ("take", "limit", "project", "union", "join", "ago("))
    if table in ADDED_UP:
        assert "by TenantId, " in " ".join(line.strip() for line in others)
    else:
        assert others[-1] == "| order by TimeGenerated asc"
        assert not any("summarize" in line for line in others)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_query_says_what_it_is_for_and_fetches_rows_whole_in_a_stable_order(path: Path) -> None:
    text = path.read_text()
    asked = query(path.stem)

    assert text.startswith("// ")
    assert "// Permission: " in text
    if path.stem in ASIDE:
        return
    table = BY_NAME[path.stem]
    assert f"// Permission: {table.permission}\n" in text
    if path.stem in LOGS:
        return
    assert all(f"'{kind}'" in asked for kind in table.types)
    assert asked.endswith("\n| order by id asc")
    assert not any(word in asked for word in ("take", "limit", "project", "mv-expand", "join"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_query_names_the_rules_that_need_it(path: Path) -> None:
    text = path.read_text()

    assert text == with_rules(path.stem, text), "run: python tests/collect/headers.py"


def test_a_table_that_leans_on_another_is_asked_in_a_later_round_or_not_at_all() -> None:
    for asked in EVIDENCE:
        assert all(turn(of) < turn(asked.table) for of in asked.of), asked.table


def test_choosing_a_table_brings_along_what_it_holds_and_what_it_is_asked_of() -> None:
    assert tables_chosen(["virtual_networks"], []) == ("virtual_networks", "subnets", "virtual_network_peerings")
    assert tables_chosen(["virtual_hub_connections"], []) == ("virtual_hubs", "virtual_hub_connections")
    assert "management_groups" in tables_chosen(["group_members"], [])


def test_leaving_a_table_out_leaves_out_what_leans_on_it() -> None:
    left = tables_chosen([], ["management_groups, virtual_networks"])

    assert not {"management_groups", "subnets", "role_eligibility_schedule_instances", "group_members"} & set(left)
    assert "virtual_machines" in left


def test_a_table_that_does_not_exist_is_refused_with_a_guess() -> None:
    with pytest.raises(UsageError) as caught:
        tables_chosen(["security_group"], [])

    assert "security_groups" in caught.value.remedy


def test_no_query_names_more_subscriptions_than_azure_wants() -> None:
    subscriptions = [f"{number:08d}-0000-4000-8000-000000000000" for number in range(1001)]

    asked = [
        question
        for question in first_questions(Selection(), subscriptions)
        if question.evidence.table == "virtual_machines"
    ]

    assert max(len(question.scopes) for question in asked) == SUBSCRIPTIONS_A_QUERY
    assert sorted(scope for question in asked for scope in question.scopes) == [
        f"/subscriptions/{s}" for s in subscriptions
    ]


def test_two_questions_never_share_a_file() -> None:
    asked = first_questions(Selection(), [f"{number:08d}-0000-4000-8000-000000000000" for number in range(300)])

    assert len({question.key for question in asked}) == len(asked)
    assert {question.evidence.scope for question in asked} == {
        Scope.SUBSCRIPTION,
        Scope.SUBSCRIPTIONS,
        Scope.TENANT,
        Scope.HIERARCHY,
    }


@pytest.mark.parametrize(
    "module",
    [answers, catalogue, evidence, log_analytics, questions, read_only, spans, workspaces],
    ids=lambda module: module.__name__,
)
def test_the_examples_in_docstrings_hold(module: ModuleType) -> None:
    assert doctest.testmod(module).failed == 0
