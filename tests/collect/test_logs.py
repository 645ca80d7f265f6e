"""Logs, asked of workspaces by azure-monitor-query: every row, or an outcome that says which are missing."""

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from contoso import contoso_resources
from loopback import LogTable, Tenant, Workspace
from loopback.faults import Fault, Say, Wait, throttling
from loopback.log_tables import LOG_COLUMNS
from loopback.server import SECRET

from collect.at_azure import Auditor, machine, with_directory
from collect.logs import HUB, NOW, ONE, OTHER, activity, ago, arm_id, with_logs
from vmaudit.cli import run
from vmaudit.snapshot.log_tables import LOG_NAMES
from vmaudit.snapshot.manifest import OutcomeKind

At = Callable[[Tenant], Auditor]
JIT = ("--only", "jit_requests")
QUERY = "v1/workspaces"
TWO = "22222222-2222-4222-8222-222222222222"


def asked(adam: Auditor) -> list[str]:
    """The queries that reached Log Analytics."""
    return [json.loads(entry.body)["query"] for entry in adam.azure.ledger.asked(QUERY)]


def test_rows_are_whole_and_dynamic_values_are_json_again(auditor: At) -> None:
    adam = auditor(with_logs(activity(ago(days=3), Level="Warning", Claims=None)))

    assert adam.collects(*JIT) == 0

    (row,) = adam.rows("jit_requests")
    assert row["Properties_d"] == {"eventProperties": {"User": "jane@contoso.example", "Justification": "patching"}}
    assert (row["Level"], row["Claims"], row["TenantId"]) == ("Warning", None, HUB)
    assert row["TimeGenerated"].endswith("Z")


def test_numbers_stay_numbers(auditor: At) -> None:
    tenant = with_logs()
    tenant.workspaces[HUB].tables["MicrosoftAzureBastionAuditLogs"].rows.append(
        {"TimeGenerated": ago(hours=2), "Protocol": "ssh", "ClientPort": 50123, "UserName": "admin", "TenantId": HUB}
    )
    adam = auditor(tenant)

    adam.collects("--only", "bastion_sessions")

    (row,) = adam.rows("bastion_sessions")
    assert (row["ClientPort"], row["Duration"]) == (50123, None)


def test_every_table_of_logs_is_asked_for_and_an_empty_one_is_complete(auditor: At) -> None:
    adam = auditor(with_directory(with_logs()))

    assert adam.collects() == 0

    for table in LOG_NAMES:
        (outcome,) = adam.outcomes(table)
        assert (outcome.scope, outcome.outcome) == (f"/workspaces/{HUB}", OutcomeKind.COMPLETE), table
    assert adam.azure.ledger.writes() == ()


def test_the_outcome_says_since_when_a_workspace_was_asked(auditor: At) -> None:
    adam = auditor(with_logs(activity(ago(days=20)), activity(ago(days=40))))

    adam.collects(*JIT, "--since", "4w")

    (outcome,) = adam.outcomes("jit_requests")
    assert (NOW - datetime.fromisoformat(outcome.since)).days in {27, 28}
    assert len(adam.rows("jit_requests")) == 1


def test_too_many_rows_for_one_answer_are_asked_for_in_pieces(auditor: At) -> None:
    rows = [activity(ago(days=29 * number / 60, seconds=1)) for number in range(60)]
    adam = auditor(with_logs(*rows))
    adam.azure.logs.rows = 9

    assert adam.collects(*JIT) == 0

    assert len({row["CorrelationId"] for row in adam.rows("jit_requests")}) == len(adam.rows("jit_requests")) == 60
    assert len(asked(adam)) > 7


def test_rows_of_one_instant_that_no_answer_can_hold_are_a_part_and_never_taken_for_whole(auditor: At) -> None:
    rows = [activity(ago(days=3), CorrelationId=str(number)) for number in range(5)]
    adam = auditor(with_logs(*rows))
    adam.azure.logs.rows = 3

    assert adam.collects(*JIT) == 4

    (outcome,) = adam.outcomes("jit_requests")
    assert (outcome.outcome, outcome.code) == (OutcomeKind.FAILED, "TooMuchToAnswer")
    assert len(asked(adam)) < 50


def test_a_query_that_takes_too_long_is_asked_for_in_pieces(auditor: At) -> None:
    adam = auditor(with_logs(activity(ago(days=3)), activity(ago(days=20))))
    adam.azure.faults.add(Fault(QUERY, Say(504), times=2))

    assert adam.collects(*JIT) == 0

    assert len(adam.rows("jit_requests")) == 2


