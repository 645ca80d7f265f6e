"""Laws about rules and spellings: a deny never opens, and it does not matter how the evidence spells a thing."""

import random
from collections.abc import Callable
from copy import deepcopy
from ipaddress import ip_network
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import DataObject
from msgspec import structs

from evidence import estate_of
from properties.naive import Rule
from properties.small_estates import Row, small_estates
from properties.small_world import law, rule_bodies
from properties.test_evidence_laws import doors
from vmaudit.estate.estate import Estate
from vmaudit.exposure.paths import Certainty, Path
from vmaudit.exposure.reach import expose
from vmaudit.known import Unknown


def security_groups(rows: list[Row]) -> list[Row]:
    return [row for row in rows if "/networkSecurityGroups/" in row["id"]]


# --- a deny never opens -----------------------------------------------------------------------------------------------


@law(60)
@given(small_estates(far=True), rule_bodies("Inbound", ("Storage", "AzureCloud")), st.integers(100, 4096), st.data())
def test_one_more_deny_rule_never_opens_a_door(
    rows: list[Row], body: dict[str, Any], priority: int, data: DataObject
) -> None:
    if not security_groups(rows):
        return
    more = deepcopy(rows)
    rules: list[Rule] = data.draw(st.sampled_from(security_groups(more)))["properties"]["securityRules"]
    if priority in {rule["properties"]["priority"] for rule in rules}:
        return
    rules.append({"name": "denies", "properties": {**body, "access": "Deny", "priority": priority}})
    before, after = estate_of(rows), estate_of(more)

    for certainty in (None, Certainty.PROVEN):
        open_before = doors(before, certainty=certainty)
        wider = {door for door, width in doors(after, certainty=certainty).items() if width > open_before[door]}
        assert not wider


# --- spellings --------------------------------------------------------------------------------------------------------


def told(estate: Estate) -> dict[str, set[str]]:
    """What an audit says about the machines, without letter case, and without the words that say what is in doubt.

    Names keep the letters that the evidence has. Of two unknown tags in one list, the first is named as the reason.
    """
    found: dict[str, set[str]] = {}
    for key, exposure in expose(estate).items():
        known = exposure.public_openings
        openings = () if isinstance(known, Unknown) else [structs.replace(opening, reason="") for opening in known]
        found[key] = {*map(_told, exposure.paths), *(repr(said).lower() for said in (*exposure.blind_spots, *openings))}
    return found


def _told(path: Path) -> str:
    says = (
        *(path.reach, path.live, path.certainty, path.protocol, path.ports, path.source_ports, path.sources),
        *(path.network_interface, path.ip_configuration, path.witness),
        tuple((hop.resource, hop.decision, hop.code, hop.rule, hop.priority) for hop in path.hops),
    )
    return repr(says).lower()


def in_another_order(rows: list[Row], chance: random.Random) -> list[Row]:
    """Rows, and the rules within groups, in another order."""
    mixed = deepcopy(rows)
    for group in security_groups(mixed):
        chance.shuffle(group["properties"]["securityRules"])
    chance.shuffle(mixed)
    return mixed


def in_other_letters(rows: list[Row], chance: random.Random) -> list[Row]:
    """The provider's part of every id, and every tag, in another letter case each time it occurs."""

    def other(text: str) -> str:
        return chance.choice([text, text.lower(), text.upper()])

    def respelt(value: Any, field: str = "") -> Any:
        if isinstance(value, dict):
            return {name: respelt(inner, name) for name, inner in value.items()}
        if isinstance(value, list):
            return [respelt(inner, field) for inner in value]
        is_word = field in ("protocol", "access", "direction", "peeringState") or field.endswith(("Prefix", "Prefixes"))
        if isinstance(value, str) and (field == "id" or is_word):
            return other(value)
        return value

    return respelt(rows)


def in_other_fields(rows: list[Row], chance: random.Random) -> list[Row]:
    """Prefixes cut in half and moved between the singular and the plural field, port ranges likewise."""
    mixed = deepcopy(rows)
    for group in security_groups(mixed):
        for rule in group["properties"]["securityRules"]:
            body = rule["properties"]
            for side in ("source", "destination"):
                _spread(body, f"{side}AddressPrefix", f"{side}AddressPrefixes", _halves, chance)
                _spread(body, f"{side}PortRange", f"{side}PortRanges", _parts, chance)
    return mixed


def _spread(
    body: dict[str, Any], single: str, plural: str, cut: Callable[[str], list[str]], chance: random.Random
) -> None:
    texts = [text for text in (body.get(single), *(body.get(plural) or ())) if text]
    pieces = [piece for text in texts for piece in (cut(text) if chance.random() < 0.7 else [text])]
    chance.shuffle(pieces)
    if pieces:
        body.pop(single, None)
        body[plural] = pieces[1:] if chance.random() < 0.5 else pieces
        body[single] = pieces[0] if body[plural] != pieces else chance.choice(["", None, pieces[-1]])


def _halves(text: str) -> list[str]:
    if text == "*":
        return ["0.0.0.0/0", "::/0"]
    if "/" not in text:
        return [text]
    block = ip_network(text, strict=False)
    return [text] if block.prefixlen == block.max_prefixlen else [str(half) for half in block.subnets()]


def _parts(text: str) -> list[str]:
    first, dash, last = ("0", "-", "65535") if text == "*" else text.partition("-")
    if not dash or int(first) == int(last):
        return [text]
    middle = (int(first) + int(last)) // 2
    return [f"{middle + 1}-{last}", f"{first}-{middle}"]


def lifted_to_the_top(rows: list[Row], chance: random.Random) -> list[Row]:
    """Some rows as the Azure CLI prints them: without `properties`, keys in another letter case."""
    return [_flat(row) if chance.random() < 0.6 else row for row in deepcopy(rows)]


def _flat(row: Row) -> Row:
    flat = {**{key: value for key, value in row.items() if key != "properties"}, **row["properties"]}
    return {key.replace("IPA", "IpA").replace("IPC", "IpC"): value for key, value in flat.items()}


RESPELLINGS = (in_another_order, in_other_letters, in_other_fields, lifted_to_the_top)


@law(80)
@given(small_estates(far=True), st.sets(st.integers(0, len(RESPELLINGS) - 1), min_size=1), st.integers(0, 2**32))
def test_how_the_evidence_spells_a_thing_never_changes_the_answer(rows: list[Row], ways: set[int], seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - which spelling is tried, and no secret
    other = rows
    for way in sorted(ways):
        other = RESPELLINGS[way](other, chance)

    assert told(estate_of(other)) == told(estate_of(rows))
