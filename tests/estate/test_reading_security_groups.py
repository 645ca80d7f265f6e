"""Network security groups: every way in which Azure and its exporters write a rule (azure-facts 5.1)."""

from typing import Any

import pytest

from evidence import Json, estate_of, network_id
from vmaudit.addresses import ALL_PORTS, ANY_ADDRESS, prefixes, single
from vmaudit.estate.resources import Access, Direction, Peers, Protocol, SecurityRule
from vmaudit.estate.rules import DEFAULT_RULES, NO_SIDE
from vmaudit.known import Unknown
from vmaudit.snapshot.manifest import OutcomeKind

ID = network_id("networkSecurityGroups/nsg")
KEY = ID.lower()


def body(**words: Any) -> Json:
    """The properties of an inbound rule that allows SSH from anywhere, but for what is given; None leaves a field out."""
    usual: Json = {
        "priority": 100,
        "direction": "Inbound",
        "access": "Allow",
        "protocol": "Tcp",
        "sourceAddressPrefix": "*",
        "sourcePortRange": "*",
        "destinationAddressPrefix": "*",
        "destinationPortRange": "22",
    }
    return {field: value for field, value in (usual | words).items() if value is not None}


def row(*rules: Json, **properties: Any) -> Json:
    listed = [{"name": f"rule{number}", "properties": rule} for number, rule in enumerate(rules, 1)]
    return {"id": ID, "properties": {"securityRules": listed, **properties}}


def own_rules(group: Json, *others: Json) -> list[SecurityRule]:
    rules = estate_of([group, *others]).security_groups[KEY].rules
    return [rule for rule in rules if not rule.default]


def rule(**words: Any) -> SecurityRule:
    (found,) = own_rules(row(body(**words)))
    return found


# --- words ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("word", ["Tcp", "TCP", "tcp"])
def test_a_protocol_is_read_in_any_letter_case(word: str) -> None:
    assert rule(protocol=word).protocols == {Protocol.TCP}


@pytest.mark.parametrize("word", ["*", "All", "Any"])
def test_any_protocol_is_all_of_them(word: str) -> None:
    assert rule(protocol=word).protocols == frozenset(Protocol)


def test_direction_and_access_are_read_in_any_letter_case() -> None:
    found = rule(direction="OUTBOUND", access="deny")

    assert (found.direction, found.access) == (Direction.OUTBOUND, Access.DENY)


# --- ports ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "ports"),
    [
        ({"destinationPortRange": "22"}, single(22)),
        ({"destinationPortRange": 22}, single(22)),
        ({"destinationPortRange": "20-25"}, ((20, 25),)),
        ({"destinationPortRange": "*"}, ALL_PORTS),
        ({"destinationPortRange": "0-65535"}, ALL_PORTS),
        ({"destinationPortRange": "", "destinationPortRanges": ["22", "8000-8080"]}, ((22, 22), (8000, 8080))),
        ({"destinationPortRange": None, "destinationPortRanges": ["22"]}, single(22)),
        ({"destinationPortRange": "22", "destinationPortRanges": []}, single(22)),
        ({"destinationPortRange": "22", "destinationPortRanges": ["23", "22"]}, ((22, 23),)),
    ],
)
def test_ports_are_the_union_of_the_singular_and_the_plural_field(fields: Json, ports: object) -> None:
    assert rule(**fields).destination_ports == ports


def test_source_ports_are_read_likewise() -> None:
    assert rule(sourcePortRange="", sourcePortRanges=["1024-65535"]).source_ports == ((1024, 65535),)


@pytest.mark.parametrize("text", ["ssh", "70000", "25-20", "22-"])
def test_what_is_no_port_leaves_the_group_unread_and_is_named(text: str) -> None:
    here = estate_of([row(body(destinationPortRange=text))])

    assert here.security_groups == {}
    assert here.unread[KEY].startswith("rule rule1: ")


# --- sides ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "side"),
    [
        ({"sourceAddressPrefix": "*"}, Peers(addresses=ANY_ADDRESS)),
        ({"sourceAddressPrefix": "Any"}, Peers(addresses=ANY_ADDRESS)),
        ({"sourceAddressPrefix": "0.0.0.0/0"}, Peers(addresses=prefixes(("0.0.0.0/0",)))),
        ({"sourceAddressPrefix": "::/0"}, Peers(addresses=prefixes(("::/0",)))),
        ({"sourceAddressPrefix": "10.0.0.4"}, Peers(addresses=prefixes(("10.0.0.4/32",)))),
        ({"sourceAddressPrefix": "10.0.0.7/24"}, Peers(addresses=prefixes(("10.0.0.0/24",)))),
        ({"sourceAddressPrefix": "10.0.0.4-10.0.0.9"}, Peers(addresses=prefixes(("10.0.0.4-10.0.0.9",)))),
        ({"sourceAddressPrefix": "INTERNET"}, Peers(tags=("INTERNET",))),
        ({"sourceAddressPrefix": "Storage.WestEurope"}, Peers(tags=("Storage.WestEurope",))),
        ({"sourceAddressPrefix": "789"}, Peers(tags=("789",))),
        (
            {"sourceAddressPrefix": "", "sourceAddressPrefixes": ["10.0.0.0/25", "10.0.0.128/25", "VirtualNetwork"]},
            Peers(addresses=prefixes(("10.0.0.0/24",)), tags=("VirtualNetwork",)),
        ),
        (
            {"sourceAddressPrefix": "VirtualNetwork", "sourceAddressPrefixes": ["VirtualNetwork"]},
            Peers(tags=("VirtualNetwork",)),
        ),
    ],
)
def test_a_side_is_the_union_of_the_singular_and_the_plural_field(fields: Json, side: Peers) -> None:
    assert rule(**fields).source == side


