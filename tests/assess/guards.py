"""Bastions, just-in-time policies and the judge's own questions, on top of the estate of `builders`."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any, Literal

from builders import GROUP, Built, resource_id
from vmaudit.assess.facts import FACTS
from vmaudit.assess.facts.case import Case, cases
from vmaudit.assess.facts.fact import Remedy
from vmaudit.estate.estate import Estate
from vmaudit.estate.resources import BastionHost, JitMachine, JitPolicy, JitPort, Key, Protocol
from vmaudit.exposure.reach import expose
from vmaudit.known import Read, Unknown


def bastion(
    name: str = "bas-hub",
    *,
    network: str | None = "vnet",
    sku: Read[Literal["Developer", "Basic", "Standard", "Premium"]] = "Standard",
    state: str = "Succeeded",
    subnet: bool = True,
) -> BastionHost:
    """A Bastion in a virtual network, by default in a subnet of its own."""
    network_id = resource_id("virtualNetworks", network).lower() if network else None
    return BastionHost(
        id=resource_id("bastionHosts", name),
        sku=sku,
        provisioning_state=state,
        subnet=f"{network_id}/subnets/azurebastionsubnet" if subnet and network_id else None,
        network=network_id,
        public_ip=None,
        shareable_link=False,
        ip_connect=False,
        native_client=False,
        file_copy=False,
        copy_paste=True,
        session_recording=False,
        private_only=False,
    )


def jit_port(
    number: int, *, sources: tuple[str, ...] = ("10.0.1.0/26",), window: Read[float] = 180.0, udp: bool = False
) -> JitPort:
    """A port of a just-in-time policy."""
    return JitPort(
        number=number,
        protocols=frozenset({Protocol.UDP if udp else Protocol.TCP}),
        sources=sources,
        longest_minutes=window,
    )


def jit_policy(*ports: JitPort, machine: str = "web", name: str = "default", state: str = "Succeeded") -> JitPolicy:
    """A just-in-time policy that guards one machine."""
    return JitPolicy(
        id=f"{GROUP}/Microsoft.Security/locations/westeurope/jitNetworkAccessPolicies/{name}",
        provisioning_state=state,
        machines=(JitMachine(virtual_machine=resource_id("virtualMachines", machine).lower(), ports=ports),),
    )


def guarded(whole: Estate, *guards: BastionHost | JitPolicy) -> Estate:
    """The estate with these Bastions and policies in it."""
    policies = {guard.key: guard for guard in guards if isinstance(guard, JitPolicy)}
    return replace(
        whole,
        bastions={guard.key: guard for guard in guards if isinstance(guard, BastionHost)},
        jit_policies=policies,
        guarded_by_jit=_by_machine(policies.values()),
    )


def _by_machine(policies: Iterable[JitPolicy]) -> dict[Key, tuple[Key, ...]]:
    found: dict[Key, tuple[Key, ...]] = {}
    for policy in policies:
        for machine in policy.machines:
            found[machine.virtual_machine] = (*found.get(machine.virtual_machine, ()), policy.key)
    return found


def case_of(whole: Estate, machine: str = "web") -> Case:
    """One machine of the estate before the judge."""
    return next(case for case in cases(whole, expose(whole)) if case.machine.name == machine)


def fact(name: str, whole: Estate, machine: str = "web") -> Any:
    """The value of a fact about a machine."""
    return FACTS[name].read(case_of(whole, machine))


def remedies(name: str, whole: Estate, found: Any = None, machine: str = "web") -> tuple[Remedy, ...]:
    """What a fact says is to be mended, for what was found."""
    case = case_of(whole, machine)
    return FACTS[name].remedies(case, FACTS[name].read(case) if found is None else found)


def machine_with(built: Built, **fields: Any) -> Built:
    """The machine with other fields."""
    resource: Any = built.resource
    changed = {name: getattr(resource, name) for name in resource.__struct_fields__} | fields
    return Built(type(resource)(**changed), built.brings)


def reason(value: object) -> str:
    """Why a value was not read."""
    assert isinstance(value, Unknown)
    return value.reason
