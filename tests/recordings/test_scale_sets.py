"""Recorded instances of Uniform scale sets and the load balancers before them: what Azure's own bodies lead to."""

import pytest

from evidence import estate_of
from recordings.recorded import Case, bodies, cases, needs_recordings
from vmaudit.addresses import port_texts, single
from vmaudit.estate.estate import Estate
from vmaudit.estate.resources import Key
from vmaudit.exposure.balancers import Backends, balancer_entries
from vmaudit.exposure.entries import Entry

pytestmark = needs_recordings

WITH_INSTANCES = ("6082a3df", "41dc735c", "638fdaa6")
NAT_POOL = "0747fdbd"
KEPT = ("scale_set_instances", "load_balancers", "public_ip_addresses")


def recorded(name: str) -> Case:
    return next(case for case in cases("lb_nat") if case.name == name)


def estate(name: str) -> Estate:
    """What a recording held last."""
    return estate_of([body for table, body in bodies(recorded(name).recorded) if table in KEPT])


def published(here: Estate) -> dict[Key, list[Entry]]:
    return balancer_entries(here, Backends(here))


@pytest.mark.parametrize("name", WITH_INSTANCES)
def test_instances_are_named_as_azure_names_them(name: str) -> None:
    rows = [row for row in recorded(name).resources if "/virtualMachineScaleSets/" in row["id"]]

    assert {row["name"] for row in rows} == {machine.name for machine in estate(name).machines.values()}


@pytest.mark.parametrize("name", WITH_INSTANCES)
def test_the_balancer_and_the_instance_s_own_row_mean_the_same_ip_configuration(name: str) -> None:
    """No interface was recorded: each is described by its instance, and the balancer names it by its id."""
    here = estate(name)

    assert here.network_interfaces
    for interface in here.network_interfaces.values():
        (place,) = interface.ip_configurations
        assert interface.from_model
        assert published(here)[f"{interface.key}/ipconfigurations/{place.name.lower()}"]


def test_a_range_of_nat_ports_reaches_every_instance_once() -> None:
    here = estate("6082a3df")

    for interface in here.network_interfaces:
        entries = [e for key, found in published(here).items() if key.startswith(interface) for e in found]
        ssh = [entry for entry in entries if entry.machine_ports == single(22)]
        assert [(entry.rule, port_texts(entry.frontend_ports)) for entry in ssh] == [("NatRule", ("50000-50119",))]


def test_the_nat_rules_that_azure_made_out_of_a_pool_stand_for_the_pool() -> None:
    """`natpool000009.0` and so on name the instances; the pool itself leads nowhere else."""
    entries = [
        (key.split("/")[10], entry.kind, port_texts(entry.frontend_ports))
        for key, found in published(estate(NAT_POOL)).items()
        for entry in found
        if entry.rule.startswith("natpool")
    ]

    assert sorted(entries) == [(str(number), "nat-rule", (str(50000 + number),)) for number in range(4)]
