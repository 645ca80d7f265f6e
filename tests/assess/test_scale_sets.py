"""Rules about instances of Uniform scale sets are rules about machines."""

from assess.guards import fact, remedies
from assess.judged import audited, manifest, result, shipped_rules
from evidence import GROUP, Json, estate_of, network_id
from vmaudit.assess.assessment import Letter, Status
from vmaudit.assess.coverage import coverage
from vmaudit.assess.facts.case import cases
from vmaudit.assess.values import Names
from vmaudit.exposure.reach import expose
from vmaudit.snapshot.manifest import Outcome, OutcomeKind, TableEntry

SET = f"{GROUP}/Microsoft.Compute/virtualMachineScaleSets/web"
INSTANCE = f"{SET}/virtualMachines/0"
NETWORK = network_id("virtualNetworks/vnet")


def instance() -> Json:
    """An instance whose interface was not read: its own row gives it a public address and a subnet."""
    place = {"subnet": {"id": f"{NETWORK}/subnets/web"}, "publicIPAddressConfiguration": {"name": "pip"}}
    made = {"name": "nic", "properties": {"ipConfigurations": [{"name": "c", "properties": place}]}}
    return {
        "id": INSTANCE,
        "properties": {"networkProfileConfiguration": {"networkInterfaceConfigurations": [made]}},
    }


def test_the_networks_of_an_instance_are_known_by_its_interfaces() -> None:
    here = estate_of([instance()])

    (case,) = cases(here, expose(here))

    assert (case.machine.name, case.unread_interfaces) == ("web_0", "")
    assert case.networks == (NETWORK.lower(),)


def test_the_public_address_of_an_instance_is_taken_away_in_the_model() -> None:
    here = estate_of([instance()])

    assert fact("vm.public_addresses", here, "web_0") == Names(("pip on nic",))
    (remedy,) = remedies("vm.public_addresses", here, machine="web_0")
    assert remedy.fix.startswith("az vmss update ")


def test_a_set_in_place_of_its_instances_never_gets_the_best_grade() -> None:
    row = {"id": SET, "sku": {"capacity": 2}, "properties": {"orchestrationMode": "Uniform"}}
    here = estate_of([row], ended={"scale_set_instances": OutcomeKind.DENIED})

    found = result(audited(here, shipped_rules()), "web")

    assert found.grade.worst is Letter.F
    assert Status.PASS not in {verdict.status for verdict in found.verdicts}


def test_rules_lean_on_the_tables_of_scale_sets_as_they_do_on_those_of_machines() -> None:
    names = ("virtual_machines", "scale_sets", "scale_set_instances", "network_interfaces", "scale_set_interfaces")
    done = Outcome("", OutcomeKind.COMPLETE)
    tables = manifest(*(TableEntry(name=name, rows=0, outcomes=(done,)) for name in names))

    of = {line.table: line.rules for line in coverage(tables, shipped_rules())}

    assert of["virtual_machines"]
    assert of["scale_sets"] == of["scale_set_instances"] == of["virtual_machines"]
    assert of["scale_set_interfaces"] == of["network_interfaces"]