@pytest.mark.parametrize("prefix", ["", None])
def test_with_an_application_security_group_an_empty_prefix_is_not_any(prefix: str | None) -> None:
    group = network_id("applicationSecurityGroups/Web")

    found = rule(sourceAddressPrefix=prefix, sourceApplicationSecurityGroups=[{"id": group}])

    assert found.source == Peers(application_security_groups=(group.lower(),))


def test_a_side_that_names_nothing_stays_open() -> None:
    assert rule(destinationAddressPrefix="", destinationAddressPrefixes=[]).destination == Peers(tags=(NO_SIDE,))


# --- the group ------------------------------------------------------------------------------------------------------


def test_rules_stand_in_the_order_in_which_azure_asks_them() -> None:
    found = own_rules(row(body(priority=300), body(priority=100), body(priority=200)))

    assert [one.priority for one in found] == [100, 200, 300]


@pytest.mark.parametrize("shown", [{}, {"defaultSecurityRules": []}, {"defaultSecurityRules": None}])
def test_default_rules_that_an_export_leaves_out_are_there_all_the_same(shown: Json) -> None:
    group = estate_of([row(**shown)]).security_groups[KEY]

    assert {one for one in group.rules if one.default} == set(DEFAULT_RULES)


def test_default_rules_that_an_export_shows_are_not_there_twice() -> None:
    shown = [
        {
            "name": one.name,
            "properties": {
                "priority": one.priority,
                "direction": one.direction.value,
                "access": one.access.value,
                "protocol": "*",
                "sourceAddressPrefix": one.source.tags[0] if one.source.tags else "*",
                "sourcePortRange": "*",
                "destinationAddressPrefix": one.destination.tags[0] if one.destination.tags else "*",
                "destinationPortRange": "*",
            },
        }
        for one in DEFAULT_RULES
    ]

    group = estate_of([row(defaultSecurityRules=shown)]).security_groups[KEY]

    assert sorted(one.name for one in group.rules) == sorted(one.name for one in DEFAULT_RULES)


@pytest.mark.parametrize(
    "stub",
    [{}, {"properties": None}, {"properties": {}}, {"properties": {"securityRules": None}}],
    ids=["no properties", "null", "empty", "no list"],
)
def test_a_group_whose_rules_were_left_out_is_unknown_not_empty(stub: Json) -> None:
    here = estate_of([{"id": ID, **stub}])

    found = here.find(here.security_groups, KEY, "NSG")
    assert isinstance(found, Unknown)
    assert found.reason.startswith("NSG nsg could not be read: ")


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ({"priority": None}, "rule rule1 has no priority"),
        ({"direction": None}, "rule rule1 has the direction UNSET"),
        ({"direction": "Sideways"}, "rule rule1 has the direction 'Sideways'"),
        ({"access": "Maybe"}, "rule rule1 has the access 'Maybe'"),
        ({"protocol": "Sctp"}, "rule rule1 has the protocol 'Sctp'"),
    ],
)
def test_one_rule_that_says_what_azure_does_not_leaves_the_whole_group_unread(words: Json, complaint: str) -> None:
    here = estate_of([row(body(**words), body(priority=200))])

    assert here.security_groups == {}
    assert here.unread[KEY] == complaint


# --- rules as rows of their own -------------------------------------------------------------------------------------


def alone(name: str, **words: Any) -> Json:
    return {"id": f"{ID}/securityRules/{name}", "name": name, "properties": body(**words)}


def test_rules_given_as_rows_of_their_own_join_their_group() -> None:
    found = own_rules(row(body(priority=200)), alone("ssh", priority=150))

    assert [(one.name, one.priority) for one in found] == [("ssh", 150), ("rule1", 200)]


def test_the_same_rule_in_the_body_and_as_a_row_is_one_rule() -> None:
    group = {"id": ID, "properties": {"securityRules": [alone("ssh")]}}

    assert [one.name for one in own_rules(group, alone("ssh"))] == ["ssh"]


def test_rules_that_are_said_to_be_all_make_a_group_whose_body_is_missing() -> None:
    here = estate_of([alone("ssh")])

    assert [one.name for one in here.security_groups[KEY].rules if not one.default] == ["ssh"]


@pytest.mark.parametrize("stub", [[], [{"id": ID}]], ids=["no body", "a stub"])
def test_rules_of_which_some_may_be_missing_make_no_group(stub: list[Json]) -> None:
    here = estate_of([*stub, alone("deny", access="Deny")], ended={"security_rules": OutcomeKind.PARTIAL})

    assert here.security_groups == {}


def test_a_rule_row_that_cannot_be_read_leaves_its_group_unknown() -> None:
    broken = {"id": f"{ID}/securityRules/open", "name": "open", "properties": {"priority": "first"}}

    here = estate_of([row(body()), broken])

    assert isinstance(here.find(here.security_groups, KEY, "NSG"), Unknown)
    assert isinstance(here.all_of("security_rules"), Unknown)


def test_a_rule_row_with_an_unknown_word_leaves_its_group_unknown() -> None:
    here = estate_of([row(body()), alone("odd", protocol="Sctp")])

    assert here.unread[KEY] == "rule odd has the protocol 'Sctp'"
