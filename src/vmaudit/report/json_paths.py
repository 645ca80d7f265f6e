"""The ways into machines as JSON, part of schema `vmaudit.assessment/1`.

A machine has many ways from the inside, and nearly all of what there is to say of them is the same for its neighbours.
So each situation is encoded once, with gaps for what is a machine's own: its address and its power state.
"""

from collections.abc import Iterator
from functools import lru_cache
from typing import Any, Final

import msgspec

from vmaudit.addresses import Intervals, address_text, port_texts, prefix_texts
from vmaudit.exposure.inside import rule_hops
from vmaudit.exposure.paths import Frontend, Hop, InsideWay, MachineExposure, Opening, Path, Place, Reach, SharedWays
from vmaudit.exposure.proof import NO_ADDRESS, witness
from vmaudit.known import Unknown

_encode: Final = msgspec.json.Encoder().encode


@lru_cache(maxsize=16384)
def _prefixes(addresses: Intervals) -> msgspec.Raw:
    return msgspec.Raw(_encode(prefix_texts(addresses)))


@lru_cache(maxsize=16384)
def _ports(numbers: Intervals) -> msgspec.Raw:
    return msgspec.Raw(_encode(port_texts(numbers)))


class PathWriter:
    """Writes the ways into one machine after the other. What they share must live as long as the writer."""

    def __init__(self) -> None:
        self._hops: dict[int, msgspec.Raw] = {}
        self._inside: dict[tuple[object, ...], tuple[tuple[bytes, bytes], ...]] = {}
        self._starts: dict[tuple[object, ...], bytes] = {}
        self._openings: dict[int, bytes] = {}

    def paths(self, exposure: MachineExposure) -> msgspec.Raw:
        """Every way in as a list: those from public addresses first."""
        found = [_encode(self._path(path)) for path in exposure.paths]
        door = _encode(_hop(exposure.door))
        for place in exposure.places:
            address = _encode(NO_ADDRESS if isinstance(place.address, Unknown) else address_text(place.address))
            own = b'%s,"private_address":%s},"network_interface":%s,"ip_configuration":%s,%s' % (
                address,
                address,
                _encode(place.network_interface),
                _encode(place.ip_configuration),
                _encode(_power(exposure))[1:-1],
            )
            found += [before + own + hops + door + b"]}" for before, hops in self._from_inside(place)]
        return msgspec.Raw(b"[%s]" % b",".join(found))

    def openings(self, exposure: MachineExposure) -> msgspec.Raw | None:
        """What the NSGs admit from public addresses; None where that is not known."""
        if exposure.blind_spots:
            return None
        found = dict.fromkeys(self._opened(place.shared) for place in exposure.places)
        return msgspec.Raw(b"[%s]" % b",".join(each for each in found if each))

    def _opened(self, shared: SharedWays) -> bytes:
        found = self._openings.get(id(shared))
        if found is None:
            found = self._openings[id(shared)] = _encode([_opening(opening) for opening in shared.openings])[1:-1]
        return found

    def _from_inside(self, place: Place) -> tuple[tuple[bytes, bytes], ...]:
        key = (id(place.shared), *(stage.resource for stage in place.stages))
        found = self._inside.get(key)
        if found is None:
            found = self._inside[key] = tuple(self._ways(place))
        return found

    def _ways(self, place: Place) -> Iterator[tuple[bytes, bytes]]:
        """Each way from the inside up to the machine's address, and the hops before the machine."""
        # The same rule lets in one origin after the other, and the same origin comes to one machine after the other.
        known: dict[tuple[int, ...], bytes] = {}
        for way in place.shared.ways:
            crossing = way.crossing
            rulings = (id(crossing.admin), *(id(ruling) for _, ruling in crossing.steps))
            hops = known.get(rulings)
            if hops is None:
                told = b"".join(_encode(_hop(hop)) + b"," for hop in rule_hops(place, way))
                hops = known[rulings] = b',"hops":[' + told
            origin = way.origin
            box = (origin.kind, origin.id, way.protocol, way.sources, way.source_ports, way.ports, way.doubts)
            start = self._starts.get(box)
            if start is None:
                start = self._starts[box] = _start(way)
            yield start, hops

    def _path(self, path: Path) -> dict[str, Any]:
        packet = path.witness
        return {
            "origin": {"kind": path.origin.kind, "id": path.origin.id},
            "reach": path.reach,
            "certainty": path.certainty,
            "protocol": path.protocol,
            "ports": _ports(path.ports),
            "source_ports": _ports(path.source_ports),
            "frontend": None if path.frontend is None else _frontend(path.frontend),
            "sources": _prefixes(path.sources),
            "blind_spots": path.blind_spots,
            "assumptions": path.assumptions,
            "witness": {
                "protocol": packet.protocol,
                "source": packet.source,
                "source_port": packet.source_port,
                "destination_port": packet.destination_port,
                "private_port": packet.private_port,
                "destination": packet.destination,
                "private_address": packet.private_address,
            },
            "network_interface": path.network_interface,
            "ip_configuration": path.ip_configuration,
            **_power(path),
            "hops": [self._shared_hop(hop) for hop in path.hops],
        }

    def _shared_hop(self, hop: Hop) -> msgspec.Raw:
        found = self._hops.get(id(hop))
        if found is None:
            found = self._hops[id(hop)] = msgspec.Raw(_encode(_hop(hop)))
        return found


def _start(way: InsideWay) -> bytes:
    """A way from the inside up to the machine's address."""
    packet = witness(way.protocol, way.sources, way.source_ports, way.ports, Unknown(""))
    start = {
        "origin": {"kind": way.origin.kind, "id": way.origin.id},
        "reach": Reach.PRIVATE,
        "certainty": way.certainty,
        "protocol": way.protocol,
        "ports": _ports(way.ports),
        "source_ports": _ports(way.source_ports),
        "frontend": None,
        "sources": _prefixes(way.sources),
        "blind_spots": way.doubts,
        "assumptions": (),
    }
    aimed = {
        "protocol": packet.protocol,
        "source": packet.source,
        "source_port": packet.source_port,
        "destination_port": packet.destination_port,
        "private_port": packet.private_port,
    }
    return b'%s,"witness":%s,"destination":' % (_encode(start)[:-1], _encode(aimed)[:-1])


def _power(of: Path | MachineExposure) -> dict[str, bool | str | None]:
    """Whether the machine answers now, and why that is not known."""
    if isinstance(of.live, Unknown):
        return {"live": None, "live_unknown": of.live.reason}
    return {"live": of.live, "live_unknown": None}


def _hop(hop: Hop) -> dict[str, Any]:
    return {
        "resource": hop.resource,
        "decision": hop.decision,
        "code": hop.code,
        "rule": hop.rule,
        "priority": hop.priority,
        "says": hop.says,
    }


def _frontend(frontend: Frontend) -> dict[str, Any]:
    return {
        "kind": frontend.kind,
        "resource": frontend.resource,
        "address": frontend.address,
        "ports": _ports(frontend.ports),
    }


def _opening(opening: Opening) -> dict[str, Any]:
    return {
        "sources": _prefixes(opening.sources),
        "protocol": opening.protocol,
        "ports": _ports(opening.ports),
        "certainty": opening.certainty,
        "reason": opening.reason,
    }
