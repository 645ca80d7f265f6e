"""What a service tag means with data and without, and where it can matter (azure-facts 5.2)."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from builders import (
    Built,
    allow,
    deny,
    estate,
    ip_configuration,
    nic,
    nsg,
    public_ip,
    resource_id,
    rule,
    subnet,
    vm,
    vnet,
)
from exposure.questions import asked, exposure, nothing_open, paths, possible_ports, proven_ports
from published_tags import FILE, tags_of
from vmaudit.addresses import address_number, prefix, prefixes, single
from vmaudit.estate.estate import Estate
from vmaudit.estate.front_doors import AzureFirewall, NatRule
from vmaudit.estate.resources import Peers, Protocol
from vmaudit.exposure.paths import Certainty, Reach
from vmaudit.exposure.service_tags import other_times
from vmaudit.exposure.surroundings import SURELY_AZURE, surroundings
from vmaudit.known import Unknown

DATA = {
    "Storage": ["20.60.0.0/16", "2603:1020:206::/48"],
    "AzureCloud": ["9.0.0.0/8"],
    "Sql.WestEurope": ["20.61.0.0/24"],
}


def with_data(
    here: Estate, data: Mapping[str, Iterable[str]] = DATA, *, file: Path = FILE, taken_at: str = "2026-01-01T00:00:00Z"
) -> Estate:
    return replace(here, service_tags=tags_of(data, file=file), taken_at=taken_at)


def published(*parts: Built) -> Estate:
    return estate(vm(nic(public_ip(), *parts)))


# --- with data -------------------------------------------------------------------------------------------------------


def test_a_tag_with_data_is_its_addresses_exactly() -> None:
    here = published(nsg(allow(22, source="Storage")))

    assert asked(here, "20.60.0.1").access == "Unknown"
    assert [asked(with_data(here), remote).access for remote in ("20.60.0.1", "20.61.0.1", "8.8.8.8")] == [
        "Allow",
        "Deny",
        "Deny",
    ]


def test_the_ipv6_prefixes_of_a_tag_count() -> None:
    v6 = ip_configuration(subnet(network=vnet(space=["10.0.0.0/16", "fd00::/64"])), at="fd00::4", version=6)
    here = with_data(estate(vm(nic(nsg(allow(22, source="Storage")), v6))))

    assert asked(here, "2603:1020:206::1", local="fd00::4").access == "Allow"
    assert asked(here, "2603:1020:207::1", local="fd00::4").access == "Deny"


@pytest.mark.parametrize("spelling", ["Sql.WestEurope", "sql.westeurope", "SQL.WESTEUROPE"])
def test_a_regional_tag_is_matched_whatever_its_letter_case(spelling: str) -> None:
    assert asked(with_data(published(nsg(allow(22, source=spelling)))), "20.61.0.7").access == "Allow"


def test_a_tag_that_the_data_does_not_have_stays_unknown_and_says_from_when_the_data_is() -> None:
    answer = asked(with_data(published(nsg(allow(22, source="Sql")))))

    assert answer.access == "Unknown"
    assert answer.reason == "the addresses of service tag Sql are not in the data of 2025-12-29"


def test_a_door_for_a_tag_is_open_to_some_and_proven_so() -> None:
    here = published(nsg(allow(22, source="Storage")))

    assert (possible_ports(here), proven_ports(here)) == (("22",), ())
    assert (possible_ports(with_data(here)), proven_ports(with_data(here), reach=Reach.PARTIAL)) == ((), ("22",))


def test_denying_a_tag_leaves_the_others_in() -> None:
    here = with_data(published(nsg(deny(22, source="Storage", priority=100), allow(22, priority=200))))

    assert [asked(here, remote).access for remote in ("20.60.0.1", "8.8.8.8")] == ["Deny", "Allow"]
    assert proven_ports(here, reach=Reach.INTERNET) == ("22",)


def test_azure_cloud_is_the_internet_whatever_its_data() -> None:
    here = published(nsg(allow(22, source="AzureCloud")))

    for given in (here, with_data(here), with_data(here, {"AzureCloud": ["20.0.0.0/24"]})):
        assert proven_ports(given, reach=Reach.INTERNET) == ("22",)
    place = next(iter(here.subnets))
    assert surroundings(with_data(here), place).tag("AzureCloud").must == SURELY_AZURE


@pytest.mark.parametrize("tag", ["VirtualNetwork", "Internet", "AzureLoadBalancer"])
def test_data_does_not_change_the_tags_that_the_network_itself_defines(tag: str) -> None:
    here = published(nsg(allow(22, source=tag)))
    place = next(iter(here.subnets))

    assert surroundings(with_data(here, {tag: ["9.9.9.9/32"]}), place).tag(tag) == surroundings(here, place).tag(tag)


def test_a_destination_tag_means_a_machine_with_a_public_address_of_its_own_where_the_data_says_so() -> None:
    inside = subnet(space="20.60.1.0/24", network=vnet(space="20.60.0.0/16"))
    here = estate(vm(nic(public_ip(), nsg(allow(22, destination="Storage")), ip_configuration(inside, at="20.60.1.4"))))

    assert asked(here, local="20.60.1.4").access == "Unknown"
    assert asked(with_data(here), local="20.60.1.4").access == "Allow"
    assert asked(with_data(here, {"Storage": ["20.99.0.0/16"]}), local="20.60.1.4").access == "Deny"


def test_outbound_rules_know_the_data_too() -> None:
    rules = (
        rule("Allow", 443, destination="Storage", direction="Outbound", priority=100),
        rule("Deny", "*", destination="Internet", direction="Outbound", priority=200),
    )
    here = with_data(published(nsg(*rules)))

    answers = [asked(here, remote, 443, direction="Outbound").access for remote in ("20.60.0.1", "8.8.8.8")]
    assert answers == ["Allow", "Deny"]


# --- without data ----------------------------------------------------------------------------------------------------


def test_a_tag_without_data_is_unknown_where_it_could_matter() -> None:
    assert asked(published(nsg(allow(22, source="Storage")))).access == "Unknown"
    assert asked(published(nsg(deny(22, source="Storage", priority=100), allow(22, priority=200)))).access == "Unknown"


@pytest.mark.parametrize(
    "rules",
    [
        (allow(443, source="Storage"),),
        (deny(22, priority=100), allow(22, source="Storage", priority=200)),
        (deny(22, source="Storage", priority=100),),
        (allow(22, source="Storage", protocol="Udp"),),
        (allow(22, source="Storage", destination="10.0.0.9"),),
    ],
    ids=["another port", "denied before", "denied anyway", "another protocol", "another machine"],
)
def test_a_tag_without_data_is_harmless_where_it_could_not_matter(rules: tuple[object, ...]) -> None:
    answer = asked(published(nsg(*rules)))  # type: ignore[arg-type]

    assert answer.access == "Deny"


def test_allowed_before_a_tag_without_data_is_allowed() -> None:
    assert asked(published(nsg(allow(22, priority=100), deny(22, source="Storage", priority=200)))).access == "Allow"


# --- one unknown tag in two rules ------------------------------------------------------------------------------------


def test_denying_an_unknown_tag_before_allowing_it_keeps_the_door_shut() -> None:
    """Whoever is in Storage is denied by the first rule, and whoever is not is not meant by the second."""
    here = published(nsg(deny(22, source="Storage", priority=100), allow(22, source="storage", priority=200)))

    assert asked(here).access == "Deny"
    assert nothing_open(here)


def test_allowing_an_unknown_tag_before_denying_it_may_open_the_door() -> None:
    here = published(nsg(allow(22, source="Storage", priority=100), deny(22, source="Storage", priority=200)))

    assert asked(here).access == "Unknown"


def test_only_the_very_same_tag_is_known_to_mean_the_same() -> None:
    here = published(nsg(deny(22, source="Storage", priority=100), allow(22, source="Sql", priority=200)))

    assert asked(here).access == "Unknown"


def test_a_rule_that_adds_something_to_the_unknown_tag_may_still_open_the_door() -> None:
    rules = (deny(22, source="Storage", priority=100), allow(22, source=["Storage", "Sql"], priority=200))

    assert asked(published(nsg(*rules))).access == "Unknown"


def test_what_a_rule_names_beside_the_unknown_tag_is_judged_by_itself() -> None:
    """8.8.8.8 may be in Storage, which is denied first: unknown. Nobody else can be let in."""
    here = published(
        nsg(deny(22, source="Storage", priority=100), allow(22, source=["Storage", "8.8.8.8"], priority=200))
    )

    assert asked(here, "8.8.8.8").access == "Unknown"
    assert asked(here, "9.9.9.9").access == "Deny"


def test_a_deny_for_other_ports_does_not_stop_the_allow_for_the_same_unknown_tag() -> None:
    here = published(nsg(deny(80, source="Storage", priority=100), allow("22-80", source="Storage", priority=200)))

    assert asked(here, port=22).access == "Unknown"
    assert asked(here, port=80).access == "Deny"


def test_a_deny_that_perhaps_means_another_machine_stops_nothing_for_sure() -> None:
    """The machine's own address was not read, so whether the first rule is about it is unknown."""
    unread = ip_configuration(public_ip(), at=Unknown("its address is not in the evidence"))
    rules = (
        deny(22, source="Storage", destination="10.0.0.4", priority=100),
        allow(22, source="Storage", priority=200),
    )

    assert possible_ports(estate(vm(nic(nsg(*rules), unread)))) == ("22",)


