"""An audit works out the ports that its rules ask about: a rule must never pass because nobody looked at its port."""

from pathlib import Path

import pytest

from assess.judged import SUBJECT, manifest, shipped_rules, verdict
from builders import estate, nic, subnet, vm
from vmaudit.addresses import ALL_PORTS, NOTHING, ports, union
from vmaudit.assess.assessment import Status
from vmaudit.assess.doors import ports_in_question
from vmaudit.assess.judging import assess
from vmaudit.assess.reading import read_rules
from vmaudit.assess.rule import Rule
from vmaudit.estate.resources import Protocol
from vmaudit.exposure.reach import expose

RULE = """\
title: The inside reaches an odd port
severity: high
gate: strict
caps_grade_at: C
fail_when:
  {fail_when}
says: "The inside can reach {{found}}"
holds: {holds}
why: |
  Nobody should.
fix: |
  Close it.

  az network nsg rule delete -g RG --nsg-name NSG -n RULE
known_gaps: |
  None.
maps_to: {{soc2: ["CC6.6"]}}
references:
  - https://learn.microsoft.com/azure/virtual-network/network-security-groups-overview
examples:
  - name: Open
    facts:
      exposure.inside_openings: [{{sources: [10.0.0.0/8], protocol: TCP, ports: [8080]}}]
    expect: fail
  - name: Closed
    facts: {{exposure.inside_openings: []}}
    expect: pass
  - name: Not read
    facts: {{}}
    expect: unknown
"""
OPENS_8080 = "exposure.inside_openings: {opens: {tcp: [8080]}}"


@pytest.fixture
def rule(tmp_path: Path, request: pytest.FixtureRequest) -> Rule:
    fail_when, holds = getattr(request, "param", (OPENS_8080, "Closed"))
    (tmp_path / "network").mkdir()
    text = RULE.format(fail_when=fail_when, holds=holds)
    (tmp_path / "network" / "NET-099-odd-port-open.yaml").write_text(text, encoding="utf-8")
    return read_rules(tmp_path)[0]


def test_the_rules_that_come_along_ask_about_the_management_ports() -> None:
    assert ports_in_question(shipped_rules()) == {
        Protocol.TCP: union(ports("22"), union(ports("3389"), ports("5985-5986"))),
        Protocol.UDP: ports("3389"),
    }


def test_without_such_a_rule_no_port_is_in_question() -> None:
    others = [rule for rule in shipped_rules() if rule.id not in ("NET-002", "NET-003")]

    assert ports_in_question(others) == {Protocol.TCP: NOTHING, Protocol.UDP: NOTHING}


def test_ports_that_a_rule_names_itself_are_in_question(rule: Rule) -> None:
    assert ports_in_question([rule]) == {Protocol.TCP: ports("8080"), Protocol.UDP: NOTHING}


@pytest.mark.parametrize(
    "rule",
    [
        ("exposure.inside_openings: {is_empty: false}", "Closed"),
        (f"any_of: [{{{OPENS_8080}}}, {{exposure.inside_openings: {{is_empty: false}}}}]", "Closed"),
        (OPENS_8080, '"Open is {exposure.inside_openings}"'),
    ],
    indirect=True,
)
def test_a_rule_that_asks_for_any_opening_or_shows_them_all_asks_about_every_port(rule: Rule) -> None:
    assert ports_in_question([rule]) == {Protocol.TCP: ALL_PORTS, Protocol.UDP: ALL_PORTS}


def test_a_port_of_a_rule_s_own_fails_where_nothing_stands_before_the_inside(rule: Rule) -> None:
    whole = estate(vm(nic(subnet())))

    assessment = assess(
        whole,
        expose(whole, ports_in_question([rule])),
        [rule],
        subject=SUBJECT,
        as_of="2026-08-01T00:00:00Z",
        manifest=manifest(),
    )

    assert verdict(assessment, "NET-099").status is Status.FAIL
