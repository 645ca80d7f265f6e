"""Azure's JSON of load balancers, application gateways and security admin rules (azure-facts 5.5, 5.6, 5.8)."""

from msgspec import UNSET, UnsetType, field

from vmaudit.estate.rows import Reference
from vmaudit.estate.wire import Ports, References, Sku, Wire

# --- load balancers ------------------------------------------------------------------------------------------------


class FrontendBody(Wire):
    """Where a balancer or gateway is reached."""

    public_ip_address: Reference | None = field(default=None, name="publicIPAddress")
    public_ip_prefix: Reference | None = field(default=None, name="publicIPPrefix")
    private_ip_address: str | None = field(default=None, name="privateIPAddress")
    subnet: Reference | None = None


class FrontendRow(FrontendBody, kw_only=True):
    """A frontend, nested or flat."""

    id: str
    name: str | None = None
    properties: FrontendBody | UnsetType = UNSET


class BackendAddressBody(Wire):
    """One member of a pool."""

    ip_address: str | None = None
    virtual_network: Reference | None = None
    subnet: Reference | None = None
    network_interface_ip_configuration: Reference | None = field(default=None, name="networkInterfaceIPConfiguration")
    load_balancer_frontend_ip_configuration: Reference | None = field(
        default=None, name="loadBalancerFrontendIPConfiguration"
    )


class BackendAddressRow(BackendAddressBody):
    """One member of a pool, nested or flat."""

    properties: BackendAddressBody | UnsetType = UNSET


class PoolBody(Wire):
    """Who is behind."""

    backend_ip_configurations: References = field(default=None, name="backendIPConfigurations")
    load_balancer_backend_addresses: tuple[BackendAddressRow, ...] | None = None
    virtual_network: Reference | None = None


class PoolRow(PoolBody, kw_only=True):
    """A pool, nested or flat."""

    id: str
    properties: PoolBody | UnsetType = UNSET


class PublicationBody(Wire):
    """A NAT rule, NAT pool or balancing rule: they share their fields."""

    frontend_ip_configuration: Reference | None = field(default=None, name="frontendIPConfiguration")
    frontend_port: int | None = None
    frontend_port_range_start: int | None = None
    frontend_port_range_end: int | None = None
    backend_port: int | None = None
    protocol: str | None = None
    enable_floating_ip: bool | None = field(default=None, name="enableFloatingIP")
    backend_ip_configuration: Reference | None = field(default=None, name="backendIPConfiguration")
    backend_address_pool: Reference | None = None
    backend_address_pools: References = None


class PublicationRow(PublicationBody):
    """A rule of a balancer, nested or flat."""

    id: str | None = None
    name: str | None = None
    properties: PublicationBody | UnsetType = UNSET


class LoadBalancerBody(Wire):
    """What a load balancer says."""

    frontend_ip_configurations: tuple[FrontendRow, ...] | UnsetType | None = field(
        default=UNSET, name="frontendIPConfigurations"
    )
    backend_address_pools: tuple[PoolRow, ...] | None = None
    inbound_nat_rules: tuple[PublicationRow, ...] | None = None
    inbound_nat_pools: tuple[PublicationRow, ...] | None = None
    load_balancing_rules: tuple[PublicationRow, ...] | None = None


class BalancerSku(Sku):
    """A balancer's SKU: tier `Global` is what Azure calls cross-region."""

    tier: str | None = None


class LoadBalancerRow(LoadBalancerBody, kw_only=True):
    """A load balancer, nested or flat."""

    id: str
    sku: BalancerSku | None = None
    properties: LoadBalancerBody | UnsetType = UNSET


# --- application gateways ------------------------------------------------------------------------------------------


class GatewayPlaceBody(Wire):
    """The subnet of an application gateway."""

    subnet: Reference | None = None


class GatewayPlaceRow(GatewayPlaceBody):
    """The subnet of an application gateway, nested or flat."""

    properties: GatewayPlaceBody | UnsetType = UNSET


class GatewayPortBody(Wire):
    """A frontend port."""

    port: int | None = None


class GatewayPortRow(GatewayPortBody, kw_only=True):
    """A frontend port, nested or flat."""

    id: str
    properties: GatewayPortBody | UnsetType = UNSET


