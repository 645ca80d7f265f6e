"""Ways in for the sample machines, built by hand."""

from vmaudit.addresses import ALL_PORTS, PUBLIC, Intervals, normalised, prefixes, single
from vmaudit.estate.resources import Protocol
from vmaudit.exposure.paths import Certainty, Code, Frontend, Hop, Origin, OriginKind, Path, Reach, Witness
from vmaudit.known import Read, Unknown

SUBSCRIPTION = "/subscriptions/0b1f6471-1bf0-4dda-aec3-111122223333"
NETWORK = f"{SUBSCRIPTION}/resourceGroups/rg-hub/providers/Microsoft.Network"


def ports_of(*numbers: int) -> Intervals:
    return normalised((number, number) for number in numbers)


def nsg_id(name: str) -> str:
    return f"{NETWORK}/networkSecurityGroups/{name}"


def public_ip_hop(name: str, address: str) -> Hop:
    return Hop(
        f"{NETWORK}/publicIPAddresses/{name}",
        "Enter",
        Code.PUBLIC_IP,
        "",
        None,
        f"Public address {address} belongs to the machine.",
    )


def allow_hop(nsg: str, rule: str, priority: int) -> Hop:
    return Hop(
        nsg_id(nsg),
        "Allow",
        Code.NSG_RULE_ALLOWS,
        f"securityRules/{rule}",
        priority,
        f"Rule {rule} lets the packet in.",
    )


def default_allow_hop(nsg: str) -> Hop:
    return Hop(
        nsg_id(nsg),
        "Allow",
        Code.NSG_DEFAULT_ALLOWS,
        "defaultSecurityRules/AllowVnetInBound",
        65000,
        "Azure's default rule lets the inside of the network in.",
    )


def unread_nsg_hop(nsg: str) -> Hop:
    return Hop(nsg_id(nsg), "Unknown", Code.NSG_NOT_READ, "", None, f"Security group {nsg} was not read.")


def basic_ip_hop() -> Hop:
    return Hop(
        f"{NETWORK}/networkInterfaces/nic",
        "Allow",
        Code.BASIC_IP_WITHOUT_NSG,
        "",
        None,
        "A Basic public address without any security group is open.",
    )


def power_hop(vm: str, live: Read[bool]) -> Hop:
    if isinstance(live, Unknown):
        return Hop(vm, "Unknown", Code.VM_STATE_NOT_READ, "", None, "Whether the machine runs was not read.")
    if live:
        return Hop(vm, "Allow", Code.VM_RUNNING, "", None, "The machine runs.")
    return Hop(vm, "Deny", Code.VM_NOT_RUNNING, "", None, "The machine is deallocated.")


def public_path(
    vm: str,
    port: int | Intervals,
    hops: tuple[Hop, ...],
    *,
    address: str = "20.50.1.7",
    private: str = "10.0.2.4",
    source: str = "198.51.100.7",
    sources: Intervals = PUBLIC,
    reach: Reach = Reach.INTERNET,
    live: Read[bool] = True,
    certainty: Certainty = Certainty.PROVEN,
    protocol: Protocol = Protocol.TCP,
    blind_spots: tuple[str, ...] = (),
    assumptions: tuple[str, ...] = (),
) -> Path:
    ports = single(port) if isinstance(port, int) else port
    return Path(
        origin=Origin(OriginKind.INTERNET),
        reach=reach,
        live=live,
        certainty=certainty,
        protocol=protocol,
        ports=ports,
        source_ports=ALL_PORTS,
        frontend=Frontend("publicIPAddress", f"{NETWORK}/publicIPAddresses/pip", address, ports),
        sources=sources,
        network_interface=f"{vm}-nic".lower(),
        ip_configuration="ipconfig1",
        hops=(public_ip_hop("pip", address), *hops, power_hop(vm, live)),
        witness=Witness(protocol, source, 50000, address, ports[0][0], private, ports[0][0]),
        blind_spots=blind_spots,
        assumptions=assumptions,
    )


def inside_path(
    vm: str,
    hops: tuple[Hop, ...],
    *,
    ports: Intervals = ALL_PORTS,
    origin: OriginKind = OriginKind.OWN_NETWORK,
    private: str = "10.0.2.4",
    live: Read[bool] = True,
) -> Path:
    port = 3389 if ports == ALL_PORTS else ports[0][0]
    network = f"{NETWORK}/virtualNetworks/vnet-spoke".lower()
    return Path(
        origin=Origin(origin, network),
        reach=Reach.PRIVATE,
        live=live,
        certainty=Certainty.PROVEN,
        protocol=Protocol.TCP,
        ports=ports,
        source_ports=ALL_PORTS,
        frontend=None,
        sources=prefixes(("10.0.0.0/16",)),
        network_interface=f"{vm}-nic".lower(),
        ip_configuration="ipconfig1",
        hops=(*hops, power_hop(vm, live)),
        witness=Witness(Protocol.TCP, "10.0.9.9", 50000, private, port, private, port),
        blind_spots=(),
        assumptions=(),
    )
