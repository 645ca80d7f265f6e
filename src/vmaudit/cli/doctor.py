"""`vmaudit doctor`: what the signed-in identity may read, which rules want for more, and what to grant."""

import json
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from vmaudit.assess.configuration import rules_in_force
from vmaudit.assess.coverage import rules_leaning
from vmaudit.assess.rule import Rule
from vmaudit.assess.rule_fields import did_you_mean
from vmaudit.cli.collect import INCOMPLETE, Wish, connections_for, wish_of
from vmaudit.cli.collect import command as collect_command
from vmaudit.cli.options import config_option
from vmaudit.cli.terminal import progress, safe, say, styled
from vmaudit.collect.catalogue import leaning_on
from vmaudit.collect.clouds import cloud_named
from vmaudit.collect.granting import Grant, az_commands, bicep, least_grant
from vmaudit.errors import UsageError
from vmaudit.shipped import rules_folder
from vmaudit.snapshot.tables import BY_NAME

if TYPE_CHECKING:
    from vmaudit.collect.probing import Probed

SCHEMA: Final = "vmaudit.doctor/1"

_SHARED: Final = frozenset(
    {
        "tenant",
        "subscriptions",
        "management_groups",
        "cloud",
        "workspaces",
        "only",
        "skip",
        "credential",
        "debug",
        "quiet",
    }
)
"""Options that mean the same as those of `collect`."""

_HEADINGS: Final = (
    ("denied", "Refused", "red"),
    ("unknown", "Not known", "yellow"),
    ("allowed", "May be read", "green"),
)


_HARMLESS: Final = frozenset({"NotSeen", "NotAsked"})
"""Codes of questions that were neither refused nor failed."""


@click.command("doctor", params=[option for option in collect_command.params if option.name in _SHARED])
@click.option("--rules", "rule_ids", multiple=True, metavar="ID,...", help="Only what these rules need.")
@click.option("--offline", is_flag=True, help="Ask nothing; print what has to be granted.")
@click.option("--grant", "how", type=click.Choice(("az", "bicep")), default="az", show_default=True, help="Grant by.")
@click.option("--output", type=click.Choice(("text", "json")), default="text", show_default=True)
@config_option
def command(
    rule_ids: tuple[str, ...], how: str, output: str, config_path: Path | None, *, offline: bool, **options: Any
) -> int:
    """Say what the signed-in identity may read, before a long collection, and what to grant where it is refused.

    One small question is asked for each table. Nothing in Azure is changed.
    """
    needed = rules_leaning(_chosen(rules_in_force(rules_folder(), config_path), rule_ids))
    options["only"] = options["only"] or (tuple(needed) if rule_ids else ())
    wish = wish_of(**options, resource_groups=(), since="1h", resume=False, force=False)
    tables = wish.selection.tables
    probed, root = ((), wish.selection.tenant or "ROOT") if offline else _probed(wish)
    grant = least_grant(tables, wish.selection, root)
    leaning = {table: leaning_on(table, needed) for table in tables}
    if output == "json":
        say(json.dumps(_as_json(probed, leaning, grant, wish), indent=2, ensure_ascii=False))
    else:
        _show(probed, leaning, quiet=wish.quiet)
        _show_grant(grant, how, wish)
    return INCOMPLETE if any(leaning[one.table] and _is_missing(one) for one in probed) else 0


def _chosen(rules: Sequence[Rule], given: Iterable[str]) -> list[Rule]:
    """The rules of these ids; all of them where none is given. Raises UsageError."""
    wanted = {part.strip().upper() for text in given for part in text.split(",") if part.strip()}
    ids = [rule.id for rule in rules]
    for name in sorted(wanted.difference(ids)):
        raise UsageError(f"there is no rule {name!r}{did_you_mean(name, ids)}", "`vmaudit rules` lists them.")
    return [rule for rule in rules if not wanted or rule.id in wanted]


def _probed(wish: Wish) -> "tuple[tuple[Probed, ...], str]":
    """What came of a small question for each table, and the root management group. Raises EvidenceError."""
    from vmaudit.collect.pace import StoppableClock  # noqa: PLC0415 - Azure's clients take a second to load
    from vmaudit.collect.population import find_population  # noqa: PLC0415 - likewise
    from vmaudit.collect.probing import probe  # noqa: PLC0415 - likewise

    clock = StoppableClock()
    stage = progress(quiet=wish.quiet)
    stage("finding the subscriptions")
    try:
        with connections_for(wish, clock) as connections:
            population = find_population(connections.manager, connections.graph, wish.selection)
            found = probe(
                connections,
                population,
                wish.selection,
                clock=clock,
                on_progress=lambda table: stage(f"asking for {table}"),
            )
    finally:
        stage("")
    return found, next(iter(population.tenants), "ROOT")


def _is_missing(probed: "Probed") -> bool:
    return probed.readable.value == "denied" or (probed.readable.value == "unknown" and probed.code not in _HARMLESS)


def _show(probed: "Sequence[Probed]", leaning: Mapping[str, tuple[str, ...]], *, quiet: bool) -> None:
    """What was refused, with the rules that are unknown without it, then what nobody can tell, then the rest."""
    for status, heading, colour in _HEADINGS:
        found = [one for one in probed if one.readable.value == status]
        if not found or (quiet and status == "allowed"):
            continue
        say(styled(f"{heading} ({len(found)} of {len(probed)} tables)", fg=colour, bold=True))
        if status == "allowed":
            say(textwrap.fill(", ".join(one.table for one in found), 110, initial_indent="  ", subsequent_indent="  "))
        for one in found if status != "allowed" else ():
            need = f" Needs {one.permission}." if one.permission else ""
            say(f"  {one.table}: {one.code}. {safe(one.says)}{need}")
            rules = ", ".join(leaning[one.table])
            if rules:
                say(textwrap.fill(f"Unknown without it: {rules}", 110, initial_indent="    ", subsequent_indent="    "))
        say()


def _show_grant(grant: Grant, how: str, wish: Wish) -> None:
    say(styled("The least that has to be granted", bold=True))
    say()
    if how == "bicep":
        say(bicep(grant))
    else:
        say("vmaudit-reader.json:")
        say(json.dumps(grant.role, indent=2))
        say()
    if grant.graph:
        say(f"Application permissions of Microsoft Graph: {', '.join(grant.graph)}")
        say()
    if grant.directory_roles:
        say(f"Roles of Microsoft Entra ID: {', '.join(grant.directory_roles)}")
        say()
    if how == "az":
        say(az_commands(grant, cloud_named(wish.cloud).graph))


def _as_json(
    probed: "Sequence[Probed]", leaning: Mapping[str, tuple[str, ...]], grant: Grant, wish: Wish
) -> dict[str, object]:
    """The same for programs. `rules` are those that are unknown without the table."""
    found = {one.table: one for one in probed}
    missing = {rule for one in probed if _is_missing(one) for rule in leaning[one.table]}
    return {
        "schema": SCHEMA,
        "tables": [
            {
                "table": table,
                "title": BY_NAME[table].title,
                "status": found[table].readable.value if table in found else "not_asked",
                "code": found[table].code if table in found else "",
                "says": found[table].says if table in found else "",
                "missing_permission": found[table].permission if table in found else "",
                "rules": list(rules),
            }
            for table, rules in leaning.items()
        ],
        "rules_unknown": sorted(missing),
        "grant": {
            "role": grant.role,
            "scopes": list(grant.scopes),
            "graph_permissions": list(grant.graph),
            "directory_roles": list(grant.directory_roles),
            "az": az_commands(grant, cloud_named(wish.cloud).graph),
            "bicep": bicep(grant),
        },
    }
