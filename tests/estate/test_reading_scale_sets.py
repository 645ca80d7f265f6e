"""Scale sets: instances of Uniform ones as machines, what a model says of interfaces, and sets that can't vanish."""

import json
from typing import Any

import pytest

from evidence import GROUP, Json, estate_of, machine_id, network_id, table_of
from vmaudit.estate.estate import Estate
from vmaudit.estate.resources import NetworkInterface, PowerState
from vmaudit.known import Unknown
from vmaudit.snapshot.manifest import OutcomeKind

SET = f"{GROUP}/Microsoft.Compute/virtualMachineScaleSets/Web"
NSG = network_id("networkSecurityGroups/nsg")
SUBNET = network_id("virtualNetworks/vnet/subnets/web")
POOL = network_id("loadBalancers/lb/backendAddressPools/pool")
NAT_POOL = network_id("loadBalancers/lb/inboundNatPools/ssh")
NO_INTERFACES = {"scale_set_interfaces": OutcomeKind.NOT_COLLECTED}
NO_INSTANCES = {"scale_set_instances": OutcomeKind.NOT_COLLECTED}


def below(path: str, instance: str = "0") -> str:
    """The id of what is kept below an instance."""
    return f"{SET}/virtualMachines/{instance}{path}"


NIC = below("/networkInterfaces/Nic")


def model(**address: Any) -> Json:
    """The interfaces that a model gives to each instance, nested as ARM does it."""
    place = {"name": "IpConfig", "properties": {"subnet": {"id": SUBNET}, **address}}
    interface = {"networkSecurityGroup": {"id": NSG}, "enableIPForwarding": True, "ipConfigurations": [place]}
    return {"networkInterfaceConfigurations": [{"name": "Nic", "properties": interface}]}


def scale_set(*, capacity: int | None = 1, mode: str | None = "Uniform", **properties: Any) -> Json:
    said = {} if mode is None else {"orchestrationMode": mode}
    sku = {"name": "Standard_D2s_v5"} if capacity is None else {"name": "Standard_D2s_v5", "capacity": capacity}
    return {"id": SET, "location": "westeurope", "tags": {"team": "web"}, "sku": sku, "properties": said | properties}


def with_model(**address: Any) -> Json:
    return scale_set(virtualMachineProfile={"networkProfile": model(**address)})


def instance(number: str = "0", **properties: Any) -> Json:
    named = {"networkProfile": {"networkInterfaces": [{"id": below("/networkInterfaces/Nic", number)}]}}
    return {"id": below("", number), "location": "westeurope", "properties": named | properties}


def interface(**properties: Any) -> Json:
    place = {"privateIPAddress": "10.0.0.4", "subnet": {"id": SUBNET}}
    return {"id": NIC, "properties": {"ipConfigurations": [{"name": "IpConfig", "properties": place}], **properties}}


def modelled(here: Estate) -> NetworkInterface:
    """The only interface, which no row was read of."""
    (found,) = here.network_interfaces.values()
    assert found.from_model
    return found


# --- where rows belong -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("resource_id", "table"),
    [
        (SET, "scale_sets"),
        (below(""), "scale_set_instances"),
        (NIC, "scale_set_interfaces"),
        (f"{NIC}/ipConfigurations/IpConfig/publicIPAddresses/pip", "scale_set_public_ips"),
    ],
)
def test_a_row_without_a_type_belongs_where_its_id_says(resource_id: str, table: str) -> None:
    assert table_of({"id": resource_id}) == table
    assert table_of({"id": resource_id.upper()}) == table


# --- instances ---------------------------------------------------------------------------------------------------------


def test_an_instance_is_a_machine_of_its_set() -> None:
    view = {"statuses": [{"code": "ProvisioningState/succeeded"}, {"code": "PowerState/running"}]}
    disk = {"osDisk": {"osType": "Linux"}}

    machine = estate_of([instance(instanceView=view, storageProfile=disk)]).machines[below("").lower()]

    assert (machine.name, machine.scale_set) == ("Web_0", SET.lower())
    assert (machine.power, machine.operating_system) == (PowerState.RUNNING, "Linux")
    assert machine.network_interfaces == (NIC.lower(),)


def test_resource_graph_s_power_state_of_an_instance_is_read() -> None:
    row = instance(extended={"instanceView": {"powerState": {"code": "PowerState/deallocated"}}})

    assert estate_of([row]).machines[below("").lower()].power is PowerState.DEALLOCATED


