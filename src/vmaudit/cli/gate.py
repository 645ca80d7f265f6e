"""`vmaudit gate`: pass or fail a build."""

from collections.abc import Mapping
from pathlib import Path

import click

from vmaudit.assess.combination_files import read_combinations
from vmaudit.assess.configuration import rules_in_force
from vmaudit.assess.gate import GateFinding, GateOutcome, Profile, gate, gate_input
from vmaudit.cli.options import config_option
from vmaudit.cli.service_tags import service_tags_option, tags_for
from vmaudit.cli.terminal import progress, safe, say, styled
from vmaudit.errors import EvidenceError, UsageError
from vmaudit.pipeline import audit
from vmaudit.report.saved import saved_gate_input
from vmaudit.report.wording import listed
from vmaudit.shipped import rules_folder
from vmaudit.snapshot.reading import open_snapshot


@click.command("gate")
@click.argument("evidence", type=click.Path(path_type=Path), metavar="SNAPSHOT|ASSESSMENT.json")
@click.option(
    "--profile",
    type=click.Choice([profile.value for profile in Profile]),
    default=Profile.DEFAULT.value,
    show_default=True,
    help="Which rules can break the gate: those marked default, or those marked strict too.",
)
@click.option(
    "--rules",
    "rules_path",
    type=click.Path(path_type=Path, file_okay=False),
    help="A folder of rules in place of the built-in ones.",
)
@config_option
@service_tags_option
@click.option("--quiet", is_flag=True, help="Only the exit code.")
def command(
    evidence: Path,
    profile: str,
    rules_path: Path | None,
    config_path: Path | None,
    tags_path: Path | None,
    *,
    quiet: bool,
) -> int:
    """Pass or fail a build: one line per machine that fails, with its path and its fix.

    Exits with 0 (passed), 1 (failed) or 4 (would pass, but evidence that the gate needs is incomplete).
    """
    if not evidence.exists():
        raise EvidenceError(f"{evidence} does not exist", "Give a snapshot, or the assessment.json of an audit.")
    if evidence.is_file() and evidence.suffix.lower() == ".json":
        _refuse_for_saved(evidence, {"--rules": rules_path, "--config": config_path, "--service-tags": tags_path})
        given = saved_gate_input(evidence)
    else:
        stage = progress(quiet=quiet)
        folder = rules_path or rules_folder()
        rules = rules_in_force(folder, config_path)
        combinations = read_combinations(folder, rules)
        tags = tags_for(tags_path)
        snapshot = open_snapshot(evidence)
        given = gate_input(audit(snapshot, rules, combinations=combinations, service_tags=tags, on_stage=stage))
        stage("")
    outcome = gate(given, Profile(profile))
    if not quiet:
        _show(outcome)
    return outcome.exit_code


def _refuse_for_saved(assessment: Path, given: Mapping[str, Path | None]) -> None:
    """Options that would change how machines are judged can't be obeyed for a saved assessment. Raises UsageError."""
    named = [option for option, value in given.items() if value is not None]
    if named:
        verb = "applies" if len(named) == 1 else "apply"
        raise UsageError(
            f"{listed(named)} {verb} to a snapshot, and {assessment} was judged already",
            "Give the snapshot to the gate, or leave them out and give them to the audit.",
        )


def _show(outcome: GateOutcome) -> None:
    for finding in outcome.failed:
        say(f"{styled('FAIL', fg='red', bold=True)}    {_line(finding)}")
    for finding in outcome.unknown:
        say(f"{styled('UNKNOWN', fg='yellow', bold=True)} {_line(finding)}")
    rules = ", ".join(outcome.rules)
    passed = outcome.machines - len(outcome.failed) - len(outcome.unknown)
    say(
        f"Gate {outcome.profile.value} ({safe(rules)}): {passed} of {outcome.machines} machines pass, "
        f"{len(outcome.failed)} fail, {len(outcome.unknown)} can't be told."
    )


def _line(finding: GateFinding) -> str:
    return safe(finding.line)
