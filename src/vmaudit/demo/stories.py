"""A story: one machine, what it teaches in one sentence, and the resources that make it so."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from vmaudit.demo.machines import INTERFACE, MACHINE, Address, Guest, network_interface, public_ip, virtual_machine
from vmaudit.demo.rows import Place, Row
from vmaudit.demo.security import LAST_PRIORITY, Guard, Rule, jit_deny, security_group

ADAM: Final = "adam@contoso.com"
JANE: Final = "jane@contoso.com"


def tags(owner: str, criticality: Literal["high", "medium", "low"], role: str) -> dict[str, str]:
    """What Contoso writes on every machine."""
    return {"owner": owner, "criticality": criticality, "role": role}


@dataclass(frozen=True, slots=True, kw_only=True)
class Nic:
    """An interface of a story's machine.

    `rules` make a security group for this interface alone, `security_group` names one that the story does not hold;
    with neither, only the subnet's group filters. `nat_rules` are ids of a load balancer's rules that lead here, and
    `forwards` is whether the interface takes packets that are for others.
    """

    subnet: str
    address: str
    public: str | None = None
    ipv6: str | None = None
    public_ipv6: str | None = None
    sku: Literal["Basic", "Standard"] = "Standard"
    rules: tuple[Rule, ...] | None = None
    security_group: str | None = None
    application_groups: tuple[str, ...] = ()
    nat_rules: tuple[str, ...] = ()
    forwards: bool = False

    @property
    def leans_on_subnet(self) -> bool:
        """Whether only the group of the subnet stands in front of this interface."""
        return self.rules is None and self.security_group is None

    @property
    def addresses(self) -> tuple[tuple[str, str | None], ...]:
        """Each private address with the public one in front of it."""
        first = (self.address, self.public)
        return (first,) if self.ipv6 is None else (first, (self.ipv6, self.public_ipv6))


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """One machine of Contoso.

    `guard` is what just-in-time access does for it, `unread_interfaces` are ids of interfaces that the exporting reader
    was not allowed to see, and `beside` are further resources that belong to the story.
    """

    place: Place
    machine: str
    sentence: str
    guest: Guest
    tags: Mapping[str, str]
    nics: tuple[Nic, ...] = ()
    guard: Guard | None = None
    unread_interfaces: tuple[str, ...] = ()
    beside: tuple[Row, ...] = ()

    @property
    def id(self) -> str:
        """The id of the machine."""
        return self.place.id(MACHINE, self.machine)

    def rows(self) -> Iterator[Row]:
        """All resources of the story."""
        names = [self.machine if index == 1 else f"{self.machine}-{index}" for index in range(1, len(self.nics) + 1)]
        interfaces = [self.place.id(INTERFACE, f"nic-{name}") for name in names]
        yield virtual_machine(self.place, self.machine, self.guest, (*interfaces, *self.unread_interfaces), self.tags)
        yield from self.beside
        for name, nic in zip(names, self.nics, strict=True):
            yield from self._interface_rows(name, nic)

    def _interface_rows(self, name: str, nic: Nic) -> Iterator[Row]:
        interface = self.place.id(INTERFACE, f"nic-{name}")
        group = nic.security_group
        if nic.rules is not None:
            jit = () if self.guard is None else (jit_deny(self.id, nic.address, self.guard, LAST_PRIORITY),)
            made = security_group(self.place, f"nsg-{name}", (*nic.rules, *jit))
            group = made["id"]
            yield made
        addresses: list[Address] = []
        for index, (private, public) in enumerate(nic.addresses, start=1):
            in_front: str | None = None
            if public is not None:
                carrier = f"{interface}/ipConfigurations/ipconfig{index}"
                pip = f"pip-{name}-v6" if ":" in public else f"pip-{name}"
                made = public_ip(self.place, pip, public, attached_to=carrier, sku=nic.sku)
                in_front = made["id"]
                yield made
            addresses.append(
                Address(
                    subnet=nic.subnet,
                    private=private,
                    public_ip=in_front,
                    application_groups=nic.application_groups,
                    nat_rules=nic.nat_rules,
                )
            )
        yield network_interface(
            self.place,
            f"nic-{name}",
            machine=self.id,
            addresses=addresses,
            security_group=group,
            forwards=nic.forwards,
        )


def jit_denies(stories: Iterable[Story], subnet: str) -> tuple[Rule, ...]:
    """What just-in-time access keeps in the group of a subnet, for guarded machines that have no group of their own.

    Defender for Cloud takes the last free priorities, from the bottom up.
    """
    guarded = [
        (story.id, nic.address, story.guard)
        for story in stories
        for nic in story.nics
        if story.guard is not None and nic.subnet == subnet and nic.leans_on_subnet
    ]
    return tuple(
        jit_deny(machine, address, guard, LAST_PRIORITY - index)
        for index, (machine, address, guard) in enumerate(guarded)
    )