def test_a_gateway_that_never_answers_ends_in_an_outcome(auditor: At) -> None:
    adam = auditor(with_logs(activity(ago(days=3))))
    adam.azure.faults.add(Fault(QUERY, Say(504), times=None))

    assert adam.collects(*JIT) == 4

    (outcome,) = adam.outcomes("jit_requests")
    assert outcome.outcome is OutcomeKind.FAILED


def test_a_partial_result_is_asked_for_once_more(auditor: At) -> None:
    adam = auditor(with_logs(activity(ago(days=3))))
    adam.azure.logs.partial = ["A shard did not answer."]

    assert adam.collects(*JIT) == 0

    assert len(adam.rows("jit_requests")) == 1


def test_a_result_that_stays_partial_is_a_part_with_the_reason(auditor: At) -> None:
    adam = auditor(with_logs(activity(ago(days=3)), activity(ago(days=2))))
    adam.azure.logs.partial = ["A shard did not answer."] * 2

    assert adam.collects(*JIT) == 4

    (outcome,) = adam.outcomes("jit_requests")
    assert (outcome.outcome, outcome.code) == (OutcomeKind.PARTIAL, "PartialError")
    assert "A shard did not answer." in outcome.message
    assert len(adam.rows("jit_requests")) == 1


def test_a_workspace_that_may_not_be_queried_is_named_with_the_permission(auditor: At) -> None:
    adam = auditor(with_logs())
    adam.azure.access.workspaces_denied.add(HUB)

    assert adam.collects(*JIT) == 4

    (outcome,) = adam.outcomes("jit_requests")
    assert (outcome.outcome, outcome.code) == (OutcomeKind.DENIED, "InsufficientAccessError")
    assert outcome.permission == "Microsoft.OperationalInsights/workspaces/query/read"


def test_a_workspace_that_is_gone_is_named_with_the_step_that_finds_it(auditor: At) -> None:
    adam = auditor(with_logs())

    assert adam.collects(*JIT, "--workspace", OTHER) == 4

    (outcome,) = adam.outcomes("jit_requests")
    assert (outcome.scope, outcome.outcome) == (f"/workspaces/{OTHER}", OutcomeKind.FAILED)
    assert "az monitor log-analytics workspace list" in outcome.message


def test_a_throttled_query_waits_as_long_as_azure_says(auditor: At) -> None:
    adam = auditor(with_logs(activity(ago(days=3))))
    adam.azure.faults.add(throttling(QUERY, times=2, retry_after=1))

    assert adam.collects(*JIT) == 0

    assert len(asked(adam)) == 3


def test_a_slow_answer_is_waited_for(auditor: At) -> None:
    adam = auditor(with_logs(activity(ago(days=3))))
    adam.azure.faults.add(Fault(QUERY, Wait(1.0), times=1))

    assert adam.collects(*JIT) == 0


def test_a_workspace_is_named_by_its_customer_id_or_its_arm_id(auditor: At) -> None:
    adam = auditor(with_logs(workspaces=(HUB, OTHER)))

    assert adam.collects(*JIT, "--workspace", arm_id("LAW-hub"), "--workspace", OTHER.upper()) == 0

    assert [outcome.scope for outcome in adam.outcomes("jit_requests")] == [
        f"/workspaces/{HUB}",
        f"/workspaces/{OTHER}",
    ]


def test_an_arm_id_of_a_workspace_that_is_not_there_is_an_outcome(auditor: At) -> None:
    adam = auditor(with_logs())

    assert adam.collects(*JIT, "--workspace", arm_id("gone"), "--workspace", HUB) == 4

    whole, gone = adam.outcomes("jit_requests")
    assert (whole.outcome, gone.outcome) == (OutcomeKind.COMPLETE, OutcomeKind.FAILED)
    assert (gone.scope, gone.code) == (arm_id("gone").lower(), "WorkspaceNotFound")


def test_workspaces_are_found_and_each_is_asked(auditor: At) -> None:
    tenant = with_logs(activity(ago(days=3)), workspaces=(HUB, OTHER))
    tenant.workspaces[OTHER].tables["AzureActivity"].rows.append(activity(ago(days=4), workspace=OTHER))
    adam = auditor(tenant)

    assert adam.collects(*JIT) == 0

    assert {row["TenantId"] for row in adam.rows("jit_requests")} == {HUB, OTHER}


def test_without_any_workspace_nothing_is_missing_but_nothing_is_known(
    auditor: At, capsys: pytest.CaptureFixture[str]
) -> None:
    adam = auditor(Tenant([machine(1)]))

    assert adam.collects(*JIT) == 0

    (outcome,) = adam.outcomes("jit_requests")
    assert (outcome.outcome, outcome.code) == (OutcomeKind.NOT_COLLECTED, "NoWorkspace")
    assert "--workspace" in capsys.readouterr().out


