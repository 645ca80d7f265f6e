"""What vmaudit answers to the questions of a story, by the road that every audit takes: import, read, expose."""

import json
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from conformance.stories import Question, Story
from vmaudit.addresses import address_number, overlaps, single
from vmaudit.estate.estate import Estate
from vmaudit.estate.reading import read_estate
from vmaudit.estate.resources import Key, Protocol
from vmaudit.exposure.explain import explain
from vmaudit.exposure.inside import inside_paths
from vmaudit.exposure.paths import Certainty, Hop, MachineExposure, OriginKind, Reach
from vmaudit.exposure.paths import Path as WayIn
from vmaudit.exposure.reach import expose
from vmaudit.importing.completeness import EVERYTHING, NOTHING_ASSERTED, Completeness, complete_for
from vmaudit.importing.importing import import_files
from vmaudit.known import Unknown
from vmaudit.snapshot.reading import open_snapshot
from vmaudit.snapshot.tables import BY_TYPE

_WIDEST_FIRST: Final = (Reach.INTERNET, Reach.PARTIAL, Reach.PRIVATE)


@dataclass(frozen=True)
class Verdict:
    """An answer in the words of the stories, and the ways in that it rests on."""

    answer: str
    reach: str | None
    live: bool | str | None
    ways: tuple[WayIn, ...]
    blind_spots: tuple[str, ...]


@cache
def audited(told: Story) -> tuple[Estate, Mapping[Key, MachineExposure]]:
    """The story's estate, and every way into its machines."""
    with tempfile.TemporaryDirectory() as folder:
        export, snapshot = Path(folder) / "resources.json", Path(folder) / "snapshot"
        export.write_text(json.dumps(told.resources), encoding="utf-8")
        import_files([export], snapshot, taken_at="2026-01-01T00:00:00Z", complete_for=_asserted(told))
        estate = read_estate(open_snapshot(snapshot))
    return estate, expose(estate)


def _asserted(told: Story) -> Completeness:
    if not told.complete:
        return NOTHING_ASSERTED
    if not told.all_but:
        return EVERYTHING
    kept = [kind for kind in told.all_but if kind.lower() in BY_TYPE]
    return Completeness(EVERYTHING.tables - complete_for(kept).tables)


def verdict(told: Story, asked: Question) -> Verdict:
    """What vmaudit answers. Open is proven, closed is ruled out, and whatever lies between is unknown."""
    exposure = _exposure(told, asked)
    known = (*exposure.paths, *inside_paths(exposure))
    ways = tuple(way for way in known if _is_about(way, asked))
    proven = tuple(way for way in ways if way.certainty is Certainty.PROVEN)
    if proven:
        reach = min((way.reach for way in proven), key=_WIDEST_FIRST.index).value
        return Verdict("open", reach, _live(proven), proven, ())
    doubtful = bool(ways or exposure.blind_spots)
    return Verdict("unknown" if doubtful else "closed", None, None, ways, exposure.blind_spots)


def _exposure(told: Story, asked: Question) -> MachineExposure:
    estate, exposures = audited(told)
    return next(found for key, found in exposures.items() if estate.machines[key].name.lower() == asked.vm.lower())


def _is_about(way: WayIn, asked: Question) -> bool:
    """Whether a way starts where the question asks, and leads to the door it asks about."""
    if way.origin.kind.value != asked.from_ or way.protocol.value != asked.protocol:
        return False
    if asked.origin is not None and (way.origin.id or "").lower().rpartition("/")[2] != asked.origin.lower():
        return False
    if asked.source is not None and not overlaps(way.sources, single(address_number(asked.source))):
        return False
    return overlaps(way.ports, single(asked.port))


def _live(ways: tuple[WayIn, ...]) -> bool | str:
    if any(way.live is True for way in ways):
        return True
    return "unknown" if any(isinstance(way.live, Unknown) for way in ways) else False


def differences(told: Story, asked: Question) -> list[str]:
    """Where vmaudit and the story do not say the same, each as a clause."""
    found = verdict(told, asked)
    if found.answer != asked.answer:
        because = [f"{way.origin.kind.value}: " + " > ".join(hop.says for hop in way.hops) for way in found.ways]
        because += [f"possibly: {reason}" for way in found.ways for reason in way.blind_spots]
        return ["\n      ".join([f"is {asked.answer}, vmaudit says {found.answer}", *because, *found.blind_spots])]
    differ = [
        f"{name} is {told_}, vmaudit says {got}"
        for name, told_, got in (("reach", asked.reach, found.reach), ("live", asked.live, found.live))
        if told_ is not None and told_ != got
    ]
    if asked.frontend_port is not None and not _shows(found, asked.frontend_port):
        differ.append(f"frontend port {asked.frontend_port} is not shown")
    if asked.decided_by is not None and not _decides(told, asked, found):
        differ.append(f"{asked.decided_by} decides and is not among the hops")
    return differ


def _shows(found: Verdict, port: int) -> bool:
    frontends = (way.frontend for way in found.ways)
    return any(frontend is not None and overlaps(frontend.ports, single(port)) for frontend in frontends)


def _decides(told: Story, asked: Question, found: Verdict) -> bool:
    """Whether the rule that decides is named. Closed doors are explained for the internet only."""
    hops = [hop for way in found.ways for hop in way.hops]
    if asked.answer == "closed":
        if asked.from_ != OriginKind.INTERNET.value:
            return True
        estate = audited(told)[0]
        exposure = _exposure(told, asked)
        machine = exposure.machine
        reasons = explain(estate, exposure, machine, Protocol(asked.protocol), asked.port).closed
        hops = [hop for reason in reasons for hop in reason.hops]
    return any(_is_the_rule(hop, asked.decided_by or "") for hop in hops)


def _is_the_rule(hop: Hop, decided_by: str) -> bool:
    group, rule = decided_by.lower().split("/")
    named = {*hop.resource.lower().split("/"), *hop.rule.lower().split("/")}
    return {group, rule} <= named
