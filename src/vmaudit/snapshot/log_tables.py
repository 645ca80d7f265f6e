"""The evidence tables of what happened: rows of Log Analytics, each table from one query over the workspaces.

Log rows have no resource type and no id. Here each kind of them has a type of its own, after its table. They speak of a
span of time, which only the collection knows: its outcomes say since when a workspace was asked.
"""

from typing import Final

from vmaudit.snapshot.table import Table

QUERY: Final = "Microsoft.OperationalInsights/workspaces/query/read"


def _log(name: str, title: str) -> Table:
    return Table(name, title, (f"microsoft.operationalinsights/{name.replace('_', '')}",), QUERY)


LOG_TABLES: Final[tuple[Table, ...]] = (
    _log("jit_requests", "Requests for just-in-time access, as the activity log has them"),
    _log("access_changes", "Changes to networks, roles and policies, as the activity log has them"),
    _log("machine_commands", "Commands and extensions that were put on machines"),
    _log("bastion_sessions", "Sessions through Bastion"),
    _log("machine_sign_ins", "Sign-ins to machines with Entra ID"),
    _log("silent_machine_sign_ins", "Sign-ins to machines without interaction"),
    _log("pim_activations", "What Privileged Identity Management did"),
    _log("conditional_access_results", "What Conditional Access made of sign-ins to Azure's management"),
    _log("activity_log_days", "Days on which the activity log reached a workspace"),
    _log("agent_heartbeats", "Machines that send logs by an agent"),
    _log("log_volumes", "How much reached each table of a workspace"),
    _log("log_troubles", "Troubles that a workspace has with its logs"),
)

LOG_NAMES: Final = frozenset(table.name for table in LOG_TABLES)
LOG_TYPES: Final = frozenset(kind for table in LOG_TABLES for kind in table.types)