def test_without_an_instance_view_nothing_says_whether_an_instance_runs() -> None:
    assert isinstance(estate_of([instance()]).machines[below("").lower()].power, Unknown)


def test_an_instance_whose_row_is_malformed_is_there_and_nothing_is_known_of_it() -> None:
    here = estate_of([{"id": below(""), "properties": "cut off at depth 2"}])

    machine = here.machines[below("").lower()]
    assert isinstance(machine.network_interfaces, Unknown)
    assert "could not be read" in machine.network_interfaces.reason
    assert machine.scale_set == SET.lower()


def test_interfaces_and_public_addresses_of_instances_are_found_like_any_other() -> None:
    pip = f"{NIC}/ipConfigurations/IpConfig/publicIPAddresses/pip"
    address = {"ipAddress": "20.50.0.10", "publicIPAddressVersion": "IPv4"}

    here = estate_of([instance(), interface(), {"id": pip, "sku": {"name": "Standard"}, "properties": address}])

    assert not here.network_interfaces[NIC.lower()].from_model
    assert here.public_ips[pip.lower()].address == "20.50.0.10"
    assert here.all_of("scale_set_interfaces") is True


def test_an_interface_that_says_it_is_an_ordinary_one_is_found_all_the_same() -> None:
    """Some API versions give it the type of the network provider."""
    here = estate_of([instance(), {**interface(), "type": "Microsoft.Network/networkInterfaces"}])

    assert not here.network_interfaces[NIC.lower()].from_model


def test_a_flexible_instance_that_both_lists_hold_is_one_machine() -> None:
    """`az vmss list-instances` prints it below its set, `az vm list` as the machine that it is."""
    ordinary = {"id": machine_id("web_a1"), "properties": {"virtualMachineScaleSet": {"id": SET}}}

    here = estate_of([scale_set(mode="Flexible"), ordinary, instance("web_A1")])

    assert list(here.machines) == [machine_id("web_a1").lower()]


def test_a_machine_of_the_same_name_outside_of_the_set_is_another_machine() -> None:
    here = estate_of([{"id": machine_id("0"), "properties": {}}, instance("0")])

    assert len(here.machines) == 2


# --- interfaces that were not read ---------------------------------------------------------------------------------------


def test_an_instance_s_own_row_describes_an_interface_that_was_not_read() -> None:
    """`networkProfileConfiguration`, as recorded; it holds whatever the set's model says by now."""
    own = model(
        publicIPAddressConfiguration={"name": "Pip"},
        loadBalancerBackendAddressPools=[{"id": POOL}],
        loadBalancerInboundNatPools=[{"id": NAT_POOL}],
    )

    here = estate_of([with_model(), instance(latestModelApplied=False, networkProfileConfiguration=own)])

    found = modelled(here)
    assert (found.id, found.security_group, found.ip_forwarding) == (NIC, NSG.lower(), True)
    (place,) = found.ip_configurations
    assert place.public_ip == f"{NIC}/ipConfigurations/IpConfig/publicIPAddresses/Pip".lower()
    assert (place.subnet, place.load_balancer_pools) == (SUBNET.lower(), (POOL.lower(),))
    assert place.load_balancer_nat_pools == (NAT_POOL.lower(),)
    assert place.private_address == Unknown("network interface nic was not read, so its address is not known")


def test_the_set_s_model_describes_it_where_the_instance_has_that_model() -> None:
    here = estate_of([with_model(publicIPAddressConfiguration={"name": "Pip"}), instance(latestModelApplied=True)])

    found = modelled(here)
    assert (found.id, found.virtual_machine) == (NIC, below("").lower())
    assert found.ip_configurations[0].public_ip == f"{NIC}/ipConfigurations/IpConfig/publicIPAddresses/Pip".lower()


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"latestModelApplied": False}, "Web_0 does not have the present model of its scale set"),
        ({}, "nothing says whether Web_0 has the present model of its scale set"),
        (
            {"latestModelApplied": True, "modelDefinitionApplied": "VirtualMachine"},
            "Web_0 was changed for itself, so the model of its scale set need not hold for it",
        ),
    ],
    ids=["an older model", "not said", "a model of its own"],
)
def test_a_model_that_the_instance_need_not_have_describes_nothing(said: Json, why: str) -> None:
    here = estate_of([with_model(), instance(**said)])

    assert here.network_interfaces == {}
    assert here.find(here.network_interfaces, NIC.lower(), "network interface") == Unknown(
        f"network interface nic could not be read: only a model is there, and {why}"
    )


