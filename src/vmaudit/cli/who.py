"""`vmaudit who`: who may act on a machine, how they hold it, and what they must do first."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path

import click

from vmaudit.access.access import Access, MachineAccess
from vmaudit.access.grants import Grant
from vmaudit.access.joining import Owner
from vmaudit.access.model import Distance, HeldDoors, distance
from vmaudit.access.separation import Conflict
from vmaudit.cli.machines import named
from vmaudit.cli.principals import principal_named
from vmaudit.cli.terminal import safe, say
from vmaudit.errors import UsageError
from vmaudit.estate.reading import read_estate
from vmaudit.estate.reading_rights import read_rights
from vmaudit.estate.rights import Principal
from vmaudit.report.json_access import activation_json
from vmaudit.report.role_words import conflict_words, model_words, steps
from vmaudit.snapshot.reading import open_snapshot

SCHEMA = "vmaudit.access/1"
_COLOURS = {"standing": "red", "unknown": "yellow", "eligible": "green"}


@click.command("who")
@click.argument("snapshot", type=click.Path(path_type=Path))
@click.argument("vm", required=False)
@click.option("--principal", help="Turn it round: what this person, group or identity (object id or name) may act on.")
@click.option("-g", "--resource-group", help="Where the machine is, if its name is not unique.")
@click.option("--output", type=click.Choice(["text", "json"]), default="text", show_default=True)
def command(snapshot: Path, vm: str | None, principal: str | None, resource_group: str | None, output: str) -> int:
    """Say who may act on VM (name or id), how they hold it, and what they must do first."""
    if (vm is None) == (principal is None):
        raise UsageError("name one machine, or somebody with --principal", "vmaudit who SNAPSHOT VM")
    evidence = open_snapshot(snapshot)
    estate = read_estate(evidence)
    access = Access(estate, read_rights(evidence))
    conflicts: tuple[Conflict, ...] = ()
    if vm is not None:
        machine = named(estate.machines, vm, "virtual machine", resource_group)
        found = [access.of(machine)]
        heading = machine.name
        apart = access.separation(machine)
        spots = tuple(dict.fromkeys((*found[0].blind_spots, *apart.more)))
        conflicts = apart.conflicts
    else:
        somebody = principal_named(access.known(), principal or "")
        found = list(access.of_principal(somebody.id))
        heading = _called(somebody)
        spots = tuple(dict.fromkeys((*access.blind_spots(), *(spot for one in found for spot in one.blind_spots))))
    if output == "json":
        say(json.dumps(_as_json(access, found, spots, conflicts), indent=2, ensure_ascii=False))
    else:
        _show(heading, found, spots, several=vm is None)
        for owner, group in dict.fromkeys(_owning(access, found)):
            say(f"\n  {_line(owner)} owns group {_line(group)} and may add himself")
        for conflict in conflicts:
            say(f"\n  {_line(conflict_words(conflict))}")
    return 0


def _owning(access: Access, found: Iterable[MachineAccess]) -> Iterator[tuple[str, str]]:
    """Owners of groups that hold roles, and these groups, as people call them."""
    for one in found:
        for owner in one.owners:
            held = " (once he activates that)" if owner.held == "eligible" else ""
            yield f"{_called(access.named(owner.who))}{held}", access.named(owner.group).name or owner.group


def _line(text: str) -> str:
    """Safe text that stays on its line: a name must not look like a row of its own."""
    return safe(text).replace("\n", "\\n")


def _bold(text: str) -> str:
    return click.style(_line(text), bold=True)


def _show(heading: str, found: Iterable[MachineAccess], spots: Iterable[str], *, several: bool) -> None:
    found = list(found)
    nobody = "nothing" if several else "nobody"
    say(_bold(heading) + ("" if any(one.grants or one.owners for one in found) else f"  {nobody} found"))
    for access in found:
        if several:
            say(f"\n  {_bold(access.machine.name)}  {_line(access.machine.id)}")
        far = _distances(access.grants)
        previous = None
        for grant, doors in _by_way(access.grants):
            if not several and grant.principal != previous:
                say(f"\n  {_bold(_called(grant.principal))}")
                previous = grant.principal
                if grant.principal.id in far:
                    say(f"    {model_words(far[grant.principal.id])}")
            _show_way(grant, doors)
    for spot in spots:
        say(f"\n  not read: {_line(spot)}")
    for assumption in dict.fromkeys(text for one in found for text in one.assumptions):
        say(f"\n  assumes: {_line(assumption)}")


def _distances(grants: Iterable[Grant]) -> dict[str, Distance]:
    """How far each person is from the access model."""
    held: dict[str, list[HeldDoors]] = {}
    for grant in grants:
        if grant.principal.kind == "User":
            held.setdefault(grant.principal.id, []).append(HeldDoors(grant.role, grant.held, (grant.door,)))
    return {who: distance(doors) for who, doors in held.items()}


def _by_way(grants: Iterable[Grant]) -> list[tuple[Grant, list[str]]]:
    """Grants that differ by their door only, together."""
    ways: dict[tuple[object, ...], tuple[Grant, list[str]]] = {}
    for grant in grants:
        key = (grant.principal.id, grant.held, grant.assignment, grant.via, grant.condition)
        ways.setdefault(key, (grant, []))[1].append(grant.door)
    return list(ways.values())


def _show_way(grant: Grant, doors: list[str]) -> None:
    colour = _COLOURS.get(grant.held)
    held = click.style(f"{grant.held:<10}", fg=colour)
    say(f"    {held} {', '.join(doors)}")
    through = f" through {' > '.join(grant.via)}" if grant.via else ""
    say(_line(f"               {grant.role} at {grant.scope}{through}"))
    if grant.condition == "conditional":
        say("               under a condition that may not let it pass")
    if grant.activation is not None:
        say(f"               first: {_line(steps(grant.activation))}")


def _called(principal: Principal) -> str:
    marks = ", ".join((principal.kind, *principal.marks))
    return f"{principal.name or principal.id} ({marks})" + (f"  {principal.id}" if principal.name else "")


def _as_json(
    known: Access, found: Iterable[MachineAccess], spots: Iterable[str], conflicts: Iterable[Conflict]
) -> dict[str, object]:
    found = list(found)
    marked: dict[str, Principal] = {}
    assumptions: dict[str, None] = {}
    for access in found:
        for grant in access.grants:
            if grant.principal.marks:
                marked[grant.principal.id] = grant.principal
        for text in access.assumptions:
            assumptions[text] = None
    return {
        "schema": SCHEMA,
        "grants": [_grant_json(access, grant) for access in found for grant in access.grants],
        "marked": [{"id": one.id, "marks": list(one.marks)} for one in sorted(marked.values(), key=lambda one: one.id)],
        "model": [
            {
                "vm": access.machine.id,
                "principal": who,
                "extra": list(far.extra),
                "wrong": [{"door": one.door, "held": one.held} for one in far.wrong],
                "missing": list(far.missing),
                "roles": list(far.roles),
            }
            for access in found
            for who, far in sorted(_distances(access.grants).items())
        ],
        "owners": [_owner_json(known, access, owner) for access in found for owner in access.owners],
        "conflicts": [
            {
                "principal": one.principal.id,
                "duty": one.other.duty.value,
                "certain": one.certain,
                "use": one.use.assignment,
                "other": one.other.assignment,
            }
            for one in conflicts
        ],
        "blind_spots": list(spots),
        "assumptions": list(assumptions),
    }


def _owner_json(known: Access, access: MachineAccess, owner: Owner) -> dict[str, object]:
    who = known.named(owner.who)
    return {
        "vm": access.machine.id,
        "group": owner.group,
        "principal": {"id": who.id, "type": who.kind, "name": who.name},
        "held": owner.held,
    }


def _grant_json(access: MachineAccess, grant: Grant) -> dict[str, object]:
    return {
        "vm": access.machine.id,
        "principal": {"id": grant.principal.id, "type": grant.principal.kind, "name": grant.principal.name},
        "door": grant.door,
        "held": grant.held,
        "role": grant.role,
        "scope": grant.scope,
        "assignment": grant.assignment,
        "via": list(grant.via),
        "condition": grant.condition,
        "activation": None if grant.activation is None else activation_json(grant.activation),
    }
