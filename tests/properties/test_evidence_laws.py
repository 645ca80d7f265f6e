"""Taking evidence away never closes a door, and proves nothing (promise 2 of the design: unknown is never a pass)."""

from collections.abc import Iterable
from typing import TypeAlias

from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import DataObject

from builders import KEPT_IN, with_gaps, without, without_admin_rules
from evidence import estate_of
from properties.small_estates import Row, small_estates
from properties.small_world import PORTS, law
from vmaudit.addresses import covers, overlaps, prefix, single
from vmaudit.estate.estate import Estate
from vmaudit.estate.resources import Key
from vmaudit.exposure.paths import Certainty, MachineExposure, Path, Reach
from vmaudit.exposure.reach import expose
from vmaudit.known import Unknown

Door: TypeAlias = tuple[Key, str, int]
"""One port of one machine: its key, the protocol and the port."""

_WIDTH = {Reach.PRIVATE: 0, Reach.PARTIAL: 1, Reach.INTERNET: 2}
EVERYBODY = 2
OWN_PUBLIC = prefix("20.0.1.0/24")
NEEDS_NO_TABLE = ("security_groups", "subnets", "networks", "public_ips", "route_tables")
"""What others point to: where it is missing, the pointer leads nowhere, and that says enough."""


def _width(paths: Iterable[Path], protocol: str, port: int) -> int:
    fitting = (p for p in paths if p.protocol.value == protocol and overlaps(p.ports, single(port)))
    return max((_WIDTH[path.reach] for path in fitting), default=0)


def doors(estate: Estate, *, certainty: Certainty | None = None) -> dict[Door, int]:
    """How wide each door is open, or may be; a machine that something unread may open is open to everybody."""
    found: dict[Door, int] = {}
    for key, exposure in expose(estate).items():
        hidden = bool(exposure.blind_spots) and certainty is not Certainty.PROVEN
        paths = [p for p in exposure.paths if certainty in (None, p.certainty) and not covers(OWN_PUBLIC, p.sources)]
        for protocol in ("TCP", "UDP"):
            for port in PORTS:
                found[key, protocol, port] = EVERYBODY if hidden else _width(paths, protocol, port)
    return found


def openings(exposure: MachineExposure) -> set[tuple[str, int]]:
    """The doors that the NSGs open, or may open, to any public source."""
    known = exposure.public_openings
    return {
        (protocol, port)
        for protocol in ("TCP", "UDP")
        for port in PORTS
        if isinstance(known, Unknown)
        or any(o.protocol.value == protocol and overlaps(o.ports, single(port)) for o in known)
    }


def assert_no_better(before: Estate, after: Estate) -> None:
    """Every door that was open or possible still is, as wide; every opening still is there."""
    then = doors(after)
    narrower = {door: (width, then[door]) for door, width in doors(before).items() if then[door] < width}
    assert not narrower
    later = expose(after)
    assert all(openings(found) <= openings(later[key]) for key, found in expose(before).items())


def assert_nothing_new_is_proven(before: Estate, after: Estate) -> None:
    """No door is proven wider than before.

    But for sources in public space that the network itself uses: where that network was not read, they count as the
    internet's, because the NSGs do admit them.
    """
    was = doors(before, certainty=Certainty.PROVEN)
    new = {door: width for door, width in doors(after, certainty=Certainty.PROVEN).items() if width > was[door]}
    assert not new


@law(60)
@given(small_estates(far=True), st.data())
def test_losing_a_resource_and_the_claim_that_all_were_read_closes_no_door(rows: list[Row], data: DataObject) -> None:
    whole = estate_of(rows)
    if data.draw(st.booleans()):
        less = without_admin_rules(whole)
        assert_no_better(whole, less)  # what is proven may be more: it is said to take for granted that none denies
        whole = less
    for _ in range(4):
        field = data.draw(st.sampled_from([name for name in KEPT_IN if getattr(whole, name)]))
        less = with_gaps(without(whole, data.draw(st.sampled_from(sorted(getattr(whole, field))))), KEPT_IN[field])

        assert_no_better(whole, less)
        assert_nothing_new_is_proven(whole, less)
        whole = less


@law(40)
@given(small_estates(far=True), st.data())
def test_losing_what_another_resource_points_to_closes_no_door(rows: list[Row], data: DataObject) -> None:
    whole = estate_of(rows)
    for _ in range(4):
        fields = [name for name in NEEDS_NO_TABLE if getattr(whole, name)]
        if not fields:
            return
        less = without(whole, data.draw(st.sampled_from(sorted(getattr(whole, data.draw(st.sampled_from(fields)))))))

        assert_no_better(whole, less)
        assert_nothing_new_is_proven(whole, less)
        whole = less


@law(40)
@given(
    small_estates(far=True), st.permutations([*KEPT_IN.values(), "application_gateways", "virtual_network_gateways"])
)
def test_not_knowing_whether_a_table_is_whole_closes_no_door(rows: list[Row], tables: list[str]) -> None:
    whole = estate_of(rows)
    for table in tables[:5]:
        less = with_gaps(whole, table)

        assert_no_better(whole, less)
        assert_nothing_new_is_proven(whole, less)
        whole = less
