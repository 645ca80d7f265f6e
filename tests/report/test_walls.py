import pytest

from report import samples
from report.sample_rules import RULES
from vmaudit.assess.assessment import MachineResult
from vmaudit.assess.rule import Layer
from vmaudit.report.layouts import tall, wide
from vmaudit.report.lines import LineState, assessed_layers, line_states
from vmaudit.report.walls import Line, Meeting, Picture, picture
from vmaudit.report.ways import way_in

RESULTS = {result.machine.name: result for result in samples.sample_results()}
RULES_BY_ID = {rule.id: rule for rule in RULES}


def picture_of(result: MachineResult) -> Picture:
    states = line_states(result.layers, assessed_layers(RULES))
    return picture(result, states, [way_in(path) for path in result.exposure.paths], RULES_BY_ID)


def packets(name: str) -> list[Line]:
    return [line for line in picture_of(RESULTS[name]).lines if line.kind == "packets"]


def test_every_picture_has_the_eight_walls_outermost_first() -> None:
    assert [wall.layer for wall in picture_of(RESULTS["vm-app-01"]).walls] == list(Layer)


def test_a_wall_without_rules_is_not_assessed_and_does_not_hold() -> None:
    walls = {wall.layer: wall for wall in picture_of(RESULTS["vm-app-01"]).walls}

    assert walls[Layer.NETWORK].state is LineState.HOLDS
    assert walls[Layer.ROLES].state is LineState.NOT_ASSESSED
    assert walls[Layer.ROLES].word == "not assessed"


def test_an_open_door_goes_through_the_network_and_names_the_rule_that_is_the_gap() -> None:
    line = packets("vm-web-01")[0]

    assert (line.tone, line.label, line.ports, line.stops_at) == ("open", "Internet", "3389", None)
    assert line.meets[Layer.NETWORK] is Meeting.THROUGH
    assert picture_of(RESULTS["vm-web-01"]).walls[0].gap == "allow-rdp-any (300)"


def test_a_way_in_walks_around_a_bastion_that_stands_and_through_a_broken_line() -> None:
    line = packets("vm-web-01")[0]

    assert line.meets[Layer.BASTION] is Meeting.AROUND
    assert line.meets[Layer.JUST_IN_TIME] is Meeting.THROUGH


def test_nothing_public_gets_in_where_no_rule_admits_it() -> None:
    (line,) = packets("vm-app-01")

    assert (line.stops_at, line.why, line.tone) == (Layer.NETWORK, "no rule admits it", "stopped")


def test_an_open_rule_without_a_public_address_stops_for_want_of_an_entry() -> None:
    (line,) = packets("vm-sql-01")

    assert (line.stops_at, line.why) == (Layer.NETWORK, "no public entry")


def test_blind_spots_never_look_like_a_wall_that_stops_packets() -> None:
    blind = samples.result("vm-blind", blind_spots=("load balancers were not collected",))

    line = picture_of(blind).lines[0]

    assert (line.tone, line.why) == ("unread", "cannot be ruled out")


def test_a_possible_way_in_arrives_and_is_told_as_perhaps() -> None:
    (line,) = packets("vm-data-unread")

    assert (line.tone, line.label, line.stops_at) == ("possible", "Internet, perhaps", None)


def test_a_stopped_machine_is_open_later() -> None:
    assert packets("vm-batch-night")[0].detail == "once it is started"


def test_ways_from_inside_start_behind_the_network_wall_and_are_one_line() -> None:
    public, inside = packets("vm-legacy-jump")

    assert public.tone == "open"
    assert inside.tone == "inside"
    assert inside.detail == "subnet +1"
    assert inside.meets[Layer.NETWORK] is Meeting.ELSEWHERE


def test_people_stop_at_roles_because_nobody_asked_yet() -> None:
    people = picture_of(RESULTS["vm-web-01"]).lines[-1]

    assert (people.kind, people.stops_at, people.why, people.tone) == (
        "people",
        Layer.ROLES,
        "not assessed yet",
        "unread",
    )


def test_the_reason_why_a_line_stops_has_at_most_four_words() -> None:
    whys = {line.why for result in RESULTS.values() for line in picture_of(result).lines}

    assert all(len(why.split()) <= 4 for why in whys)


def test_the_description_tells_the_picture_in_words() -> None:
    description = picture_of(RESULTS["vm-web-01"]).description

    assert "Internet, any address: reaches 3389." in description
    assert "People, who may act on it: stops at Roles, not assessed yet." in description
    assert "Bastion: holds." in description


@pytest.mark.parametrize("name", RESULTS)
def test_nothing_is_drawn_outside_of_the_picture(name: str) -> None:
    for drawing in (wide(picture_of(RESULTS[name])), tall(picture_of(RESULTS[name]))):
        for part in drawing.parts:
            for label in part.labels:
                assert -1 <= label.x <= drawing.width
                assert 0 <= label.y <= drawing.height
            for stroke in part.strokes:
                numbers = stroke.d.replace("M", " ").replace("L", " ").replace("Q", " ").replace("Z", " ").split()
                assert max(map(float, numbers[::2])) <= drawing.width
                assert max(map(float, numbers[1::2])) <= drawing.height


@pytest.mark.parametrize("name", RESULTS)
def test_every_state_has_a_shape_of_its_own(name: str) -> None:
    drawn = picture_of(RESULTS[name])
    parts = {part.hint: part for part in wide(drawn).parts if part.hint}
    shapes = {
        LineState.HOLDS: {"wall-holds"},
        LineState.BROKEN: {"wall-broken"},
        LineState.UNKNOWN: {"wall-unread", "wall-hatch"},
        LineState.NOT_APPLICABLE: {"wall-none"},
        LineState.NOT_ASSESSED: {"wall-none"},
    }

    for wall in drawn.walls:
        assert {stroke.css for stroke in parts[wall.says].strokes} == shapes[wall.state]


def test_a_broken_wall_always_shows_a_gap() -> None:
    drawn = picture_of(RESULTS["vm-sql-01"])
    network = next(part for part in wide(drawn).parts if part.hint == drawn.walls[0].says)

    assert len(network.strokes) == 2
