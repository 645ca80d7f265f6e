"""What is recorded, and who hears of it."""

from collections.abc import Callable
from typing import Any

import pytest
from loopback import Tenant

from collect.at_azure import Auditor, with_directory
from vmaudit.snapshot.manifest import OutcomeKind

At = Callable[[Tenant], Auditor]

ONE = "11111111-1111-4111-8111-111111111111"
GROUP = f"/subscriptions/{ONE}/resourceGroups/rg/providers"
BASTION = f"{GROUP}/Microsoft.Network/bastionHosts/bas"
VM = f"{GROUP}/Microsoft.Compute/virtualMachines/vm"
JIT = "805651bc-6ecd-4c73-9b55-97a19d0582d0"


def resource(resource_id: str, kind: str, **properties: Any) -> dict[str, Any]:
    return {"id": resource_id, "name": resource_id.rpartition("/")[2], "type": kind, "properties": properties}


def diagnostic_setting(of: str, name: str) -> dict[str, Any]:
    made = f"{of}/providers/Microsoft.Insights/diagnosticSettings/{name}"
    return resource(made, "microsoft.insights/diagnosticsettings", logs=[{"categoryGroup": "allLogs", "enabled": True}])


def recorded() -> Tenant:
    return with_directory(
        Tenant(
            [
                resource(BASTION, "microsoft.network/bastionhosts"),
                resource(VM, "microsoft.compute/virtualmachines"),
                diagnostic_setting(f"/subscriptions/{ONE}", "activity"),
                diagnostic_setting(BASTION, "sessions"),
                diagnostic_setting(VM, "nobody-asks"),
            ]
        )
    )


@pytest.mark.parametrize(
    ("table", "row"),
    [
        ("workspaces", resource(f"{GROUP}/Microsoft.OperationalInsights/workspaces/w", "microsoft.operationalinsights/workspaces")),
        ("data_collection_rules", resource(f"{GROUP}/Microsoft.Insights/dataCollectionRules/r", "microsoft.insights/datacollectionrules")),
        ("data_collection_rule_associations", resource(f"{VM}/providers/Microsoft.Insights/dataCollectionRuleAssociations/a", "microsoft.insights/datacollectionruleassociations")),
        ("flow_logs", resource(f"{GROUP}/Microsoft.Network/networkWatchers/w/flowLogs/f", "microsoft.network/networkwatchers/flowlogs")),
        ("activity_log_alerts", resource(f"{GROUP}/Microsoft.Insights/activityLogAlerts/a", "microsoft.insights/activitylogalerts")),
        ("scheduled_query_rules", resource(f"{GROUP}/Microsoft.Insights/scheduledQueryRules/s", "microsoft.insights/scheduledqueryrules")),
        ("action_groups", resource(f"{GROUP}/Microsoft.Insights/actionGroups/g", "microsoft.insights/actiongroups")),
        ("public_ip_prefixes", resource(f"{GROUP}/Microsoft.Network/publicIPPrefixes/p", "microsoft.network/publicipprefixes")),
        ("security_assessments", resource(f"{VM}/providers/Microsoft.Security/assessments/{JIT}", "microsoft.security/assessments")),
        ("resource_locks", resource(f"{GROUP}/Microsoft.Authorization/locks/l", "microsoft.authorization/locks")),
    ],
)  # fmt: skip
def test_rows_of_a_table_are_collected_whole(auditor: At, table: str, row: dict[str, Any]) -> None:
    tenant = recorded()
    tenant.add(row | {"properties": {"aFieldOfTomorrow": [1, 2]}})
    adam = auditor(tenant)

    assert adam.collects("--only", table) == 0

    (found,) = adam.rows(table)
    assert (found["id"], found["properties"]) == (row["id"], {"aFieldOfTomorrow": [1, 2]})


def test_assessments_that_no_rule_can_use_are_left_to_azure(auditor: At) -> None:
    tenant = recorded()
    other = "00000000-1111-4111-8111-111111111111"
    tenant.add(resource(f"{VM}/providers/Microsoft.Security/assessments/{other}", "microsoft.security/assessments"))
    adam = auditor(tenant)

    assert adam.collects("--only", "security_assessments") == 0

    assert adam.rows("security_assessments") == []


def test_diagnostic_settings_are_asked_for_subscriptions_management_groups_and_bastions_only(auditor: At) -> None:
    adam = auditor(recorded())

    assert adam.collects("--only", "diagnostic_settings") == 0

    assert {row["name"] for row in adam.rows("diagnostic_settings")} == {"activity", "sessions"}
    asked = {
        entry.path.partition("/providers/Microsoft.Insights")[0].lower()
        for entry in adam.azure.ledger.asked("diagnosticSettings")
    }
    assert asked == {f"/subscriptions/{ONE}", BASTION.lower(), adam.azure.tenant.root.lower()}


def test_diagnostic_settings_that_may_not_be_read_are_an_outcome_per_scope(auditor: At) -> None:
    adam = auditor(recorded())
    adam.azure.access.deny("Microsoft.Insights/diagnosticSettings/read")

    assert adam.collects("--only", "diagnostic_settings") == 4

    outcomes = adam.outcomes("diagnostic_settings")
    assert {outcome.permission for outcome in outcomes} == {"Microsoft.Insights/diagnosticSettings/read"}
    assert len(outcomes) == 3


def test_settings_of_the_directory_are_asked_once_and_a_refusal_is_named(auditor: At) -> None:
    adam = auditor(recorded())
    adam.azure.access.deny("microsoft.aadiam/diagnosticSettings/read")

    assert adam.collects("--only", "entra_diagnostic_settings") == 4

    (outcome,) = adam.outcomes("entra_diagnostic_settings")
    assert (outcome.scope, outcome.outcome) == ("/", OutcomeKind.DENIED)


def test_many_hosts_are_asked_at_the_pace_of_the_quota(auditor: At) -> None:
    tenant = with_directory(Tenant(resource(f"{BASTION}{n}", "microsoft.network/bastionhosts") for n in range(150)))
    adam = auditor(tenant)
    adam.azure.arm.reads = 100
    adam.azure.arm.reads_per_second = 25

    assert adam.collects("--only", "diagnostic_settings") == 0

    assert len(adam.azure.ledger.asked("diagnosticSettings")) <= 155, "hardly any question was refused and put again"
