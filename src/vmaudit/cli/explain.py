"""`vmaudit explain`: why a door is open or closed, hop by hop."""

import json
from pathlib import Path

import click

from vmaudit.addresses import prefix_texts
from vmaudit.cli.explain_json import as_json, az, what_if_json
from vmaudit.cli.machines import named
from vmaudit.cli.service_tags import service_tags_option, tags_for
from vmaudit.cli.terminal import safe, say, styled
from vmaudit.estate.reading import read_estate
from vmaudit.estate.resources import Protocol
from vmaudit.exposure.explain import Explanation, explain
from vmaudit.exposure.paths import Certainty, Hop, Reach
from vmaudit.exposure.paths import Path as Way
from vmaudit.exposure.reach import expose
from vmaudit.exposure.service_tags import other_times
from vmaudit.exposure.what_if import WhatIf, what_closes, what_opens
from vmaudit.report.ways import who
from vmaudit.snapshot.reading import open_snapshot

_WHO = {
    Reach.INTERNET: "anyone on the internet",
    Reach.PARTIAL: "some public addresses",
    Reach.PRIVATE: "the inside",
}
_COLOURS = {"open": "red", "possibly open": "yellow", "closed": "green"}


@click.command("explain")
@click.argument("snapshot", type=click.Path(path_type=Path))
@click.argument("vm")
@click.option("--port", type=click.IntRange(0, 65535), default=None, help="The port.  [default: 22, on Windows 3389]")
@click.option("--protocol", type=click.Choice(["TCP", "UDP"], case_sensitive=False), default="TCP", show_default=True)
@click.option("-g", "--resource-group", help="Where the machine is, if its name is not unique.")
@click.option("--what-closes", "closing", is_flag=True, help="Name the one change that would close an open port.")
@click.option("--what-would-open", "opening", is_flag=True, help="Name the one change that would open a closed port.")
@service_tags_option
@click.option("--output", type=click.Choice(["text", "json"]), default="text", show_default=True)
def command(
    snapshot: Path,
    vm: str,
    port: int | None,
    protocol: str,
    resource_group: str | None,
    tags_path: Path | None,
    output: str,
    *,
    closing: bool,
    opening: bool,
) -> int:
    """Say hop by hop why a port of VM (name or id) is open or closed to the internet.

    Who on the inside gets there is listed as well.
    """
    estate = read_estate(open_snapshot(snapshot), service_tags=tags_for(tags_path))
    machine = named(estate.machines, vm, "virtual machine", resource_group)
    asked = port if port is not None else (3389 if machine.operating_system == "Windows" else 22)
    exposure = expose(estate)[machine.key]
    explanation = explain(estate, exposure, machine, Protocol[protocol.upper()], asked)
    closes = what_closes(estate, explanation) if closing else None
    opens = what_opens(estate, explanation) if opening else None
    if output == "json":
        document = as_json(explanation) | {"assumptions": list(exposure.assumptions)}
        document |= {"what_closes": what_if_json(closes)} if closes else {}
        document |= {"what_would_open": what_if_json(opens)} if opens else {}
        say(json.dumps(document, indent=2, ensure_ascii=False))
        return 0
    _show(explanation)
    _show_inside(explanation.inside)
    for assumption in other_times(estate):
        say(f"\n  assumes: {safe(assumption)}")
    for wish, answer in (("closes", closes), ("opens", opens)):
        if answer:
            _show_what_if(answer, wish)
    return 0


def _show(explanation: Explanation) -> None:
    verdict = explanation.verdict
    door = f"{explanation.protocol.value} {explanation.port}"
    headline = styled(f"{verdict} from the internet", bold=True, fg=_COLOURS[verdict])
    say(f"{safe(explanation.machine.name)}  {door}  {headline}")
    for path in explanation.open:
        say()
        _show_path(path)
    for reason in explanation.blind_spots:
        say(f"\n  not read: {safe(reason)}")
    if explanation.closed:
        say("\n  What keeps others out:" if explanation.open else "\n  Why:")
    for closed in explanation.closed:
        where = f"{closed.network_interface.rpartition('/')[2]}/{closed.ip_configuration}"
        say(f"   {safe(where)}")
        for hop in closed.hops:
            _show_hop(hop)


def _show_inside(ways: tuple[Way, ...]) -> None:
    """Who on the inside gets to the door: the verdict is about the internet."""
    say("\n  From the inside:" if ways else "\n  From the inside: nobody gets there.")
    for way in ways:
        sure = "" if way.certainty is Certainty.PROVEN else ", perhaps"
        say(f"   {safe(who(way))}{sure}: {_listed(prefix_texts(way.sources))}")
        for hop in way.hops[:-1]:  # the last one is the machine
            _show_hop(hop)
        for reason in way.blind_spots:
            say(f"   {'not read':<8} {safe(reason)}")


def _show_path(path: Way) -> None:
    proven = path.certainty is Certainty.PROVEN
    verb = "Open to" if proven else "Not ruled out for"
    say(f"  {verb} {_WHO[path.reach]}: {_listed(prefix_texts(path.sources))}")
    for hop in path.hops:
        _show_hop(hop)
    packet = path.witness
    aim = f"{packet.destination}:{packet.destination_port}"
    inner = f" ({packet.private_address}:{packet.private_port})" if packet.private_address != packet.destination else ""
    say(f"   {'witness':<8} {packet.protocol.value} {packet.source}:{packet.source_port} → {aim}{inner}")
    for assumption in path.assumptions:
        say(f"   {'assumes':<8} {safe(assumption)}")


def _show_hop(hop: Hop) -> None:
    colour = {"Allow": "red", "Deny": "green", "Unknown": "yellow"}.get(hop.decision)
    label = styled(f"{hop.decision:<8}", fg=colour) if colour else f"{hop.decision:<8}"
    say(f"   {label} {safe(hop.says)}  [{hop.code.value}]")


def _listed(texts: tuple[str, ...], at_most: int = 4) -> str:
    shown = ", ".join(texts[:at_most])
    return f"{shown} and {len(texts) - at_most} more" if len(texts) > at_most else shown


def _show_what_if(answer: WhatIf, wish: str) -> None:
    """The one change, its commands and the verdict after it; or why there is none."""
    say()
    if answer.change is not None:
        say(f"  What {'closes' if wish == 'closes' else 'would open'} it: {safe(answer.change.says)}")
        for command in map(az, answer.change.steps):
            say(f"   {safe(command)}")
        say(f"   after that: {answer.after} from the internet")
    elif answer.after == {"closes": "closed", "opens": "open"}[wish]:
        say(f"  It is {answer.after} already.")
    else:
        say(f"  No single change {wish} it for sure.{_nearest(answer)}")


def _nearest(answer: WhatIf) -> str:
    ways = "1 way remains" if answer.remaining == 1 else f"{answer.remaining} ways remain"
    if answer.nearest is not None:
        return f" The best one: {safe(answer.nearest.says)}; {ways}."
    return f" {ways}." if answer.remaining else ""
