"""Virtual machines: what a row says, and what it leaves open."""

from typing import Any

import pytest

from evidence import Json, estate_of, machine_id
from vmaudit.estate.resources import PowerState, VirtualMachine
from vmaudit.known import Unknown

ID = machine_id("Web")


def machine(**members: Any) -> VirtualMachine:
    return estate_of([{"id": ID, "location": "westeurope", **members}]).machines[ID.lower()]


def test_the_id_keeps_its_spelling_and_the_key_has_none() -> None:
    found = machine(properties={})

    assert (found.id, found.key, found.name) == (ID, ID.lower(), "Web")


@pytest.mark.parametrize("state", PowerState)
def test_every_power_state_is_read_in_its_three_spellings(state: PowerState) -> None:
    code = f"PowerState/{state.value}"

    by_arm = machine(properties={"instanceView": {"statuses": [{"code": "OSState/generalized"}, {"code": code}]}})
    by_resource_graph = machine(properties={"extended": {"instanceView": {"powerState": {"code": code}}}})
    by_azure_cli = machine(powerState=f"VM {state.value}")

    assert by_arm.power is by_resource_graph.power is by_azure_cli.power is state


@pytest.mark.parametrize(
    "members",
    [
        {"properties": {}},
        {"properties": {"instanceView": {"statuses": []}}},
        {"properties": {"instanceView": {"statuses": [{"code": "ProvisioningState/succeeded"}]}}},
        {"properties": {"instanceView": {"statuses": [{"code": "PowerState/dreaming"}]}}},
        {"powerState": "VM dreaming"},
    ],
)
def test_a_machine_that_may_or_may_not_run_is_not_said_to_be_stopped(members: Json) -> None:
    assert isinstance(machine(**members).power, Unknown)


def test_only_a_machine_that_runs_or_starts_answers() -> None:
    assert {state for state in PowerState if state.answers} == {PowerState.RUNNING, PowerState.STARTING}


def test_a_list_of_no_interfaces_is_none_and_a_missing_list_is_unknown() -> None:
    assert machine(properties={"networkProfile": {"networkInterfaces": []}}).network_interfaces == ()
    for profile in ({}, {"networkProfile": None}, {"networkProfile": {}}):
        assert isinstance(machine(properties=profile).network_interfaces, Unknown)


def test_the_system_is_known_from_the_disk_or_from_how_the_guest_was_set_up() -> None:
    assert machine(properties={"storageProfile": {"osDisk": {"osType": "Windows"}}}).operating_system == "Windows"
    assert machine(properties={"osProfile": {"windowsConfiguration": {}}}).operating_system == "Windows"
    assert machine(properties={"osProfile": {"linuxConfiguration": {}}}).operating_system == "Linux"
    assert isinstance(machine(properties={"storageProfile": {"osDisk": {}}}).operating_system, Unknown)


@pytest.mark.parametrize(("disabled", "accepted"), [(True, False), (False, True)])
def test_passwords_are_accepted_where_they_are_not_disabled(*, disabled: bool, accepted: bool) -> None:
    profile = {"linuxConfiguration": {"disablePasswordAuthentication": disabled}}

    assert machine(properties={"osProfile": profile}).password_sign_in is accepted


@pytest.mark.parametrize("profile", [None, {}, {"linuxConfiguration": None}, {"linuxConfiguration": {}}])
def test_a_switch_that_is_not_there_says_nothing_about_passwords(profile: Json | None) -> None:
    assert isinstance(machine(properties={"osProfile": profile}).password_sign_in, Unknown)


def test_an_instance_of_a_scale_set_names_it() -> None:
    scale_set = f"{ID.rpartition('/virtualMachines/')[0]}/virtualMachineScaleSets/Set"

    assert machine(properties={"virtualMachineScaleSet": {"id": scale_set}}).scale_set == scale_set.lower()


@pytest.mark.parametrize(
    "stub", [{"properties": None}, {}, {"properties": "…"}], ids=["null", "no properties", "cut off by depth"]
)
def test_a_machine_of_which_only_the_id_is_known_is_there_and_all_of_it_unknown(stub: Json) -> None:
    found = machine(**stub)

    for attribute in (found.operating_system, found.power, found.network_interfaces, found.password_sign_in):
        assert isinstance(attribute, Unknown)


@pytest.mark.parametrize(
    "row",
    [
        {"id": ID, "properties": {"networkProfile": {"networkInterfaces": [{"id": 7}]}}},
        {"id": ID, "properties": {"networkProfile": "none"}},
        {"id": ID, "tags": ["a", "list"], "properties": {}},
        {"id": ID, "properties": {"storageProfile": {"osDisk": []}}},
    ],
)
def test_a_machine_whose_row_is_malformed_still_appears_and_says_why_it_is_unknown(row: Json) -> None:
    here = estate_of([row])
    found = here.machines[ID.lower()]

    assert isinstance(found.network_interfaces, Unknown)
    assert found.network_interfaces.reason.startswith("the machine's row could not be read: ")
    assert isinstance(here.all_of("virtual_machines"), Unknown)


@pytest.mark.parametrize(
    ("identity", "expected"),
    [
        (None, ()),
        ({"type": "None"}, ()),
        ({"type": "SystemAssigned", "principalId": "AAAA"}, ("aaaa",)),
        (
            {
                "type": "SystemAssigned, UserAssigned",
                "principalId": "aaaa",
                "userAssignedIdentities": {"/ids/one": {"principalId": "BBBB", "clientId": "c"}},
            },
            ("aaaa", "bbbb"),
        ),
        (
            {"type": "UserAssigned", "userAssignedIdentities": {"/ids/one": {}}},
            Unknown("the machine's row names an identity without saying whose it is"),
        ),
        ({"type": "SystemAssigned"}, Unknown("the machine's row names an identity without saying whose it is")),
    ],
)
def test_whom_a_machine_acts_as(identity: Json | None, expected: Any) -> None:
    assert machine(identity=identity, properties={}).identities == expected
