"""Ways from inside the network: worked out for what is shown, shared in the JSON."""

import json
from dataclasses import replace

import jsonschema
import pytest

from builders import allow, deny, estate, nic, nsg, subnet, vm, vnet
from report import samples
from report.test_json_v1 import schema
from vmaudit.assess.assessment import Assessment
from vmaudit.exposure.reach import expose
from vmaudit.report.html import to_html
from vmaudit.report.json_v1 import to_json

__all__ = ["schema"]


@pytest.fixture(scope="module")
def inside() -> Assessment:
    """Two machines in one subnet that take SSH from inside, and nothing else."""
    network = subnet(nsg(allow(22, source="VirtualNetwork", priority=100), deny(priority=200)), network=vnet())
    machines = [vm(nic(network, name=f"nic-{name}"), name=name) for name in ("one", "two")]
    found = expose(estate(*machines))
    results = [
        replace(samples.result(name), exposure=exposure)
        for name, exposure in zip(("one", "two"), found.values(), strict=True)
    ]
    return samples.assessment_of(tuple(results))


def test_the_json_tells_who_on_the_inside_may_open_what(inside: Assessment, schema: dict[str, object]) -> None:
    document = json.loads(to_json(inside))

    jsonschema.Draft202012Validator(schema).validate(document)
    tcp = [path for path in document["machines"][0]["paths"] if path["protocol"] == "TCP"]
    assert {path["origin"]["kind"] for path in tcp} == {"own-subnet", "own-vnet"}
    assert all(path["reach"] == "private" and path["certainty"] == "proven" for path in tcp)
    assert all(path["ports"] == ["22"] and path["witness"]["private_port"] == 22 for path in tcp)
    assert all(path["hops"][0]["code"] == "NSG_RULE_ALLOWS" and len(path["hops"]) == 2 for path in tcp)


def test_the_page_tells_it_in_a_sentence_and_draws_it(inside: Assessment) -> None:
    page = to_html(inside)

    assert "From inside: its own subnet and its own network to TCP 22 and every UDP port." in page
    assert "Inside, subnet +1: reaches 22." in page
    assert "Internet, any address: stops at Network, no public entry." in page