# --- from another time -----------------------------------------------------------------------------------------------


STALE = Path("ServiceTags_Public_20250901.json")


def test_data_from_another_time_is_used_and_said_to_be_from_then() -> None:
    here = with_data(published(nsg(allow(22, source="storage"))), file=STALE)

    assert proven_ports(here) == ("22",)
    said = (
        "service tag Storage had the addresses that Microsoft published on 2025-09-01, "
        "122 days before the evidence was taken"
    )
    assert other_times(here) == (said,)
    assert said in exposure(here).assumptions


def test_data_that_is_newer_than_the_evidence_is_from_another_time_too() -> None:
    here = with_data(published(nsg(allow(22, source="Storage"))), taken_at="2025-09-01T00:00:00Z")

    assert "119 days after the evidence" in other_times(here)[0]


@pytest.mark.parametrize("taken_at", ["2025-12-15T00:00:00Z", "2026-01-12T00:00:00Z"])
def test_two_weeks_apart_is_the_same_time(taken_at: str) -> None:
    assert other_times(with_data(published(nsg(allow(22, source="Storage"))), taken_at=taken_at)) == ()


@pytest.mark.parametrize("source", ["Internet", "10.0.0.0/8", "Sql", "NoSuchTag"])
def test_old_data_that_decides_nothing_is_not_spoken_of(source: str) -> None:
    assert other_times(with_data(published(nsg(allow(22, source=source))), file=STALE)) == ()