def test_without_its_set_an_instance_is_described_by_nobody() -> None:
    here = estate_of([instance(latestModelApplied=True)])

    assert "scale set web is not in the evidence" in here.unread[NIC.lower()]


def test_a_row_of_an_interface_that_can_t_be_read_is_not_replaced_by_a_model() -> None:
    here = estate_of([with_model(), instance(latestModelApplied=True), {"id": NIC, "name": "Nic"}])

    assert here.network_interfaces == {}
    assert "its addresses were left out" in here.unread[NIC.lower()]


def test_an_instance_that_names_no_interface_has_those_of_the_model() -> None:
    row = {"id": below(""), "properties": {"latestModelApplied": True}}

    here = estate_of([with_model(), row])

    assert here.machines[below("").lower()].network_interfaces == (NIC.lower(),)
    assert modelled(here).id == NIC


def test_interfaces_that_were_not_read_are_not_all_whatever_was_claimed() -> None:
    here = estate_of([with_model(), instance(latestModelApplied=True)])

    assert here.all_of("scale_set_interfaces") == Unknown("interface nic of Web_0 was not read")


def test_an_interface_of_the_model_without_a_name_leaves_the_set_unread() -> None:
    nameless = scale_set(virtualMachineProfile={"networkProfile": {"networkInterfaceConfigurations": [{}]}})

    here = estate_of([nameless, instance(latestModelApplied=True)])

    assert here.unread[SET.lower()] == "an interface of its model has no name"
    assert "an interface of its model has no name" in here.unread[NIC.lower()]


# --- spellings -----------------------------------------------------------------------------------------------------------


def flat(row: Json) -> Json:
    """A row as the Azure CLI prints it: `properties` lifted, `IP` in keys as `Ip`."""

    def lifted(value: Any) -> Any:
        if isinstance(value, list):
            return [lifted(inner) for inner in value]
        if not isinstance(value, dict):
            return value
        inner = {key: lifted(one) for key, one in value.items() if key != "properties"}
        inner |= lifted(value["properties"]) if "properties" in value else {}
        return {key.replace("IP", "Ip"): one for key, one in inner.items()}

    return lifted(row)


def other_letters(row: Json) -> Json:
    """A row with all its ids in other letters."""
    text = json.dumps(row)
    for part in ("/subscriptions/", "/resourceGroups/", "/providers/", "Microsoft.Compute", "virtualMachineScaleSets"):
        text = text.replace(part, part.upper())
    return json.loads(text)


@pytest.mark.parametrize("spelt", [flat, other_letters], ids=["flat", "ids in other letters"])
@pytest.mark.parametrize("kept", ["model", "instance"])
def test_sets_and_instances_say_the_same_in_every_spelling(spelt: Any, kept: str) -> None:
    address = {"publicIPAddressConfiguration": {"name": "Pip"}, "loadBalancerInboundNatPools": [{"id": NAT_POOL}]}
    own = {} if kept == "model" else {"networkProfileConfiguration": model(**address)}
    rows = [with_model(**address), instance(latestModelApplied=True, **own)]

    told, retold = estate_of(rows), estate_of([spelt(row) for row in rows])

    assert modelled(told).ip_configurations == modelled(retold).ip_configurations
    assert modelled(told).security_group == modelled(retold).security_group
    assert [machine.key for machine in told.machines.values()] == [m.key for m in retold.machines.values()]


# --- sets whose instances were not read ----------------------------------------------------------------------------------


def test_a_set_stands_for_its_instances_that_were_not_read() -> None:
    here = estate_of([scale_set(capacity=3)], ended=NO_INSTANCES)

    (machine,) = here.machines.values()
    why = Unknown(
        "3 of the 3 instances of scale set Web were not read (Instances of Uniform scale sets: they were not collected)"
    )
    assert (machine.id, machine.name, machine.location) == (SET, "Web", "westeurope")
    assert (machine.tags, machine.scale_set) == ((("team", "web"),), SET.lower())
    assert machine.power == machine.network_interfaces == machine.operating_system == why
    assert here.all_of("scale_set_interfaces") == why


