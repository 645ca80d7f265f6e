"""The query endpoint of Log Analytics on this machine, asked by azure-monitor-query."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from azure.core.exceptions import HttpResponseError
from azure.monitor.query import LogsQueryPartialResult, LogsQueryResult
from clients import logs
from loopback import Azure, LogTable, Tenant, Workspace

Serve = Callable[[Tenant], Azure]
WORKSPACE = "0f5a7f3e-2b5c-4a0c-9d2f-7b6c1d5e4f30"
MONTH = timedelta(days=30)


def with_activity(rows: int = 3) -> Tenant:
    tenant = Tenant()
    columns = {"TimeGenerated": "datetime", "OperationNameValue": "string", "Level": "int", "Properties_d": "dynamic"}
    now = datetime.now(UTC)
    table = LogTable(columns)
    for number in range(rows):
        table.rows.append(
            {
                "TimeGenerated": (now - timedelta(days=10 * number, hours=1)).strftime("%Y-%m-%d %H:%M:%S"),
                "OperationNameValue": "MICROSOFT.SECURITY/LOCATIONS/JITNETWORKACCESSPOLICIES/INITIATE/ACTION",
                "Level": number,
                "Properties_d": {"eventProperties": {"User": "adam"}},
            }
        )
    tenant.workspaces[WORKSPACE] = Workspace({"AzureActivity": table})
    return tenant


def test_rows_come_with_types_and_dynamic_values_as_text(serve: Serve) -> None:
    azure = serve(with_activity())
    query = "AzureActivity | where OperationNameValue =~ 'Microsoft.Security/locations/jitNetworkAccessPolicies/initiate/action' | order by TimeGenerated desc"

    answer = logs(azure).query_workspace(WORKSPACE, query, timespan=MONTH)

    assert isinstance(answer, LogsQueryResult)
    (table,) = answer.tables
    assert list(table.columns) == ["TimeGenerated", "OperationNameValue", "Level", "Properties_d"]
    assert list(table.columns_types) == ["datetime", "string", "int", "dynamic"]
    assert [row["Level"] for row in table.rows] == [0, 1, 2]
    assert isinstance(table.rows[0]["TimeGenerated"], datetime)
    assert table.rows[0]["Properties_d"] == '{"eventProperties":{"User":"adam"}}'


def test_the_timespan_cuts_what_the_query_sees(serve: Serve) -> None:
    azure = serve(with_activity())

    def counted(timespan: timedelta | tuple[datetime, timedelta] | None) -> int:
        answer = logs(azure).query_workspace(WORKSPACE, "AzureActivity | count", timespan=timespan)
        assert isinstance(answer, LogsQueryResult)
        return answer.tables[0].rows[0]["Count"]

    assert counted(timedelta(days=15)) == 2
    assert counted(None) == 3
    assert counted((datetime.now(UTC) - timedelta(days=22), timedelta(days=5))) == 1


def test_dynamic_values_are_read_inside_a_query(serve: Serve) -> None:
    azure = serve(with_activity(1))
    query = "AzureActivity | project user = tostring(Properties_d.eventProperties.User)"

    answer = logs(azure).query_workspace(WORKSPACE, query, timespan=MONTH)

    assert isinstance(answer, LogsQueryResult)
    assert answer.tables[0].rows[0]["user"] == "adam"


def test_rows_over_the_limit_are_a_partial_result_and_no_exception(serve: Serve) -> None:
    azure = serve(with_activity(3))
    azure.logs.rows = 2

    answer = logs(azure).query_workspace(WORKSPACE, "AzureActivity", timespan=timedelta(days=90))

    assert isinstance(answer, LogsQueryPartialResult)
    assert answer.partial_error is not None
    assert answer.partial_error.code == "PartialError"
    assert len(answer.partial_data[0].rows) == 2


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("SigninLogs | count", "SEM0100"),
        ("azureactivity | count", "SEM0100"),
        ("AzureActivity | where operationNameValue == ''", "SEM0100"),
        ("AzureActivity | project Nope", "SEM0100"),
        ("AzureActivity | wherex Level == 1", "SYN0002"),
    ],
)
def test_what_can_not_be_resolved_is_a_semantic_error(serve: Serve, query: str, code: str) -> None:
    azure = serve(with_activity())

    with pytest.raises(HttpResponseError) as caught:
        logs(azure).query_workspace(WORKSPACE, query, timespan=MONTH)

    assert caught.value.status_code == 400
    assert caught.value.error is not None
    assert caught.value.error.code == "BadArgumentError"
    assert code in str(caught.value.error.innererror)


def test_a_workspace_without_rights_and_one_that_is_not_there(serve: Serve) -> None:
    azure = serve(with_activity())
    azure.access.workspaces_denied.add(WORKSPACE)
    statuses: list[int | None] = []
    for workspace in (WORKSPACE, "none"):
        with pytest.raises(HttpResponseError) as caught:
            logs(azure).query_workspace(workspace, "AzureActivity", timespan=MONTH)
        statuses.append(caught.value.status_code)

    assert statuses == [403, 404]


def test_a_token_of_resource_manager_does_not_open_the_logs(serve: Serve) -> None:
    azure = serve(with_activity())
    azure.logs_audience = "https://management.azure.com"

    with pytest.raises(HttpResponseError) as caught:
        logs(azure).query_workspace(WORKSPACE, "AzureActivity", timespan=MONTH)

    assert caught.value.status_code == 401