def test_workspaces_that_may_stand_in_a_subscription_that_can_not_be_read_are_missed(auditor: At) -> None:
    tenant = with_logs()
    tenant.add(machine(2, TWO))
    adam = auditor(tenant)
    adam.azure.access.hide(f"/subscriptions/{TWO}")

    assert adam.collects(*JIT) == 4
    assert [(o.scope, o.outcome) for o in adam.outcomes("jit_requests")] == [
        (f"/workspaces/{HUB}", OutcomeKind.COMPLETE),
        (f"/subscriptions/{TWO}", OutcomeKind.DENIED),
    ]

    assert adam.collects(*JIT, "--workspace", HUB, "--force") == 4  # for what else the subscription holds
    assert [o.scope for o in adam.outcomes("jit_requests")] == [f"/workspaces/{HUB}"]


@pytest.mark.parametrize("tenant", [with_logs(), Tenant([machine(1)])], ids=("beside another", "alone"))
def test_a_workspace_that_logs_are_sent_to_and_that_nobody_saw_is_named(
    auditor: At, capsys: pytest.CaptureFixture[str], tenant: Tenant
) -> None:
    elsewhere = arm_id("law-elsewhere").replace(ONE, TWO)
    tenant.add(
        {
            "id": f"/subscriptions/{ONE}/providers/Microsoft.Insights/diagnosticSettings/export",
            "name": "export",
            "type": "Microsoft.Insights/diagnosticSettings",
            "properties": {"workspaceId": elsewhere, "logs": [{"category": "Administrative", "enabled": True}]},
        }
    )
    adam = auditor(tenant)

    assert adam.collects("--only", "jit_requests,diagnostic_settings") == 0

    last = adam.outcomes("jit_requests")[-1]
    assert (last.scope, last.outcome, last.code) == (elsewhere.lower(), OutcomeKind.NOT_COLLECTED, "KeptElsewhere")
    assert "name its customer id with --workspace" in capsys.readouterr().out
    assert adam.collects("--only", "jit_requests,diagnostic_settings", "--workspace", HUB, "--force") in {0, 4}
    assert elsewhere.lower() not in {outcome.scope for outcome in adam.outcomes("jit_requests")}


def test_a_table_that_no_workspace_has_was_not_collected(auditor: At) -> None:
    tenant = with_logs()
    del tenant.workspaces[HUB].tables["SigninLogs"]
    adam = auditor(tenant)

    assert adam.collects("--only", "machine_sign_ins") == 0

    (outcome,) = adam.outcomes("machine_sign_ins")
    assert (outcome.outcome, outcome.code) == (OutcomeKind.NOT_COLLECTED, "NoSuchTable")
    assert "SigninLogs" in outcome.message


def test_a_table_that_another_workspace_has_is_missed_in_none(auditor: At) -> None:
    tenant = with_logs(workspaces=(HUB, OTHER))
    del tenant.workspaces[OTHER].tables["SigninLogs"]
    adam = auditor(tenant)

    assert adam.collects("--only", "machine_sign_ins") == 0

    assert [outcome.scope for outcome in adam.outcomes("machine_sign_ins")] == [f"/workspaces/{HUB}"]


def test_a_query_that_the_service_does_not_understand_is_a_failure_and_no_missing_table(auditor: At) -> None:
    tenant = with_logs()
    tenant.workspaces[HUB].tables["AzureActivity"] = LogTable({"TimeGenerated": "datetime"})
    adam = auditor(tenant)

    assert adam.collects(*JIT) == 4

    (outcome,) = adam.outcomes("jit_requests")
    assert outcome.outcome is OutcomeKind.FAILED


def test_what_was_answered_is_not_asked_again_with_resume(auditor: At) -> None:
    adam = auditor(with_logs(activity(ago(days=3)), activity(ago(days=3), "Microsoft.Network/routeTables/write")))
    wanted = ("--only", "jit_requests,access_changes")
    adam.azure.faults.add(
        Fault(QUERY, Say(429, headers={"Retry-After": "3600"}), times=None, in_body="networkSecurityGroups")
    )
    assert adam.collects(*wanted) == 4
    since = adam.outcomes("jit_requests")[0].since
    adam.azure.faults.clear()
    adam.azure.ledger.clear()

    assert adam.collects(*wanted, "--resume") == 0

    (query,) = asked(adam)
    assert "networkSecurityGroups" in query
    assert adam.outcomes("access_changes")[0].since == since
    assert (len(adam.rows("jit_requests")), len(adam.rows("access_changes"))) == (1, 1)