def test_a_set_stands_for_the_rest_where_some_instances_were_read() -> None:
    here = estate_of([scale_set(capacity=3), instance("0"), instance("4")], ended=NO_INSTANCES)

    assert [machine.name for machine in here.machines.values()] == ["Web_0", "Web_4", "Web"]
    reason = here.machines[SET.lower()].power
    assert isinstance(reason, Unknown)
    assert reason.reason.startswith("1 of the 3 instances of scale set Web were not read")


def test_a_set_of_which_all_instances_were_read_stands_for_nothing() -> None:
    here = estate_of([scale_set(capacity=1), instance()], ended=NO_INSTANCES)

    assert [machine.name for machine in here.machines.values()] == ["Web_0"]


@pytest.mark.parametrize("capacity", [0, 2, None])
def test_a_list_of_instances_that_was_read_whole_outweighs_the_number_that_the_set_gives(capacity: int | None) -> None:
    """Instances come and go between two questions."""
    assert estate_of([scale_set(capacity=capacity)]).machines == {}


def test_a_set_that_does_not_say_how_many_it_has_stands_for_instances_of_which_none_was_read() -> None:
    here = estate_of([scale_set(capacity=None)], ended=NO_INSTANCES)

    assert list(here.machines) == [SET.lower()]
    assert len(estate_of([scale_set(capacity=None), instance()], ended=NO_INSTANCES).machines) == 1


@pytest.mark.parametrize("mode", ["Flexible", None])
def test_machines_that_name_a_set_are_counted_as_its_instances(mode: str | None) -> None:
    ordinary = {"id": machine_id("web-1"), "properties": {"virtualMachineScaleSet": {"id": SET.upper()}}}
    ended = {**NO_INSTANCES, "virtual_machines": OutcomeKind.PARTIAL}

    assert len(estate_of([scale_set(capacity=1, mode=mode), ordinary], ended=ended).machines) == 1
    assert len(estate_of([scale_set(capacity=2, mode=mode), ordinary], ended=ended).machines) == 2


def test_a_flexible_set_without_a_capacity_may_have_no_instances_at_all() -> None:
    ended = {"virtual_machines": OutcomeKind.PARTIAL}

    assert estate_of([scale_set(capacity=None, mode="Flexible")], ended=ended).machines == {}


def test_a_set_whose_row_can_t_be_read_does_not_vanish() -> None:
    here = estate_of([{"id": SET, "properties": "cut off at depth 2"}], ended=NO_INSTANCES)

    (machine,) = here.machines.values()
    assert isinstance(machine.network_interfaces, Unknown)
    assert machine.network_interfaces.reason.startswith("the row of the scale set could not be read: ")


def test_an_instance_that_says_it_is_an_ordinary_machine_is_counted_all_the_same() -> None:
    here = estate_of([scale_set(), {**instance(), "type": "Microsoft.Compute/virtualMachines"}], ended=NO_INSTANCES)

    assert [machine.name for machine in here.machines.values()] == ["Web_0"]


@pytest.mark.parametrize(
    "broken",
    [
        {"sku": {"capacity": "3"}},
        {"sku": []},
        {"properties": {"virtualMachineProfile": {"networkProfile": {"networkInterfaceConfigurations": [None]}}}},
        {"properties": {"virtualMachineProfile": "none"}},
    ],
    ids=str,
)
def test_a_set_of_another_shape_is_unread_and_its_instances_are_not_described_by_it(broken: Json) -> None:
    here = estate_of([{**with_model(), **broken}, instance(latestModelApplied=True)])

    assert SET.lower() in here.unread
    assert "the row of the scale set could not be read" in here.unread[NIC.lower()]


@pytest.mark.parametrize("capacity", [-1, 0])
def test_a_set_that_says_it_has_no_instances_stands_for_none(capacity: int) -> None:
    assert estate_of([scale_set(capacity=capacity)], ended=NO_INSTANCES).machines == {}


def test_names_with_anything_in_them_stay_names() -> None:
    hostile = {"name": "nic/../../<script>", "properties": {"ipConfigurations": [{"name": ""}]}}
    row = {
        "id": below(""),
        "properties": {"networkProfileConfiguration": {"networkInterfaceConfigurations": [hostile]}},
    }

    (key,) = estate_of([row]).network_interfaces

    assert key == below("/networkInterfaces/nic/../../<script>").lower()
