"""Whatever change is named: made on the model, it turns the verdict, and it is the change of one thing."""

from dataclasses import fields

from hypothesis import given

from evidence import estate_of
from properties.small_estates import Row, small_estates
from properties.small_world import law
from vmaudit.estate.estate import Estate
from vmaudit.estate.resources import Protocol
from vmaudit.exposure.changes import Change
from vmaudit.exposure.explain import Explanation, explain
from vmaudit.exposure.reach import expose
from vmaudit.exposure.what_if import what_closes, what_opens

DOORS = ((Protocol.TCP, 22), (Protocol.TCP, 3389), (Protocol.UDP, 443))


def explained(here: Estate, door: tuple[Protocol, int]) -> list[Explanation]:
    """What is said about one door of every machine, worked out from the start."""
    found = expose(here)
    return [explain(here, found[key], machine, *door) for key, machine in here.machines.items()]


def verdict_with(change: Change, about: Explanation) -> str:
    (found,) = [
        again
        for again in explained(change.estate, (about.protocol, about.port))
        if again.machine.key == about.machine.key
    ]
    return found.verdict


def touched(before: Estate, after: Estate) -> list[str]:
    """The tables in which anything differs."""
    return [field.name for field in fields(Estate) if getattr(before, field.name) is not getattr(after, field.name)]


@law(60)
@given(small_estates(far=True))
def test_what_closes_a_door_closes_it_on_the_model(rows: list[Row]) -> None:
    here = estate_of(rows)
    for door in DOORS:
        for about in explained(here, door):
            answer = what_closes(here, about)

            assert answer.before == about.verdict
            assert (answer.after == answer.before) == (answer.change is None)
            if answer.change is not None:
                assert verdict_with(answer.change, about) == answer.after != "open"
                assert len(touched(here, answer.change.estate)) == 1
            elif about.verdict == "open":
                assert answer.remaining > 0


@law(60)
@given(small_estates(far=True))
def test_what_opens_a_door_opens_it_on_the_model(rows: list[Row]) -> None:
    here = estate_of(rows)
    for door in DOORS:
        for about in explained(here, door):
            answer = what_opens(here, about)

            assert answer.before == about.verdict
            if answer.change is not None:
                assert about.verdict != "open"
                assert verdict_with(answer.change, about) == answer.after == "open"
                new_and_attached = {"network_interfaces", "public_ips", "security_groups"}
                assert (
                    len(touched(here, answer.change.estate)) == 1
                    or set(touched(here, answer.change.estate)) < new_and_attached
                )
            assert bool(answer.stops) == (about.verdict != "open" and bool(about.closed))


@law(30)
@given(small_estates())
def test_a_door_with_one_way_in_through_rules_can_always_be_closed(rows: list[Row]) -> None:
    """With nothing hidden, detaching the public address is left where all else fails."""
    here = estate_of(rows)
    for door in DOORS:
        for about in explained(here, door):
            places = {(path.network_interface, path.ip_configuration) for path in about.open}
            if len(places) == 1:
                assert what_closes(here, about).after == "closed"
