from report import samples
from report.sample_paths import allow_hop, default_allow_hop, inside_path, ports_of, public_path, unread_nsg_hop
from vmaudit.addresses import ALL_PORTS, ANY_IPV4, PUBLIC, intersection, prefixes
from vmaudit.exposure.paths import Certainty, Reach
from vmaudit.known import Unknown
from vmaudit.report.ways import port_words, protocol_words, way_in

RULE = (allow_hop("nsg-web", "allow-ssh", 100),)


def test_an_open_door_is_told_as_who_can_open_what_through_what() -> None:
    way = way_in(public_path("vm-1", 22, RULE))

    assert way.sentence == "Anyone on the internet can open SSH (TCP 22) through allow-ssh (100)."
    assert way.tone == "open"
    assert way.witness == "TCP 198.51.100.7:50000 → 20.50.1.7:22 → 10.0.2.4:22"


def test_all_addresses_of_one_family_are_anyone() -> None:
    way = way_in(public_path("vm-1", 22, RULE, sources=intersection(PUBLIC, ANY_IPV4)))

    assert way.sources == "anyone on the internet"


def test_a_stopped_machine_is_open_once_it_is_started() -> None:
    way = way_in(public_path("vm-1", 22, RULE, live=False))

    assert way.tone == "latent"
    assert way.sentence.endswith("Not now: the machine does not run.")


def test_a_machine_whose_power_state_was_not_read_is_not_told_as_stopped() -> None:
    way = way_in(public_path("vm-1", 22, RULE, live=Unknown("not read")))

    assert way.tone == "open"
    assert "Whether the machine runs is not known." in way.sentence


def test_what_could_not_be_ruled_out_is_a_maybe() -> None:
    way = way_in(public_path("vm-1", 22, (unread_nsg_hop("nsg-x"),), certainty=Certainty.POSSIBLE))

    assert way.tone == "possible"
    assert "may be able to open" in way.sentence
    assert way.gaps == ("nsg-x, not read",)


def test_a_port_that_nobody_manages_machines_through_is_less_alarming() -> None:
    assert way_in(public_path("vm-1", 443, RULE)).tone == "public"


def test_some_addresses_are_not_the_internet() -> None:
    way = way_in(public_path("vm-1", 22, RULE, sources=prefixes(("203.0.113.0/24",)), reach=Reach.PARTIAL))

    assert way.tone == "partial"
    assert way.sentence.startswith("203.0.113.0/24 can open")


def test_a_way_from_inside_names_the_network() -> None:
    way = way_in(inside_path("vm-1", (default_allow_hop("nsg-web"),)))

    assert way.tone == "inside"
    assert way.sources == "its own network vnet-spoke"
    assert way.doors == "every TCP port"


def test_ports_name_the_management_doors_first() -> None:
    assert port_words(ALL_PORTS) == "all ports"
    assert port_words(ports_of(22, 443)) == "22, 443"
    assert port_words(ports_of(1, 5, 9, 22, 3389)) == "22 and 3389 and more"


def test_an_ipv6_address_stands_in_brackets_before_its_port() -> None:
    six = next(r for r in samples.sample_results() if r.machine.name == "vm-two-cards")

    assert way_in(six.exposure.paths[0]).witness.startswith("TCP [2001:db8::9]:50000 → [2603:1020:206::5]:161")


def test_ports_that_are_nearly_all_are_told_by_what_is_shut() -> None:
    assert port_words(((0, 21), (23, 65535))) == "all but 22"
    assert way_in(inside_path("vm-1", (), ports=((0, 21), (23, 65535)))).doors == "every TCP port but 22"


def test_protocols_with_the_same_ports_are_told_together() -> None:
    assert protocol_words(("TCP", "UDP"), ALL_PORTS) == "every TCP and UDP port"
    assert protocol_words(("TCP", "UDP"), ((0, 21), (23, 65535))) == "every TCP and UDP port but 22"
    assert protocol_words(("TCP",), ports_of(22)) == "TCP 22"
    assert protocol_words(("ICMP",), ALL_PORTS) == "ICMP"
