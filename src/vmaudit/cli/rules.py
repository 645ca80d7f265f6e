"""`vmaudit rules`: which rules there are, and what one says."""

import difflib
import textwrap
from pathlib import Path

import click

from vmaudit.assess.reading import read_rules
from vmaudit.assess.rule import Rule
from vmaudit.cli.terminal import safe, say, styled
from vmaudit.errors import UsageError
from vmaudit.shipped import rules_folder


@click.command("rules")
@click.argument("rule_id", required=False, metavar="[RULE]")
@click.option(
    "--rules",
    "rules_path",
    type=click.Path(path_type=Path, file_okay=False),
    help="A folder of rules in place of the built-in ones.",
)
def command(rule_id: str | None, rules_path: Path | None) -> int:
    """List the rules, or show RULE (such as NET-001)."""
    rules = read_rules(rules_path or rules_folder())
    if rule_id is None:
        for rule in rules:
            cap = f"caps at {rule.caps_grade_at}" if rule.caps_grade_at else ""
            say(f"{rule.id:<8} {rule.severity.value:<9} {cap:<10} {safe(rule.title)}")
        return 0
    found = {rule.id.lower(): rule for rule in rules}.get(rule_id.lower())
    if found is None:
        close = difflib.get_close_matches(rule_id.upper(), [rule.id for rule in rules], n=1)
        raise UsageError(f"there is no rule {rule_id!r}", f"Did you mean {close[0]}?" if close else "")
    _show(found)
    return 0


def _show(rule: Rule) -> None:
    say(styled(f"{rule.id}  {rule.title}", bold=True))
    cap = f"a failure caps the grade at {rule.caps_grade_at}" if rule.caps_grade_at else "does not cap the grade"
    say(f"{rule.severity.value}, {rule.layer.value}; {cap}; gate: {rule.gate.value}")
    for heading, text in (("Why", rule.why), ("Fix", rule.fix), ("Known gaps", rule.known_gaps)):
        if text:
            say(f"\n{heading}")
            say(textwrap.indent(safe(text.rstrip()), "  "))
    for parameter in rule.parameters:
        say(f"\nParameter {safe(parameter.name)} = {safe(str(parameter.default))}: {safe(parameter.doc)}")
    if rule.maps_to:
        say("\nMaps to")
        for framework, controls in rule.maps_to.items():
            say(f"  {safe(framework)}: {safe(', '.join(controls))}")
    for reference in rule.references:
        say(f"  {safe(reference)}")
