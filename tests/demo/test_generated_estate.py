"""The estate that benchmarks are run on holds together and has the proportions that it claims."""

import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from vmaudit.demo.rows import Row

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
MACHINES = 1200


@pytest.fixture(scope="module")
def rows() -> Iterator[list[Row]]:
    sys.path.insert(0, str(BENCHMARKS))
    from generate import estate

    yield list(estate(MACHINES, seed=7))
    sys.path.remove(str(BENCHMARKS))


def test_ids_are_given_once_and_references_lead_somewhere(rows: list[Row]) -> None:
    keys = [row["id"].lower() for row in rows]
    subnets = [part["id"].lower() for row in rows for part in row["properties"].get("subnets", ())]
    there = set(keys) | set(subnets)

    assert len(keys) == len(set(keys))
    for row in rows:
        if row["type"] == "microsoft.network/networkinterfaces":
            pointed_at = {row["properties"]["virtualMachine"]["id"], *_around(row)}
            assert {key.lower() for key in pointed_at} <= there


def test_proportions_are_those_of_a_real_estate(rows: list[Row]) -> None:
    counted = Counter(row["type"].rpartition("/")[2] for row in rows)
    rules = sum(len(row["properties"].get("securityRules", ())) for row in rows)

    assert counted["virtualmachines"] == MACHINES
    assert 1.0 < counted["networkinterfaces"] / MACHINES < 1.1
    assert 0.19 < counted["networksecuritygroups"] / MACHINES < 0.27
    assert 2.4 < rules / MACHINES < 3.4
    assert 0.15 < counted["publicipaddresses"] / MACHINES < 0.25


def test_priorities_are_unique_in_every_group(rows: list[Row]) -> None:
    for row in rows:
        rules = [rule["properties"] for rule in row["properties"].get("securityRules", ())]
        assert len({(rule["direction"], rule["priority"]) for rule in rules}) == len(rules)


def test_the_same_seed_gives_the_same_estate_and_another_seed_another(rows: list[Row]) -> None:
    from generate import estate

    assert list(estate(MACHINES, seed=7)) == rows
    assert list(estate(MACHINES, seed=8)) != rows


def _around(interface: Row) -> Iterator[str]:
    properties = interface["properties"]
    if "networkSecurityGroup" in properties:
        yield properties["networkSecurityGroup"]["id"]
    for configuration in properties["ipConfigurations"]:
        body = configuration["properties"]
        yield body["subnet"]["id"]
        yield from (group["id"] for group in body.get("applicationSecurityGroups", ()))
        if "publicIPAddress" in body:
            yield body["publicIPAddress"]["id"]
