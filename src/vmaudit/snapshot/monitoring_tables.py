"""The evidence tables about what is recorded, and who hears of it."""

from typing import Final

from vmaudit.snapshot.table import Table

MONITORING_TABLES: Final[tuple[Table, ...]] = (
    Table(
        "security_assessments",
        "Assessments of Defender for Cloud",
        ("microsoft.security/assessments",),
        "Microsoft.Security/assessments/read",
    ),
    Table(
        "diagnostic_settings",
        "Diagnostic settings of subscriptions, management groups and Bastion hosts",
        # Those of a subscription come without a type, and their ids name another provider (azure-rest-api-specs).
        ("microsoft.insights/diagnosticsettings", "azureresourcemanager/diagnosticsettings"),
        "Microsoft.Insights/diagnosticSettings/read",
    ),
    Table(
        "entra_diagnostic_settings",
        "Diagnostic settings of Microsoft Entra ID",
        ("microsoft.aadiam/diagnosticsettings",),
        "microsoft.aadiam/diagnosticsettings/read",
    ),
    Table(
        "workspaces",
        "Log Analytics workspaces",
        ("microsoft.operationalinsights/workspaces",),
        "Microsoft.OperationalInsights/workspaces/read",
    ),
    Table(
        "data_collection_rules",
        "Data collection rules",
        ("microsoft.insights/datacollectionrules",),
        "Microsoft.Insights/dataCollectionRules/read",
    ),
    Table(
        "data_collection_rule_associations",
        "Which machine a data collection rule is for",
        ("microsoft.insights/datacollectionruleassociations",),
        "Microsoft.Insights/dataCollectionRuleAssociations/read",
    ),
    Table(
        "flow_logs",
        "Flow logs of networks",
        ("microsoft.network/networkwatchers/flowlogs",),
        "Microsoft.Network/networkWatchers/flowLogs/read",
    ),
    Table(
        "activity_log_alerts",
        "Alerts on the activity log",
        ("microsoft.insights/activitylogalerts",),
        "Microsoft.Insights/activityLogAlerts/read",
    ),
    Table(
        "scheduled_query_rules",
        "Alerts on log queries",
        ("microsoft.insights/scheduledqueryrules",),
        "Microsoft.Insights/scheduledQueryRules/read",
    ),
    Table(
        "action_groups",
        "Whom alerts are sent to",
        ("microsoft.insights/actiongroups",),
        "Microsoft.Insights/actionGroups/read",
    ),
    Table(
        "resource_locks",
        "Locks of resources",
        ("microsoft.authorization/locks",),
        "Microsoft.Authorization/locks/read",
    ),
)
