"""The evidence tables: which Azure resource type goes into which file, and which permission reads it."""

from typing import Final

from vmaudit.snapshot.access_tables import ACCESS_TABLES
from vmaudit.snapshot.directory_tables import DIRECTORY_TABLES
from vmaudit.snapshot.log_tables import LOG_TABLES
from vmaudit.snapshot.monitoring_tables import MONITORING_TABLES
from vmaudit.snapshot.table import Table

OTHER: Final = "other_resources"
"""Where rows of types that no table names are kept: counted, never dropped."""

_INSTANCES: Final = "Microsoft.Compute/virtualMachineScaleSets/virtualMachines"

TABLES: Final[tuple[Table, ...]] = (
    Table(
        "virtual_machines",
        "Virtual machines",
        ("microsoft.compute/virtualmachines",),
        "Microsoft.Compute/virtualMachines/read",
    ),
    Table(
        "scale_sets",
        "Scale sets",
        ("microsoft.compute/virtualmachinescalesets",),
        "Microsoft.Compute/virtualMachineScaleSets/read",
        like="virtual_machines",
    ),
    Table(
        "scale_set_instances",
        "Instances of Uniform scale sets",
        (_INSTANCES.lower(),),
        f"{_INSTANCES}/read",
        like="virtual_machines",
    ),
    Table(
        "scale_set_interfaces",
        "Network interfaces of Uniform scale sets",
        (f"{_INSTANCES.lower()}/networkinterfaces",),
        f"{_INSTANCES}/networkInterfaces/read",
        like="network_interfaces",
    ),
    Table(
        "scale_set_public_ips",
        "Public IP addresses of Uniform scale sets",
        (f"{_INSTANCES.lower()}/networkinterfaces/ipconfigurations/publicipaddresses",),
        f"{_INSTANCES}/networkInterfaces/ipConfigurations/publicIPAddresses/read",
        like="public_ip_addresses",
    ),
    Table(
        "vm_extensions",
        "Virtual machine extensions",
        ("microsoft.compute/virtualmachines/extensions",),
        "Microsoft.Compute/virtualMachines/extensions/read",
        parent="virtual_machines",
    ),
    Table(
        "network_interfaces",
        "Network interfaces",
        ("microsoft.network/networkinterfaces",),
        "Microsoft.Network/networkInterfaces/read",
    ),
    Table(
        "security_groups",
        "Network security groups",
        ("microsoft.network/networksecuritygroups",),
        "Microsoft.Network/networkSecurityGroups/read",
    ),
    Table(
        "security_rules",
        "Security rules given as rows of their own",
        ("microsoft.network/networksecuritygroups/securityrules",),
        "Microsoft.Network/networkSecurityGroups/securityRules/read",
        parent="security_groups",
    ),
    Table(
        "application_security_groups",
        "Application security groups",
        ("microsoft.network/applicationsecuritygroups",),
        "Microsoft.Network/applicationSecurityGroups/read",
    ),
    Table(
        "virtual_networks",
        "Virtual networks",
        ("microsoft.network/virtualnetworks",),
        "Microsoft.Network/virtualNetworks/read",
    ),
    Table(
        "subnets",
        "Subnets given as rows of their own",
        ("microsoft.network/virtualnetworks/subnets",),
        "Microsoft.Network/virtualNetworks/subnets/read",
        parent="virtual_networks",
    ),
    Table(
        "virtual_network_peerings",
        "Peerings given as rows of their own",
        ("microsoft.network/virtualnetworks/virtualnetworkpeerings",),
        "Microsoft.Network/virtualNetworks/virtualNetworkPeerings/read",
        parent="virtual_networks",
    ),
    Table(
        "public_ip_addresses",
        "Public IP addresses",
        ("microsoft.network/publicipaddresses",),
        "Microsoft.Network/publicIPAddresses/read",
    ),
    Table(
        "public_ip_prefixes",
        "Public IP prefixes",
        ("microsoft.network/publicipprefixes",),
        "Microsoft.Network/publicIPPrefixes/read",
    ),
    Table(
        "load_balancers",
        "Load balancers",
        ("microsoft.network/loadbalancers",),
        "Microsoft.Network/loadBalancers/read",
    ),
    Table(
        "inbound_nat_rules",
        "Inbound NAT rules given as rows of their own",
        ("microsoft.network/loadbalancers/inboundnatrules",),
        "Microsoft.Network/loadBalancers/inboundNatRules/read",
        parent="load_balancers",
    ),
    Table(
        "application_gateways",
        "Application gateways",
        ("microsoft.network/applicationgateways",),
        "Microsoft.Network/applicationGateways/read",
    ),
    Table(
        "azure_firewalls",
        "Azure Firewalls",
        ("microsoft.network/azurefirewalls",),
        "Microsoft.Network/azureFirewalls/read",
    ),
    Table(
        "firewall_policies",
        "Azure Firewall policies",
        ("microsoft.network/firewallpolicies",),
        "Microsoft.Network/firewallPolicies/read",
    ),
    Table(
        "firewall_rule_collection_groups",
        "Azure Firewall rule collection groups",
        ("microsoft.network/firewallpolicies/rulecollectiongroups",),
        "Microsoft.Network/firewallPolicies/ruleCollectionGroups/read",
    ),
    Table(
        "ip_groups",
        "IP groups",
        ("microsoft.network/ipgroups",),
        "Microsoft.Network/ipGroups/read",
    ),
    Table(
        "security_admin_rules",
        "Effective security admin rules of virtual network managers",
        ("microsoft.network/effectivesecurityadminrules",),
        "Microsoft.Network/virtualNetworks/listNetworkManagerEffectiveSecurityAdminRules/action",
    ),
    Table(
        "security_admin_rule_bodies",
        "Security admin rules of virtual network managers",
        (
            "microsoft.network/networkmanagers/securityadminconfigurations/rulecollections/rules",
            "microsoft.network/networkmanagers/securityadminconfigurations/rulecollections/rules/snapshots",
        ),
        "Microsoft.Network/networkManagers/securityAdminConfigurations/ruleCollections/rules/read",
    ),
    Table(
        "route_tables",
        "Route tables",
        ("microsoft.network/routetables",),
        "Microsoft.Network/routeTables/read",
    ),
    Table(
        "virtual_network_gateways",
        "Virtual network gateways",
        ("microsoft.network/virtualnetworkgateways",),
        "Microsoft.Network/virtualNetworkGateways/read",
    ),
    Table(
        "connections",
        "Connections of gateways",
        ("microsoft.network/connections",),
        "Microsoft.Network/connections/read",
    ),
    Table(
        "local_network_gateways",
        "Local network gateways",
        ("microsoft.network/localnetworkgateways",),
        "Microsoft.Network/localNetworkGateways/read",
    ),
    Table(
        "virtual_hubs",
        "Virtual hubs",
        ("microsoft.network/virtualhubs",),
        "Microsoft.Network/virtualHubs/read",
    ),
    Table(
        "virtual_hub_connections",
        "Connections of virtual hubs",
        ("microsoft.network/virtualhubs/hubvirtualnetworkconnections",),
        "Microsoft.Network/virtualHubs/hubVirtualNetworkConnections/read",
        parent="virtual_hubs",
    ),
    Table(
        "private_link_services",
        "Private Link services",
        ("microsoft.network/privatelinkservices",),
        "Microsoft.Network/privateLinkServices/read",
    ),
    Table(
        "bastion_hosts",
        "Bastion hosts",
        ("microsoft.network/bastionhosts",),
        "Microsoft.Network/bastionHosts/read",
    ),
    Table(
        "jit_policies",
        "Just-in-time access policies",
        ("microsoft.security/locations/jitnetworkaccesspolicies",),
        "Microsoft.Security/locations/jitNetworkAccessPolicies/read",
    ),
    Table(
        "defender_plans",
        "Plans of Defender for Cloud",
        ("microsoft.security/pricings",),
        "Microsoft.Security/pricings/read",
    ),
    *ACCESS_TABLES,
    *DIRECTORY_TABLES,
    *MONITORING_TABLES,
    *LOG_TABLES,
    Table(OTHER, "Resources of other types", (), ""),
)

BY_NAME: Final[dict[str, Table]] = {table.name: table for table in TABLES}
BY_TYPE: Final[dict[str, Table]] = {kind: table for table in TABLES for kind in table.types}