def test_another_look_back_can_not_go_on_with_the_parts_of_the_first(auditor: At) -> None:
    adam = auditor(with_logs())
    adam.azure.faults.add(Fault(QUERY, Say(429, headers={"Retry-After": "3600"}), times=None))
    assert adam.collects(*JIT) == 4

    assert adam.collects(*JIT, "--resume", "--since", "90d") == 2


def test_no_token_is_written_or_said(auditor: At, capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    adam = auditor(with_logs(activity(ago(days=3))))

    adam.collects(*JIT, "--debug")

    said = "".join(capfd.readouterr())
    written = b"".join(path.read_bytes() for path in (tmp_path / "home").rglob("*") if path.is_file())
    assert f"POST {adam.azure.url}/v1/workspaces/{HUB}/query" in said
    for secret in (SECRET, "Bearer", "eyJ", "Authorization:"):
        assert secret not in said
        assert secret.encode() not in written


@pytest.mark.parametrize(
    "options",
    [
        ("--since", "yesterday"),
        ("--since", "0d"),
        ("--since", "90000d"),
        ("--workspace", "law-hub"),
        ("--workspace", f"/subscriptions/{ONE}/resourceGroups/logs"),
        ("--workspace", f"{arm_id('x')}/tables/y"),
    ],
)
def test_a_wrong_option_is_bad_usage(auditor: At, options: tuple[str, str]) -> None:
    assert auditor(Tenant([machine(1)])).collects(*options) == 2


def contoso_with_logs(*, days: int) -> Tenant:
    """Contoso, with a workspace that got its activity log on so many days, and every request that its policies list."""
    tenant = with_directory(contoso_resources())
    subscriptions = sorted(tenant.subscriptions())
    requests = [
        (held.id, request)
        for held in tenant.of_kind("microsoft.security/locations/jitnetworkaccesspolicies")
        for request in held.row["properties"].get("requests", ())
    ]
    columns = dict(LOG_COLUMNS["AzureActivity"])
    arrived = [
        activity(ago(days=day, hours=1), "Microsoft.Compute/virtualMachines/start/action", SubscriptionId=subscription)
        for day in range(days)
        for subscription in subscriptions
    ]
    asked = [
        activity(
            request["startTimeUtc"][:19].replace("T", " "),
            _ResourceId=policy.lower(),
            SubscriptionId=policy.split("/")[2],
            Caller=request["requestor"],
            Properties_d={},
        )
        for policy, request in requests
    ]
    tables = {table: LogTable(dict(of)) for table, of in LOG_COLUMNS.items()}
    tenant.workspaces[HUB] = Workspace(tables | {"AzureActivity": LogTable(columns, arrived + asked)})
    return tenant


NEEDED = "virtual_machines,network_interfaces,security_groups,virtual_networks,jit_policies,jit_requests"
"""What JIT-006, and JIT-002 before it, lean on."""


def verdicts(adam: Auditor, folder: Path) -> set[str]:
    """What JIT-006 says about the machines of Contoso that are guarded."""
    assert run(["audit", str(adam.out), "--out", str(folder), "--format", "json", "--quiet"]) == 0
    machines = json.loads((folder / "assessment.json").read_text())["machines"]
    found = {verdict["status"] for each in machines for verdict in each["verdicts"] if verdict["rule"] == "JIT-006"}
    return found & {"pass", "fail", "unknown"}


@pytest.mark.parametrize(
    ("days", "since", "expected"),
    [(95, "90d", {"pass", "fail"}), (95, "30d", {"unknown", "fail"}), (40, "90d", {"unknown", "fail"})],
    ids=("all of the look-back", "asked for less", "kept for less"),
)
def test_a_machine_without_a_bad_grant_passes_only_where_the_log_covers_the_look_back(
    auditor: At, tmp_path: Path, days: int, since: str, expected: set[str]
) -> None:
    adam = auditor(contoso_with_logs(days=days))

    assert adam.collects("--workspace", HUB, "--since", since, "--only", f"{NEEDED},activity_log_days") == 0

    assert verdicts(adam, tmp_path / "report") == expected


def test_without_the_days_on_which_the_log_arrived_nobody_passes(auditor: At, tmp_path: Path) -> None:
    adam = auditor(contoso_with_logs(days=95))

    adam.collects("--workspace", HUB, "--since", "90d", "--only", NEEDED)

    assert "pass" not in verdicts(adam, tmp_path / "report")
