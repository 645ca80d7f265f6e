"""`vmaudit doctor` against the Azure on this machine: what may be read, and what to grant."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from contoso import contoso_resources
from loopback import Tenant
from loopback.faults import Fault, Say
from loopback.server import SECRET

from collect.at_azure import Auditor, machine, with_directory
from collect.guarded import guarded
from collect.logs import HUB, OTHER, with_logs
from vmaudit.collect.catalogue import EVIDENCE
from vmaudit.collect.evidence import Source

At = Callable[[Tenant], Auditor]
Told = dict[str, dict[str, Any]]

OF_DIRECTORY = ",".join(asked.table for asked in EVIDENCE if asked.source is Source.MICROSOFT_GRAPH)
TWO = "22222222-2222-4222-8222-222222222222"


@pytest.fixture
def told(
    auditor: At, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[Auditor, Callable[..., tuple[int, Any]]]]:
    """Somebody, and what the doctor tells him: the exit code and the document."""

    def of(tenant: Tenant) -> tuple[Auditor, Callable[..., tuple[int, Any]]]:
        adam = auditor(tenant)

        def see(*options: str) -> tuple[int, Any]:
            code = adam.sees_the_doctor("--output", "json", *options)
            return code, json.loads(capsys.readouterr().out)

        return adam, see

    return of


def tables(document: Any) -> Told:
    return {one["table"]: one for one in document["tables"]}


def test_who_may_read_everything_is_refused_nothing(told: Any) -> None:
    _, see = told(guarded())

    code, document = see()

    found = tables(document)
    assert code == 0
    assert {one["status"] for one in found.values()} == {"allowed", "unknown"}
    assert {one["code"] for one in found.values() if one["status"] == "unknown"} <= {"NotSeen", "NotAsked"}
    assert document["rules_unknown"] == []
    for table in ("virtual_machines", "jit_policies", "users", "group_owners", "applications", "security_defaults"):
        assert found[table]["status"] == "allowed", table


def test_the_doctor_asks_little_and_changes_nothing(told: Any) -> None:
    adam, see = told(guarded())

    see()

    assert adam.azure.ledger.writes() == ()
    queries = [json.loads(entry.body) for entry in adam.azure.ledger.asked("ResourceGraph/resources")]
    assert sum(query["options"]["$top"] != 1 for query in queries) == 1, "only the subscriptions are all counted"
    assert not any("$top=999" in entry.query for entry in adam.azure.ledger)
    assert len(adam.azure.ledger) < 2 * len(EVIDENCE)


def test_a_list_that_is_refused_is_named_with_its_permission_and_the_rules_that_want_it(told: Any) -> None:
    adam, see = told(guarded())
    adam.azure.access.deny("Microsoft.Security/jitNetworkAccessPolicies/read")

    code, document = see()

    found = tables(document)["jit_policies"]
    assert code == 4
    assert (found["status"], found["code"]) == ("denied", "AuthorizationFailed")
    assert found["missing_permission"] == "Microsoft.Security/locations/jitNetworkAccessPolicies/read"
    assert {"JIT-002", "NET-002"} <= set(found["rules"]) <= set(document["rules_unknown"])
    assert [name for name, one in tables(document).items() if one["status"] == "denied"] == ["jit_policies"]


@pytest.mark.parametrize(
    ("permission", "denied"),
    [
        ("Policy.Read.All", {"conditional_access_policies", "named_locations", "authentication_strengths", "authentication_methods_policy", "security_defaults"}),
        ("AccessReview.Read.All", {"access_reviews"}),
        ("PrivilegedEligibilitySchedule.Read.AzureADGroup", {"group_eligibility_schedule_instances"}),
        ("RoleManagementPolicy.Read.AzureADGroup", {"group_policy_assignments"}),
        ("AuditLog.Read.All", {"user_registration_details", "user_sign_ins"}),
    ],
)  # fmt: skip
def test_a_permission_of_microsoft_graph_that_is_missing_closes_just_its_tables(
    told: Any, permission: str, denied: set[str]
) -> None:
    adam, see = told(guarded())
    adam.azure.access.graph_permissions.discard(permission)

    _, document = see("--only", OF_DIRECTORY)

    refused = {name: one for name, one in tables(document).items() if one["status"] == "denied"}
    assert refused.keys() == denied
    assert {one["missing_permission"] for one in refused.values()} == {permission}


def test_a_licence_that_is_missing_is_no_missing_permission(told: Any) -> None:
    tenant = guarded()
    tenant.directory.unlicensed.add("identitygovernance/accessreviews/definitions")
    _, see = told(tenant)

    _, document = see("--only", "access_reviews")

    found = tables(document)["access_reviews"]
    assert (found["status"], found["code"], found["missing_permission"]) == ("denied", "AadPremiumLicenseRequired", "")


def test_what_resource_graph_hides_is_not_known_and_not_called_allowed(told: Any) -> None:
    adam, see = told(guarded())
    adam.azure.access.deny("Microsoft.Network/bastionHosts/read")

    code, document = see("--only", "bastion_hosts")

    found = tables(document)["bastion_hosts"]
    assert (code, found["status"], found["code"]) == (0, "unknown", "NotSeen")
    assert "none that may be read" in found["says"]


def test_a_subscription_that_resource_graph_leaves_out_is_a_refusal(told: Any) -> None:
    tenant = with_directory(Tenant([machine(1), machine(2, TWO)]))
    adam, see = told(tenant)
    adam.azure.access.hide(f"/subscriptions/{TWO}")

    code, document = see("--only", "virtual_machines,jit_policies")

    found = tables(document)
    assert code == 4
    assert found["virtual_machines"]["status"] == "denied"
    assert TWO in found["virtual_machines"]["says"]


def test_rights_that_only_some_subscriptions_lack_are_found(told: Any) -> None:
    tenant = with_directory(Tenant([machine(1), machine(2, TWO)]))
    adam, see = told(tenant)
    adam.azure.faults.add(Fault(f"GET /subscriptions/{TWO}/providers/Microsoft.Security", Say(403)))

    code, document = see("--only", "jit_policies")

    found = tables(document)["jit_policies"]
    assert (code, found["status"]) == (4, "denied")
    assert found["says"].startswith(f"1 of 2 scopes, such as /subscriptions/{TWO}")


def test_a_service_that_does_not_answer_is_not_known_and_no_success(told: Any) -> None:
    adam, see = told(guarded())
    adam.azure.arm.unregistered |= {(name, "microsoft.security") for name in adam.azure.tenant.subscriptions()}

    code, document = see("--only", "jit_policies")

    found = tables(document)["jit_policies"]
    assert (code, found["status"], found["code"]) == (4, "unknown", "MissingSubscriptionRegistration")


def test_what_no_chosen_rule_needs_may_be_refused(told: Any) -> None:
    adam, see = told(guarded())
    adam.azure.access.graph_permissions.discard("AccessReview.Read.All")

    code, document = see("--rules", "BAS-001", "--only", "bastion_hosts,access_reviews")

    assert (code, tables(document)["access_reviews"]["status"]) == (0, "denied")


def test_only_what_the_chosen_rules_need_is_asked_and_granted(told: Any) -> None:
    adam, see = told(guarded())

    _, document = see("--rules", "bas-002")

    assert {"virtual_machines", "bastion_hosts"} <= tables(document).keys()
    assert not {"jit_policies", "users", "security_groups"} & tables(document).keys()
    grant = document["grant"]
    assert grant["graph_permissions"] == grant["directory_roles"] == []
    assert "Microsoft.Network/bastionHosts/read" in grant["role"]["Actions"]
    assert not any("jit" in action.lower() or "*" in action for action in grant["role"]["Actions"])
    assert grant["role"]["AssignableScopes"] == [adam.azure.tenant.root]


def test_everything_that_is_granted_reads(told: Any) -> None:
    _, see = told(guarded())

    _, document = see("--offline")

    grant = document["grant"]
    reads = re.compile(r".*/read|.*/listNetworkManagerEffectiveSecurityAdminRules/action")
    assert all(reads.fullmatch(action) for action in grant["role"]["Actions"])
    assert all(".Read." in permission for permission in grant["graph_permissions"])
    assert not {"GroupMember.Read.All", "Application.Read.All"} & set(grant["graph_permissions"])
    assert grant["directory_roles"] == ["Security Reader"]


def test_what_is_granted_is_what_collecting_takes(told: Any) -> None:
    adam, see = told(guarded())
    _, document = see("--offline")
    adam.azure.access.graph_permissions &= set(document["grant"]["graph_permissions"])

    assert adam.collects() == 0


def test_nothing_is_asked_offline(told: Any) -> None:
    adam, see = told(guarded())

    code, document = see("--offline", "--rules", "JIT-002")

    assert (code, len(adam.azure.ledger)) == (0, 0)
    assert {one["status"] for one in document["tables"]} == {"not_asked"}
    assert document["grant"]["role"]["AssignableScopes"] == ["/providers/Microsoft.Management/managementGroups/ROOT"]


def test_a_role_for_chosen_subscriptions_can_be_kept_there(told: Any) -> None:
    _, see = told(guarded())

    _, document = see("--offline", "--subscription", TWO)

    grant = document["grant"]
    assert grant["role"]["AssignableScopes"] == grant["scopes"] == [f"/subscriptions/{TWO}"]
    assert "targetScope = 'subscription'" in grant["bicep"]
    assert f"--scope '/subscriptions/{TWO}'" in grant["az"]
    assert "Microsoft.Management/managementGroups/descendants/read" not in grant["role"]["Actions"]


def test_a_role_for_several_management_groups_is_kept_at_the_root_and_held_at_each(told: Any) -> None:
    _, see = told(guarded())

    _, document = see("--offline", "--tenant", TWO, "--management-group", "a", "--management-group", "b")

    grant = document["grant"]
    assert grant["role"]["AssignableScopes"] == [f"/providers/Microsoft.Management/managementGroups/{TWO}"]
    assert [scope.rpartition("/")[2] for scope in grant["scopes"]] == ["a", "b"]


def test_people_read_it_as_text(auditor: At, capsys: pytest.CaptureFixture[str]) -> None:
    adam = auditor(with_directory(contoso_resources()))
    adam.azure.access.deny("Microsoft.Security/jitNetworkAccessPolicies/read")

    assert adam.sees_the_doctor("--rules", "JIT-002") == 4

    said = capsys.readouterr().out
    assert "Refused (1 of " in said
    assert "Needs Microsoft.Security/locations/jitNetworkAccessPolicies/read." in said
    assert "Unknown without it: JIT-002" in said
    assert "az role definition create" in said


def test_bicep_is_printed_on_demand(auditor: At, capsys: pytest.CaptureFixture[str]) -> None:
    adam = auditor(with_directory(contoso_resources()))

    assert adam.sees_the_doctor("--offline", "--grant", "bicep") == 0

    said = capsys.readouterr().out
    assert "resource reader 'Microsoft.Authorization/roleDefinitions@2022-04-01'" in said
    assert said.count("{") == said.count("}")
    assert "az role" not in said


def test_no_secret_is_said(auditor: At, capfd: pytest.CaptureFixture[str]) -> None:
    adam = auditor(guarded())

    adam.sees_the_doctor("--debug", "--only", "users,jit_policies,bastion_hosts")

    said = "".join(capfd.readouterr())
    assert not any(secret in said for secret in (SECRET, "Bearer", "eyJ"))


@pytest.mark.parametrize("options", [("--rules", "NET-01"), ("--only", "machines"), ("--subscription", "prod")])
def test_a_wrong_option_is_bad_usage(auditor: At, options: tuple[str, str]) -> None:
    assert auditor(Tenant([machine(1)])).sees_the_doctor(*options) == 2


def test_nobody_signed_in_can_be_told_nothing(auditor: At, monkeypatch: pytest.MonkeyPatch) -> None:
    adam = auditor(Tenant([machine(1)]))
    monkeypatch.setenv("AZURE_CLIENT_SECRET", "wrong")

    assert adam.sees_the_doctor() == 3


def test_every_table_that_azure_is_asked_for_has_a_permission_to_grant() -> None:
    assert all(asked.permission for asked in EVIDENCE if asked.source is not Source.PARENT)


LOGS = ("--only", "jit_requests,machine_sign_ins")
QUERY = "Microsoft.OperationalInsights/workspaces/query/read"


def test_a_workspace_that_may_not_be_queried_is_named_with_the_permission_and_the_rule(told: Any) -> None:
    adam, see = told(with_logs())
    adam.azure.access.workspaces_denied.add(HUB)

    code, document = see(*LOGS)

    found = tables(document)["jit_requests"]
    assert code == 4
    assert (found["status"], found["missing_permission"]) == ("denied", QUERY)
    assert "JIT-006" in document["rules_unknown"]


def test_a_workspace_that_may_be_queried_is_asked_for_one_row(told: Any) -> None:
    adam, see = told(with_logs())

    code, document = see(*LOGS)

    assert code == 0
    assert tables(document)["jit_requests"]["status"] == "allowed"
    asked = [json.loads(entry.body)["query"] for entry in adam.azure.ledger.asked("v1/workspaces")]
    assert all(query.endswith("| take 1") for query in asked)
    assert len(asked) == 2


def test_a_table_that_the_workspace_has_not_got_and_a_workspace_that_is_not_there_are_not_known(told: Any) -> None:
    tenant = with_logs()
    del tenant.workspaces[HUB].tables["SigninLogs"]
    _, see = told(tenant)

    code, document = see(*LOGS)

    assert code == 0
    assert tables(document)["machine_sign_ins"]["code"] == "NotAsked"
    assert see(*LOGS, "--workspace", OTHER)[0] == 4


def test_a_tenant_without_a_workspace_has_nothing_to_ask(told: Any) -> None:
    _, see = told(Tenant([machine(1)]))

    code, document = see(*LOGS)

    assert code == 0
    assert "--workspace" in tables(document)["jit_requests"]["says"]


def test_reading_logs_takes_the_right_to_query_and_to_read_tables(told: Any) -> None:
    _, see = told(with_logs())

    granted = see("--offline", *LOGS)[1]["grant"]["role"]["Actions"]

    assert {QUERY, "Microsoft.OperationalInsights/workspaces/query/*/read"} <= set(granted)