class GatewayTarget(Wire):
    """A target by address or by name."""

    ip_address: str | None = None
    fqdn: str | None = None


class GatewayPoolBody(Wire):
    """Who is behind a gateway."""

    backend_addresses: tuple[GatewayTarget, ...] | None = None
    backend_ip_configurations: References = field(default=None, name="backendIPConfigurations")


class GatewayPoolRow(GatewayPoolBody, kw_only=True):
    """A pool of a gateway, nested or flat."""

    id: str
    properties: GatewayPoolBody | UnsetType = UNSET


class GatewaySettingsBody(Wire):
    """How a layer-4 backend is spoken to."""

    port: int | None = None
    enable_l4_client_ip_preservation: bool | None = field(default=None, name="enableL4ClientIpPreservation")


class GatewaySettingsRow(GatewaySettingsBody, kw_only=True):
    """Layer-4 backend settings, nested or flat."""

    id: str
    properties: GatewaySettingsBody | UnsetType = UNSET


class GatewayListenerBody(Wire):
    """A layer-4 listener."""

    frontend_ip_configuration: Reference | None = field(default=None, name="frontendIPConfiguration")
    frontend_port: Reference | None = None
    protocol: str | None = None


class GatewayListenerRow(GatewayListenerBody, kw_only=True):
    """A layer-4 listener, nested or flat."""

    id: str
    properties: GatewayListenerBody | UnsetType = UNSET


class GatewayRouteBody(Wire):
    """Which listener leads to which pool."""

    listener: Reference | None = None
    backend_address_pool: Reference | None = None
    backend_settings: Reference | None = None


class GatewayRouteRow(GatewayRouteBody):
    """A layer-4 routing rule, nested or flat."""

    name: str | None = None
    properties: GatewayRouteBody | UnsetType = UNSET


class GatewayBody(Wire):
    """What an application gateway says about layer 4; its HTTP side is no way to a management port."""

    gateway_ip_configurations: tuple[GatewayPlaceRow, ...] | UnsetType | None = field(
        default=UNSET, name="gatewayIPConfigurations"
    )
    frontend_ip_configurations: tuple[FrontendRow, ...] | None = field(default=None, name="frontendIPConfigurations")
    frontend_ports: tuple[GatewayPortRow, ...] | None = None
    backend_address_pools: tuple[GatewayPoolRow, ...] | None = None
    backend_settings_collection: tuple[GatewaySettingsRow, ...] | None = None
    listeners: tuple[GatewayListenerRow, ...] | None = None
    routing_rules: tuple[GatewayRouteRow, ...] | None = None


class GatewayRow(GatewayBody, kw_only=True):
    """An application gateway, nested or flat."""

    id: str
    properties: GatewayBody | UnsetType = UNSET


# --- security admin rules ------------------------------------------------------------------------------------------


class AdminPeer(Wire):
    """One side of a security admin rule."""

    address_prefix: str | None = None
    address_prefix_type: str | None = None


class AdminRuleBody(Wire):
    """What a security admin rule says (azure-facts 5.6). Empty lists mean "any"."""

    access: str | None = None
    direction: str | None = None
    priority: int | None = None
    protocol: str | None = None
    sources: tuple[AdminPeer, ...] | None = None
    destinations: tuple[AdminPeer, ...] | None = None
    source_port_ranges: Ports = None
    destination_port_ranges: Ports = None


class AdminRuleRow(AdminRuleBody, kw_only=True):
    """A security admin rule, nested or flat; without a body it points to a snapshot row."""

    id: str
    name: str | None = None
    properties: AdminRuleBody | UnsetType = UNSET


class EffectiveConfiguration(Wire):
    """One configuration in force in a network."""

    id: str | None = None
    security_admin_rules: tuple[AdminRuleRow, ...] | None = None


class EffectiveBody(Wire):
    """The configurations in force in a network; Azure spells the keys in two letter cases (azure-facts 1.2)."""

    effective_security_admin_configurations: tuple[EffectiveConfiguration, ...] | UnsetType | None = UNSET


class EffectiveRow(EffectiveBody, kw_only=True):
    """The row of one network: its id is the network's with `/providers/...` behind."""

    id: str
    properties: EffectiveBody | UnsetType = UNSET