# --- the clients of a firewall ----------------------------------------------------------------------------------------


def behind_a_firewall(source: str) -> Estate:
    """A machine without a public address; a DNAT rule carries 40022 to its port 22, for clients from `source`."""
    network = vnet()
    outside = subnet(name="AzureFirewallSubnet", space="10.0.2.0/26", network=network)
    here = estate(vm(nic(nsg(), ip_configuration(subnet(network=network)))), outside, public_ip("20.50.0.9", name="fw"))
    dnat = NatRule(
        collection="nat",
        name="ssh",
        protocols=frozenset({Protocol.TCP}),
        sources=Peers(tags=(source,)),
        ip_groups=(),
        destinations=Peers(addresses=prefix("20.50.0.9")),
        ports=single(40022),
        to_address=address_number("10.0.0.4"),
        to_name="",
        to_port=22,
    )
    firewall = AzureFirewall(
        id=resource_id("azureFirewalls", "fw"),
        subnet=outside.key,
        public_ips=tuple(here.public_ips),
        hub_addresses=(),
        policy=None,
        rules=(dnat,),
        virtual_hub=None,
    )
    return replace(here, firewalls={firewall.key: firewall})


def test_a_firewalls_clients_may_be_named_by_a_tag() -> None:
    here = behind_a_firewall("Storage")

    assert (possible_ports(here), proven_ports(here)) == (("22",), ())
    (path,) = paths(with_data(here), certainty=Certainty.PROVEN)
    assert path.sources == prefixes(["20.60.0.0/16"])
    assert other_times(with_data(here, file=STALE))
