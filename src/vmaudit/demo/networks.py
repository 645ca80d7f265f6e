"""Virtual networks and Azure Bastion, shaped as ARM answers them (azure-facts 5.3, 5.9)."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

from vmaudit.demo.rows import Place, Row, child, fixed_guid, reference, row
from vmaudit.demo.security import Rule, allow, deny

NETWORK: Final = "Microsoft.Network/virtualNetworks"
BASTION: Final = "Microsoft.Network/bastionHosts"
BASTION_SUBNET: Final = "AzureBastionSubnet"


@dataclass(frozen=True, slots=True)
class Network:
    """A virtual network and where it is."""

    place: Place
    name: str
    prefixes: tuple[str, ...]

    @property
    def id(self) -> str:
        """The id of the network."""
        return self.place.id(NETWORK, self.name)

    def subnet(self, name: str) -> str:
        """The id of one of its subnets."""
        return f"{self.id}/subnets/{name}"


def virtual_network(network: Network, subnets: Iterable[Row], peers: Iterable[Network] = ()) -> Row:
    """A network with its subnets and its own half of each peering."""
    properties: Row = {
        "resourceGuid": fixed_guid(network.id),
        "addressSpace": {"addressPrefixes": list(network.prefixes)},
        "subnets": list(subnets),
        "virtualNetworkPeerings": [_peering(network, peer) for peer in peers],
        "enableDdosProtection": False,
    }
    return row(network.place, NETWORK, network.name, properties)


def subnet(network: Network, name: str, *prefixes: str, security_group: str | None = None) -> Row:
    """A part of a network. One prefix is written to ARM's singular field, several to the plural one."""
    properties: Row = {"addressPrefix": prefixes[0]} if len(prefixes) == 1 else {"addressPrefixes": list(prefixes)}
    if security_group is not None:
        properties["networkSecurityGroup"] = reference(security_group)
    properties |= {"serviceEndpoints": [], "delegations": [], "privateEndpointNetworkPolicies": "Disabled"}
    return child(network.id, "subnets", name, properties)


def _peering(network: Network, peer: Network) -> Row:
    space = {"addressPrefixes": list(peer.prefixes)}
    properties: Row = {
        "peeringState": "Connected",
        "peeringSyncLevel": "FullyInSync",
        "remoteVirtualNetwork": reference(peer.id),
        "allowVirtualNetworkAccess": True,
        "allowForwardedTraffic": False,
        "allowGatewayTransit": False,
        "useRemoteGateways": False,
        "remoteAddressSpace": space,
        "remoteVirtualNetworkAddressSpace": space,
    }
    return child(network.id, "virtualNetworkPeerings", f"to-{peer.name}", properties)


def bastion(
    network: Network,
    name: str,
    *,
    sku: Literal["Basic", "Standard"],
    public_ip: str,
    shareable_links: bool = False,
) -> Row:
    """A Bastion of its own in the AzureBastionSubnet of `network`."""
    host = network.place.id(BASTION, name)
    where: Row = {
        "privateIPAllocationMethod": "Dynamic",
        "publicIPAddress": reference(public_ip),
        "subnet": reference(network.subnet(BASTION_SUBNET)),
    }
    properties: Row = {
        "dnsName": f"bst-{fixed_guid(host)}.bastion.azure.com",
        "scaleUnits": 2,
        "ipConfigurations": [child(host, "bastionHostIpConfigurations", "ipconfig1", where)],
    }
    if sku != "Basic":
        properties |= {"enableTunneling": True, "enableShareableLink": shareable_links, "enableIpConnect": False}
    return row(network.place, BASTION, name, properties) | {"sku": {"name": sku}}


def bastion_address(network: Network, name: str) -> str:
    """The id of the ip configuration of the Bastion `name`: what its public address is attached to."""
    return f"{network.place.id(BASTION, name)}/bastionHostIpConfigurations/ipconfig1"


def developer_bastion(network: Network, name: str) -> Row:
    """A Bastion of the Developer SKU: shared by all customers, without a subnet, for one network only."""
    properties: Row = {"virtualNetwork": reference(network.id), "networkAcls": {"ipRules": []}, "ipConfigurations": []}
    return row(network.place, BASTION, name, properties) | {"sku": {"name": "Developer"}}


_INSIDE: Final = "VirtualNetwork"

BASTION_RULES: Final[tuple[Rule, ...]] = (
    allow("AllowHttpsInbound", 120, source="192.0.2.0/24", ports="443"),
    allow("AllowGatewayManagerInbound", 130, source="GatewayManager", ports="443"),
    allow("AllowAzureLoadBalancerInbound", 140, source="AzureLoadBalancer", ports="443"),
    allow("AllowBastionHostCommunication", 150, source=_INSIDE, ports=("8080", "5701"), to=_INSIDE, protocol="*"),
    deny("DenyAllOtherInbound", 4096, source="*"),
    allow("AllowSshRdpOutbound", 100, source="*", ports=("22", "3389"), to=_INSIDE, protocol="*", direction="Outbound"),
    allow("AllowAzureCloudOutbound", 110, source="*", ports="443", to="AzureCloud", direction="Outbound"),
    allow(
        "AllowBastionCommunication",
        120,
        source=_INSIDE,
        ports=("8080", "5701"),
        to=_INSIDE,
        protocol="*",
        direction="Outbound",
    ),
    allow("AllowHttpOutbound", 130, source="*", ports="80", to="Internet", protocol="*", direction="Outbound"),
)
"""What Azure requires around a Bastion, and nothing more (azure-facts 5.9)."""
