"""`vmaudit conditional-access`: what Conditional Access asks of somebody who opens an app, and where it does not."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import click

from vmaudit.access.conditional_access.answers import Answer, ControlAnswer, PolicyAnswer, answer, app_words
from vmaudit.access.conditional_access.circumstances import Question
from vmaudit.access.conditional_access.levels import MAYBE, NO
from vmaudit.access.conditional_access.solving import Solver
from vmaudit.access.people import People
from vmaudit.cli.conditional_access_question import (
    CLIENTS,
    DEVICES,
    PLATFORMS,
    RISKS,
    app_ids,
    given_words,
    place,
)
from vmaudit.cli.principals import principal_named
from vmaudit.cli.terminal import safe, say
from vmaudit.errors import UsageError
from vmaudit.estate.reading_conditional_access import read_conditional_access
from vmaudit.estate.reading_rights import read_rights
from vmaudit.estate.rights import Principal
from vmaudit.snapshot.reading import open_snapshot

SCHEMA: Final = "vmaudit.conditional-access/1"
_COLOURS: Final = {"enforced": "green", "blocked": "green", "bypassable": "red", "not-enforced": "red"}
_CONTROL_WORDS: Final[Mapping[str, str]] = {
    "mfa": "multifactor authentication",
    "phishing-resistant": "methods that resist phishing",
    "compliantDevice": "a compliant device",
    "domainJoinedDevice": "a hybrid joined device",
    "managed-device": "a compliant or hybrid joined device",
    "approvedApplication": "an approved app",
    "compliantApplication": "an app with a protection policy",
    "passwordChange": "a new password",
    "termsOfUse": "accepted terms of use",
    "customAuthenticationFactor": "a custom factor",
    "riskRemediation": "remediation of risk",
    "block": "a block",
}


@click.command("conditional-access")
@click.argument("snapshot", type=click.Path(path_type=Path))
@click.option("--user", required=True, help="A person or workload identity: object id, sign-in name or display name.")
@click.option(
    "--app",
    required=True,
    help="An appId, `azure-management`, `windows-sign-in`, `linux-sign-in`, another app that Microsoft has, or `all`.",
)
@click.option(
    "--platform", type=click.Choice(list(PLATFORMS), case_sensitive=False), help="What the client says it is."
)
@click.option("--client-type", type=click.Choice(list(CLIENTS), case_sensitive=False), help="The kind of client.")
@click.option("--location", help="A named location (id or name), `trusted`, an address, a range or a country (NL).")
@click.option("--device", type=click.Choice(list(DEVICES), case_sensitive=False), help="The state of the device.")
@click.option("--sign-in-risk", type=click.Choice(RISKS, case_sensitive=False), help="The risk of the sign-in.")
@click.option("--user-risk", type=click.Choice(RISKS, case_sensitive=False), help="The risk of the person.")
@click.option("--output", type=click.Choice(["text", "json"]), default="text", show_default=True)
def command(
    snapshot: Path,
    user: str,
    app: str,
    platform: str | None,
    client_type: str | None,
    location: str | None,
    device: str | None,
    sign_in_risk: str | None,
    user_risk: str | None,
    output: str,
) -> int:
    """Say what Conditional Access asks of somebody who opens an app: in every circumstance, or in those given."""
    evidence = open_snapshot(snapshot)
    rights = read_rights(evidence)
    policies = read_conditional_access(evidence)
    solver = Solver(policies, rights, People(rights))
    somebody = principal_named(rights.principals, user, policies.sign_in_names)
    if somebody.kind == "Group":
        raise UsageError(f"{somebody.name} is a group", "Name a person: what is asked of each member may differ.")
    question = Question(
        apps=app_ids(solver, app),
        where=place(policies, location),
        given=given_words(platform, client_type, device, sign_in_risk, user_risk),
    )
    found = answer(solver, somebody.id, question)
    if found is None:
        raise UsageError(
            "there is no sign-in with these circumstances together",
            "A legacy client has no device state, for example, and Exchange ActiveSync opens Exchange Online only.",
        )
    if output == "json":
        say(json.dumps(_as_json(found, somebody, question), indent=2, ensure_ascii=False))
    else:
        _show(found, somebody, question)
    return 0


def _line(text: str) -> str:
    """Safe text that stays on its line: a name must not look like a row of its own."""
    return safe(text).replace("\n", "\\n")


def _show(found: Answer, somebody: Principal, question: Question) -> None:
    who = somebody.name or somebody.id
    say(f"{click.style(_line(who), bold=True)} opens {click.style(_line(app_words(question)), bold=True)}\n")
    for one in found.controls:
        _show_control(one)
    shown = [one for one in found.policies if one.applies != NO]
    say(f"\n{click.style('Policies that apply', bold=True)}{'' if shown else '  none'}")
    for one in shown:
        _show_policy(one)
    others = [one for one in found.policies if one.applies == NO]
    if others:
        say(f"\n{click.style('Policies that do not', bold=True)}")
    for one in others:
        _show_policy(one)
    if found.incomplete:
        say(f"\n  not read: {_line(found.incomplete)}: there may be other policies")


def _show_control(one: ControlAnswer) -> None:
    verdict = click.style(f"{one.verdict:<13}", fg=_COLOURS.get(one.verdict, "yellow"))
    say(f"  {verdict} {_line(_CONTROL_WORDS.get(one.control, one.control))}")
    for way in one.ways_round:
        says = way.says if one.verdict == "not-enforced" else f"not asked for {way.says}"
        say(f"                {_line(says)}")


def _show_policy(one: PolicyAnswer) -> None:
    name = one.policy.name or one.policy.id
    asks = ", ".join(_asks(one))
    perhaps = "perhaps: " if one.applies == MAYBE else ""
    say(f"  {_line(name)}" + (f"  [{_line(asks)}]" if asks else ""))
    say(f"      {perhaps}{_line(one.why)}")


def _asks(one: PolicyAnswer) -> tuple[str, ...]:
    grant = one.policy.grant
    controls = [*grant.controls] if grant else []
    if grant and grant.strength:
        controls.append(grant.strength.name)
    joined = f" {grant.operator or 'and'} ".join(controls) if grant else ""
    session = tuple(f"session: {name}" for name in one.policy.session)
    return (joined, *session) if joined else session


def _as_json(found: Answer, somebody: Principal, question: Question) -> dict[str, object]:
    return {
        "schema": SCHEMA,
        "user": {"id": somebody.id, "type": somebody.kind, "name": somebody.name},
        "app": {"ids": list(question.apps), "name": app_words(question)},
        "verdict": found.verdict,
        "controls": list(found.enforced),
        "by_control": [{"control": one.control, "verdict": one.verdict} for one in found.controls],
        "policies": [
            {
                "id": one.policy.id,
                "name": one.policy.name,
                "applies": "unknown" if one.applies == MAYBE else one.applies != NO,
                "why": one.why,
                "asks": list(_asks(one)),
            }
            for one in found.policies
        ],
        "bypass": [
            {"control": way.control, "when": {name: list(words) for name, words in way.when}, "says": way.says}
            for way in found.ways_round
        ],
        "blind_spots": [found.incomplete] if found.incomplete else [],
    }
