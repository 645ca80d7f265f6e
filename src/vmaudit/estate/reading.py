"""A snapshot becomes an estate: every table read once, children joined to their parents, gaps named."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final, TypeVar

from msgspec import UnsetType

from vmaudit.estate import activity_log, firewalls, gateways, private_links, virtual_hubs, wire_firewalls
from vmaudit.estate.admin_rules import network_of, read_effective_rules
from vmaudit.estate.balancers import read_application_gateway, read_load_balancer
from vmaudit.estate.estate import Completeness, Estate
from vmaudit.estate.front_doors import AdminRule, LoadBalancer
from vmaudit.estate.guards import read_bastion, read_defender_plan, read_jit_policy
from vmaudit.estate.instances import join_instances
from vmaudit.estate.lookups import group_members, guarded_by_jit
from vmaudit.estate.machines import read_machine, read_network_interface, unread_machine
from vmaudit.estate.networks import read_network, read_public_ip, read_route_table, read_subnet
from vmaudit.estate.resources import (
    Key,
    NetworkInterface,
    Resource,
    SecurityGroup,
    Subnet,
    VirtualMachine,
    VirtualNetwork,
)
from vmaudit.estate.rows import Nested, RowUnreadableError, decoder, row_id
from vmaudit.estate.rules import DEFAULT_RULES, read_rule, read_security_group, security_group
from vmaudit.estate.scale_sets import ScaleSet, read_instance, read_scale_set, unread_instance
from vmaudit.estate.service_tags import ServiceTags
from vmaudit.estate.wire import (
    NetworkInterfaceRow,
    PeeringRow,
    PublicIpRow,
    RouteTableRow,
    RuleRow,
    SecurityGroupRow,
    SubnetRow,
    VirtualNetworkBody,
    VirtualNetworkRow,
)
from vmaudit.estate.wire_front_doors import (
    AdminRuleRow,
    EffectiveRow,
    GatewayRow,
    LoadBalancerRow,
    PublicationRow,
)
from vmaudit.estate.wire_guards import BastionRow, DefenderPlanRow, JitPolicyRow
from vmaudit.estate.wire_machines import MachineRow
from vmaudit.estate.wire_scale_sets import InstanceRow, ScaleSetRow
from vmaudit.known import Read, Unknown
from vmaudit.snapshot.manifest import OutcomeKind, TableEntry
from vmaudit.snapshot.reading import Snapshot
from vmaudit.snapshot.tables import BY_NAME, TABLES

W = TypeVar("W", bound=Nested)
R = TypeVar("R", bound=Resource)
T = TypeVar("T")
C = TypeVar("C", RuleRow, SubnetRow, PeeringRow, PublicationRow)

_SAYS: Final = {
    OutcomeKind.PARTIAL: "only some were read",
    OutcomeKind.DENIED: "reading them was refused",
    OutcomeKind.FAILED: "reading them failed",
    OutcomeKind.NOT_COLLECTED: "they were not collected",
}

_PARTS: Final = frozenset({"security_rules", "virtual_network_peerings", "inbound_nat_rules"})
"""Tables whose rows are parts of their parent: a parent without one of its parts would say something else."""


def read_estate(snapshot: Snapshot, *, service_tags: ServiceTags | None = None) -> Estate:
    """Read all tables of a snapshot. A row that can't be read leaves its resource unknown, with the reason.

    `service_tags` are the addresses of service tags, which no snapshot holds; without them tags stay unknown.
    """
    reader = _Reader(snapshot)
    machines, interfaces = reader.machines()
    networks, subnets = reader.networks()
    hubs = reader.each("virtual_hubs", virtual_hubs.HubRow, virtual_hubs.read_virtual_hub)
    joins = reader.each("virtual_hub_connections", virtual_hubs.HubConnectionRow, virtual_hubs.read_hub_connection)
    policies = reader.each("jit_policies", JitPolicyRow, read_jit_policy)
    return Estate(
        machines=machines,
        network_interfaces=interfaces,
        security_groups=reader.security_groups(),
        networks=networks,
        subnets=subnets,
        public_ips=reader.each("public_ip_addresses", PublicIpRow, read_public_ip)
        | reader.each("scale_set_public_ips", PublicIpRow, read_public_ip),
        route_tables=reader.each("route_tables", RouteTableRow, read_route_table),
        bastions=reader.each("bastion_hosts", BastionRow, read_bastion),
        jit_policies=policies,
        group_members=group_members(interfaces.values()),
        guarded_by_jit=guarded_by_jit(policies.values()),
        load_balancers=reader.load_balancers(),
        application_gateways=reader.each("application_gateways", GatewayRow, read_application_gateway),
        firewalls=reader.each("azure_firewalls", wire_firewalls.FirewallRow, firewalls.read_firewall),
        rule_collection_groups=reader.each(
            "firewall_rule_collection_groups", wire_firewalls.CollectionGroupRow, firewalls.read_rule_collection_group
        ),
        firewall_policies=reader.each("firewall_policies", wire_firewalls.PolicyRow, firewalls.read_policy),
        ip_groups=reader.each("ip_groups", wire_firewalls.IpGroupRow, firewalls.read_ip_group),
        gateways=reader.each("virtual_network_gateways", gateways.GatewayRow, gateways.read_gateway),
        connections=reader.each("connections", gateways.ConnectionRow, gateways.read_connection),
        local_networks=reader.each("local_network_gateways", gateways.LocalNetworkRow, gateways.read_local_network),
        private_link_services=reader.each(
            "private_link_services", private_links.ServiceRow, private_links.read_private_link_service
        ),
        virtual_hubs=hubs,
        hub_links=virtual_hubs.hub_links(hubs, joins, networks),
        admin_rules=reader.admin_rules(),
        defender_plans=reader.each("defender_plans", DefenderPlanRow, read_defender_plan),
        activity_log=activity_log.read_activity_log(snapshot),
        rows={table.name: snapshot.entry(table.name).rows for table in TABLES},
        # Asked after all tables were read: a row that can't be read is found only then.
        completeness={table.name: reader.completeness(table.name) for table in TABLES},
        unread=reader.unread,
        service_tags=service_tags,
        taken_at=snapshot.manifest.taken_at,
    )


class _Reader:
    """One pass over a snapshot; remembers which rows could not be read."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._broken: dict[str, int] = defaultdict(int)
        self._incomplete: dict[Key, str] = {}
        """Resources of which a part stands in a row of its own that can't be read: without it they would be wrong."""
        self._gaps: dict[str, str] = {}
        """Tables that do not hold everything, as other tables show, with the reason."""
        self.unread: dict[Key, str] = {}

    def each(self, table: str, wire: type[W], read: Callable[[W], R]) -> dict[Key, R]:
        """Every readable row of a table as a resource, by key."""
        found: dict[Key, R] = {}
        for row in self._decoded(table, wire):
            resource = self._read(table, row, read)
            if resource is not None:
                found[resource.key] = resource
        return found

    def machines(self) -> tuple[dict[Key, VirtualMachine], dict[Key, NetworkInterface]]:
        """Every machine, the instances of Uniform scale sets among them, and the interfaces of all."""
        machines = {m.key: m for m in self._counted("virtual_machines", MachineRow, read_machine, unread_machine)}
        interfaces = {
            key: interface
            for table in ("network_interfaces", "scale_set_interfaces")
            for key, interface in self.each(table, NetworkInterfaceRow, read_network_interface).items()
        }
        sets: dict[Key, Read[ScaleSet]] = dict(self.each("scale_sets", ScaleSetRow, read_scale_set))
        broken = (key for key in self.unread if key.rpartition("/")[0].endswith("/virtualmachinescalesets"))
        sets |= {key: Unknown(f"the row of the scale set could not be read: {self.unread[key]}") for key in broken}
        instances = list(self._counted("scale_set_instances", InstanceRow, read_instance, unread_instance))
        given = interfaces.keys() | self.unread.keys()
        joined = join_instances(instances, sets, machines, given, self.completeness)
        self._gaps |= joined.gaps
        self.unread = joined.unread | self.unread
        return machines | joined.machines, interfaces | joined.interfaces

    def _counted(
        self, table: str, wire: type[W], read: Callable[[W], T], unread: Callable[[str, str], T]
    ) -> Iterator[T]:
        """Every row, also one that can't be read: a machine must not vanish from an audit."""
        decode = decoder(wire)
        for row in self._snapshot.rows(table):
            try:
                yield read(decode(row))
            except RowUnreadableError as problem:
                self._broken[table] += 1
                yield unread(row_id(row), f"the machine's row could not be read: {problem}")

    def security_groups(self) -> dict[Key, SecurityGroup]:
        """Groups with the rules of their bodies and of rows of their own."""
        children = self._children("security_rules", RuleRow, "/securityrules/")
        all_given = self.completeness("security_rules").complete

        def read(row: SecurityGroupRow) -> SecurityGroup:
            return read_security_group(row, children.pop(row.id.lower(), ()), all_given=all_given)

        found = self.each("security_groups", SecurityGroupRow, read)
        return found | self._groups_of_rules_alone(children) if all_given else found

    def _groups_of_rules_alone(self, children: Mapping[Key, list[RuleRow]]) -> dict[Key, SecurityGroup]:
        """Groups of which only the rules were given, as rows of their own that are said to be all."""
        found: dict[Key, SecurityGroup] = {}
        for key, rows in children.items():
            try:
                rules = [read_rule(row, default=False) for row in rows]
            except RowUnreadableError as problem:
                self.unread[key] = str(problem)
                continue
            group_id = (rows[0].id or "").rpartition("/securityRules/")[0] or key
            found[key] = security_group(group_id, [*rules, *DEFAULT_RULES])
        return found

    def networks(self) -> tuple[dict[Key, VirtualNetwork], dict[Key, Subnet]]:
        """Networks, and subnets from the networks' bodies and from rows of their own."""
        subnet_rows = self._children("subnets", SubnetRow, "/subnets/")
        peering_rows = self._children("virtual_network_peerings", PeeringRow, "/virtualnetworkpeerings/")
        bodies: dict[Key, SubnetRow] = {}

        def read(row: VirtualNetworkRow) -> VirtualNetwork:
            body: VirtualNetworkBody = row if isinstance(row.properties, UnsetType) else row.properties
            bodies.update((subnet.id.lower(), subnet) for subnet in body.subnets or ())
            key = row.id.lower()
            return read_network(row, subnet_rows.get(key, ()), peering_rows.get(key, ()))

        networks = self.each("virtual_networks", VirtualNetworkRow, read)
        bodies |= {row.id.lower(): row for rows in subnet_rows.values() for row in rows}
        subnets: dict[Key, Subnet] = {}
        for key, row in bodies.items():
            subnet = self._read("subnets", row, read_subnet)
            if subnet is not None:
                subnets[key] = subnet
        return networks, subnets

    def load_balancers(self) -> dict[Key, LoadBalancer]:
        """Load balancers with the NAT rules of their bodies and of rows of their own."""
        children = self._children("inbound_nat_rules", PublicationRow, "/inboundnatrules/")
        return self.each(
            "load_balancers", LoadBalancerRow, lambda row: read_load_balancer(row, children.get(row.id.lower(), ()))
        )

    def admin_rules(self) -> dict[Key, Read[tuple[AdminRule, ...]]]:
        """The security admin rules in force in each network; a row that can't be read leaves its network unknown."""
        bodies = {row.id.lower(): row for row in self._decoded("security_admin_rule_bodies", AdminRuleRow)}
        found: dict[Key, Read[tuple[AdminRule, ...]]] = {}
        for row in self._decoded("security_admin_rules", EffectiveRow, any_letter_case=True):
            try:
                found[network_of(row.id)] = read_effective_rules(row, bodies)
            except RowUnreadableError as problem:
                self._note("security_admin_rules", row.id, str(problem))
                found[network_of(row.id)] = Unknown(str(problem))
        return found

    def completeness(self, table: str) -> Completeness:
        """Whether a table holds everything there is, by what the manifest says and by what could be read."""
        entry = self._snapshot.entry(table)
        gaps = [outcome for outcome in entry.outcomes if outcome.outcome is not OutcomeKind.COMPLETE]
        asserted = any(outcome.asserted for outcome in entry.outcomes)
        if self._broken[table]:
            return Completeness(
                complete=False, asserted=asserted, reason=f"{self._broken[table]} rows of {table} could not be read"
            )
        if gaps or not entry.outcomes:
            return Completeness(complete=False, asserted=asserted, reason=gap(entry))
        if table in self._gaps:
            return Completeness(complete=False, asserted=asserted, reason=self._gaps[table])
        return Completeness(complete=True, asserted=asserted, reason="")

    def _decoded(self, table: str, wire: type[W], *, any_letter_case: bool = False) -> Iterable[W]:
        decode = decoder(wire, any_letter_case=any_letter_case)
        for row in self._snapshot.rows(table):
            try:
                yield decode(row)
            except RowUnreadableError as problem:
                self._note(table, row_id(row), str(problem))

    def _read(self, table: str, row: W, read: Callable[[W], R]) -> R | None:
        resource_id = str(getattr(row, "id", ""))
        missing = self._incomplete.get(resource_id.lower())
        try:
            resource = read(row) if missing is None else None
        except RowUnreadableError as problem:
            missing, resource = str(problem), None
        if missing is not None:
            self._note(table, resource_id, missing)
        return resource

    def _note(self, table: str, resource_id: str, problem: str) -> None:
        key = resource_id.lower()
        self._broken[table] += 1
        self.unread[key] = problem
        if table in _PARTS:
            place, _, name = key.rpartition("/")
            parent, _, kind = place.rpartition("/")
            self._incomplete[parent] = f"its part {kind}/{name} could not be read: {problem}"

    def _children(self, table: str, wire: type[C], segment: str) -> dict[Key, list[C]]:
        """Rows of their own, by the key of their parent."""
        found: dict[Key, list[C]] = defaultdict(list)
        for row in self._decoded(table, wire):
            found[(row.id or "").lower().rpartition(segment)[0]].append(row)
        return found


def gap(entry: TableEntry) -> str:
    """The worst gap of a table as a clause: what was not read, why, and which permission is missing."""
    title = BY_NAME[entry.name].title
    first = next((o for o in entry.outcomes if o.outcome is not OutcomeKind.COMPLETE), None)
    if first is None:
        return f"{title}: they were not collected"
    where = f" in {first.scope}" if first.scope else ""
    need = f" (needs {first.permission})" if first.permission else ""
    return f"{title}: {_SAYS[first.outcome]}{where}{need}"
