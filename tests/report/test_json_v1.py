import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import vmaudit.report
from report import samples
from vmaudit.assess.assessment import Assessment
from vmaudit.report.json_v1 import SCHEMA, to_json

_SCHEMA_FILE = Path(vmaudit.report.__file__).parent / "assessment-v1.schema.json"


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    return json.loads(_SCHEMA_FILE.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def document(assessment: Assessment) -> dict[str, Any]:
    return json.loads(to_json(assessment))


def machine(document: dict[str, Any], name: str) -> dict[str, Any]:
    return next(machine for machine in document["machines"] if machine["name"] == name)


def objects(node: Any) -> list[dict[str, Any]]:
    if isinstance(node, list):
        return [found for part in node for found in objects(part)]
    if not isinstance(node, dict):
        return []
    inner = [found for part in node.values() for found in objects(part)]
    return [node, *inner] if "properties" in node and isinstance(node["properties"], dict) else inner


def test_the_document_follows_its_published_schema(schema: dict[str, Any], document: dict[str, Any]) -> None:
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.Draft202012Validator(schema).validate(document)


def test_every_object_of_the_schema_is_closed_and_every_field_is_described(schema: dict[str, Any]) -> None:
    for part in objects(schema):
        assert part["additionalProperties"] is False
        assert part["required"] == list(part["properties"])
        for name, field in part["properties"].items():
            target = schema["$defs"][field["$ref"].rpartition("/")[2]] if "$ref" in field else field
            assert field.get("description") or target.get("description"), name


def test_a_field_that_the_schema_does_not_know_is_refused(schema: dict[str, Any], document: dict[str, Any]) -> None:
    drifted = {**document, "surprise": 1}

    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(schema).validate(drifted)


def test_the_first_member_names_the_schema(assessment: Assessment) -> None:
    assert to_json(assessment).startswith(b'{"schema":"vmaudit.assessment/1"')
    assert SCHEMA == "vmaudit.assessment/1"


def test_every_machine_stands_on_a_line_of_its_own_and_the_file_ends_with_a_newline(assessment: Assessment) -> None:
    text = to_json(assessment)
    lines = [line for line in text.splitlines() if b'"verdicts":' in line]

    assert len(lines) == len(assessment.results)
    assert json.loads(lines[0].rstrip(b","))["id"] == assessment.results[0].machine.id
    assert text.endswith(b"}\n")


def test_an_open_door_is_told_with_its_proof(document: dict[str, Any]) -> None:
    path = machine(document, "vm-web-01")["paths"][0]

    assert path["origin"] == {"kind": "internet", "id": None}
    assert (path["reach"], path["live"], path["live_unknown"], path["certainty"]) == ("internet", True, None, "proven")
    assert (path["protocol"], path["ports"], path["source_ports"]) == ("TCP", ["3389"], ["0-65535"])
    assert path["frontend"]["address"] == "20.50.1.7"
    assert path["frontend"]["ports"] == ["3389"]
    assert path["witness"]["destination_port"] == 3389
    assert [hop["code"] for hop in path["hops"]] == ["PUBLIC_IP", "NSG_RULE_ALLOWS", "VM_RUNNING"]
    assert path["hops"][1]["rule"] == "securityRules/allow-rdp-any"


def test_ports_are_ranges_where_they_are_ranges(document: dict[str, Any]) -> None:
    assert machine(document, "vm-legacy-jump")["paths"][0]["ports"] == ["0-65535"]
    assert machine(document, "vm-two-cards")["paths"][0]["ports"] == ["161", "1433", "5432"]


def test_narrow_sources_are_written_as_prefixes(document: dict[str, Any]) -> None:
    path = machine(document, "vm-partner")["paths"][0]

    assert path["reach"] == "partial"
    assert path["sources"] == ["198.51.100.17", "203.0.113.0/24", "2001:db8:77::/48"]


def test_what_was_not_read_is_null_with_a_reason_and_never_false(document: dict[str, Any]) -> None:
    unread = machine(document, "vm-data-unread")

    assert unread["paths"][0]["live"] is None
    assert unread["paths"][0]["live_unknown"] == "the instance view of vm-data-unread is not in the evidence"
    assert unread["public_openings"] is None
    assert unread["public_openings_unknown"].startswith("network security group nsg-partner")
    assert unread["grade"] == {"worst": "F", "best": "A", "decided_by": ["NET-001"]}


def test_a_layer_without_rules_is_not_assessed_and_does_not_hold(document: dict[str, Any]) -> None:
    assert machine(document, "vm-app-01")["layers"] == {
        "network": "holds",
        "bastion": "holds",
        "just-in-time": "holds",
        "roles": "not_assessed",
        "pim": "not_assessed",
        "conditional-access": "not_assessed",
        "monitoring": "not_assessed",
        "host": "holds",
    }


def test_names_are_exact_for_a_reader_and_harmless_for_a_terminal(
    assessment: Assessment, document: dict[str, Any]
) -> None:
    text = to_json(assessment).decode()

    assert machine(document, samples.SCRIPT)["tags"][samples.TURNED] == samples.ESCAPES
    assert not set(text) & {"\x1b", "\u202e", "\u2028", "\x07", "\r"}
    assert "\\u202e" in text


def test_an_empty_tenant_is_a_valid_document(schema: dict[str, Any]) -> None:
    empty = replace(samples.assessment_of(()), causes=(), coverage=(), assumptions=())

    jsonschema.Draft202012Validator(schema).validate(json.loads(to_json(empty)))


def test_the_same_assessment_gives_the_same_bytes_in_another_process(assessment: Assessment) -> None:
    program = (
        "import sys; sys.path.insert(0, sys.argv[1]); from report.samples import sample_assessment; "
        "from vmaudit.report.json_v1 import to_json; sys.stdout.buffer.write(to_json(sample_assessment()))"
    )
    folder = str(Path(samples.__file__).parent.parent)
    again = subprocess.run(
        [sys.executable, "-c", program, folder], capture_output=True, check=True, env={"PYTHONHASHSEED": "7"}
    )

    assert again.stdout == to_json(assessment)
