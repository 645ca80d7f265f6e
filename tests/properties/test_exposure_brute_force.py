"""Whole estates: what `expose` finds with sets, against a search that tries one packet after the other."""

from hypothesis import given

from evidence import estate_of
from properties import naive_reach
from properties.naive import Packet
from properties.small_estates import Row, small_estates
from properties.small_world import INTERNET, PACKETS, holds, law
from vmaudit.addresses import address_number
from vmaudit.estate.estate import Estate
from vmaudit.estate.resources import Direction
from vmaudit.exposure.ip_flow import Flow, FlowAnswer, ip_flow
from vmaudit.exposure.paths import Certainty, Code, Path
from vmaudit.exposure.reach import expose
from vmaudit.exposure.security_groups import Box

FROM_THE_INTERNET = tuple(packet for packet in PACKETS if packet.remote in INTERNET and "." in packet.remote)
_NSG_CODES = frozenset({Code.NSG_RULE_ALLOWS, Code.NSG_DEFAULT_ALLOWS})


def _carries(path: Path, packet: Packet) -> bool:
    return holds(Box(path.protocol, path.sources, path.source_ports, path.ports), packet)


@law(50)
@given(small_estates())
def test_a_packet_from_the_internet_has_a_proven_path_exactly_where_everything_on_its_way_lets_it_in(
    rows: list[Row],
) -> None:
    paths = [(key, path) for key, found in expose(estate_of(rows)).items() for path in found.paths]
    doors = list(naive_reach.doors(rows))

    assert all(path.certainty is Certainty.PROVEN for _, path in paths)
    for door in doors:
        mine = [
            path
            for key, path in paths
            if (key, path.network_interface, path.ip_configuration)
            == (door.machine, door.interface, door.configuration)
        ]
        for packet in FROM_THE_INTERNET:
            assert any(_carries(path, packet) for path in mine) == door.lets_in(packet)[0], (door, packet)
    with_a_door = {(door.machine, door.interface, door.configuration) for door in doors}
    assert {(key, path.network_interface, path.ip_configuration) for key, path in paths} <= with_a_door


@law(50)
@given(small_estates())
def test_the_witness_of_every_path_gets_in_by_the_rule_that_the_path_names(rows: list[Row]) -> None:
    doors = {(door.machine, door.interface, door.configuration): door for door in naive_reach.doors(rows)}

    for key, found in expose(estate_of(rows)).items():
        for path in found.paths:
            seen = path.witness
            packet = Packet(seen.protocol.value.capitalize(), seen.source, seen.source_port, seen.private_port)
            named = [hop.rule for hop in path.hops if hop.code in _NSG_CODES]

            assert _carries(path, packet)
            assert doors[key, path.network_interface, path.ip_configuration].lets_in(packet) == (
                True,
                named[-1] if named else "",
            )


@law(60)
@given(small_estates(far=True))
def test_ip_flow_allows_the_witness_of_every_proven_path_that_the_nsgs_were_asked_about(rows: list[Row]) -> None:
    estate = estate_of(rows)
    for found in expose(estate).values():
        for path in found.paths:
            named = [hop.rule for hop in path.hops if hop.code in _NSG_CODES]
            if path.certainty is Certainty.PROVEN and named and _keeps_the_client(path):
                answer = _asked(estate, path)
                assert answer.access == "Allow"
                assert answer.rule == named[-1] or (not answer.rule and answer.reason)


def _keeps_the_client(path: Path) -> bool:
    """A firewall puts its own address in the client's place: the NSGs never see the witness's."""
    return path.frontend is not None and path.frontend.kind in ("public-ip", "nat-rule")


def _asked(estate: Estate, path: Path) -> FlowAnswer:
    seen = path.witness
    unallocated = seen.private_address.startswith("(")
    flow = Flow(
        direction=Direction.INBOUND,
        protocol=seen.protocol,
        local_address=address_number("10.0.0.4" if unallocated else seen.private_address),
        local_port=seen.private_port,
        remote_address=address_number(seen.source),
        remote_port=seen.source_port,
    )
    interface = estate.network_interfaces[path.network_interface.lower()]
    if unallocated and len(interface.ip_configurations) > 1:
        return FlowAnswer("Allow", "", "", (), "which of several addresses is meant can't be asked")
    return ip_flow(estate, interface, flow)
