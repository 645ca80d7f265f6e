from collections.abc import Mapping
from itertools import product

import pytest

from assess.judged import audited, said, spine_rules
from builders import allow, estate, nic, nsg, public_ip, vm
from vmaudit.assess.assessment import Grade, LayerState, Letter, Status
from vmaudit.assess.grade import MEANINGS, badness, grade, layer_states, lowest
from vmaudit.assess.rule import Layer

A, B, C, D, F = Letter
CAPS: Mapping[str, Letter] = {"NET-001": F, "NET-004": C, "BAS-001": B, "BAS-002": A}
LAYERS = {"NET-001": Layer.NETWORK, "NET-004": Layer.NETWORK, "BAS-001": Layer.BASTION, "BAS-002": Layer.BASTION}
PASS, FAIL, UNKNOWN, EXEMPT, NOT_REACHED = Status


def test_every_letter_has_its_sentence() -> None:
    assert list(MEANINGS) == list(Letter)
    assert MEANINGS[F] == "somebody on the internet can try to log in"


def test_the_grade_is_the_lowest_cap_among_what_fails() -> None:
    verdicts = [said("NET-004", FAIL), said("BAS-001", FAIL), said("NET-001", PASS)]

    assert grade(verdicts, CAPS) == Grade(worst=C, best=C, decided_by=("NET-004",))


def test_without_a_failure_it_is_an_a_and_nothing_decided_it() -> None:
    assert grade([said("NET-001", PASS), said("BAS-002", FAIL)], CAPS) == Grade(worst=A, best=A, decided_by=())


def test_an_unknown_rule_counts_as_failed_for_the_worst_and_as_passed_for_the_best() -> None:
    verdicts = [said("NET-001", UNKNOWN), said("BAS-001", FAIL)]

    assert grade(verdicts, CAPS) == Grade(worst=F, best=B, decided_by=("NET-001",))


def test_what_was_not_reached_or_does_not_apply_caps_nothing() -> None:
    verdicts = [said("NET-001", EXEMPT), said("NET-004", NOT_REACHED)]

    assert grade(verdicts, CAPS).worst is A


def test_letters_get_worse_from_a_to_f() -> None:
    assert [badness(letter) for letter in Letter] == [0, 1, 2, 3, 4]
    assert lowest([]) is A


@pytest.mark.parametrize(
    ("network", "state"),
    [
        ((PASS, PASS), LayerState.HOLDS),
        ((PASS, FAIL), LayerState.BROKEN),
        ((UNKNOWN, FAIL), LayerState.BROKEN),
        ((PASS, NOT_REACHED), LayerState.BROKEN),
        ((PASS, UNKNOWN), LayerState.UNKNOWN),
        ((EXEMPT, UNKNOWN), LayerState.UNKNOWN),
        ((EXEMPT, EXEMPT), LayerState.NOT_APPLICABLE),
        ((EXEMPT, PASS), LayerState.HOLDS),
    ],
)
def test_a_line_of_defence_is_broken_by_any_failure(network: tuple[Status, Status], state: LayerState) -> None:
    verdicts = [said("NET-001", network[0]), said("NET-004", network[1])]

    assert layer_states(verdicts, LAYERS) == (("network", state),)


def test_layers_stand_outermost_first_and_those_without_rules_are_left_out() -> None:
    states = layer_states([said("BAS-001", PASS), said("NET-001", PASS)], LAYERS)

    assert [layer for layer, _ in states] == ["network", "bastion"]


@pytest.mark.parametrize(("first", "second"), list(product(Status, repeat=2)))
def test_failing_one_rule_more_never_raises_a_grade(first: Status, second: Status) -> None:
    before = grade([said("NET-004", first), said("BAS-001", second)], CAPS)
    after = grade([said("NET-004", first), said("BAS-001", FAIL)], CAPS)

    if second is PASS:
        assert badness(after.worst) >= badness(before.worst)


def test_the_fleet_is_a_distribution_a_median_and_a_worst() -> None:
    exposed = vm(nic(public_ip(), nsg(allow(22), name="nsg-open"), name="nic-open"), name="open")
    quiet = [vm(nic(nsg(name=f"nsg-{n}"), name=f"nic-{n}"), name=f"quiet-{n}") for n in range(3)]

    fleet = audited(estate(exposed, *quiet), [rule for rule in spine_rules() if rule.id.startswith("NET")]).fleet

    assert (fleet.machines, fleet.worst, fleet.median) == (4, F, A)
    assert fleet.distribution == ((A, 3), (B, 0), (C, 0), (D, 0), (F, 1))
    assert (fleet.internet_reachable, fleet.uncertain) == (1, 0)


def test_of_two_middle_machines_the_worse_is_the_median() -> None:
    exposed = vm(nic(public_ip(), nsg(allow(22), name="nsg-open"), name="nic-open"), name="open")
    quiet = vm(nic(nsg(name="nsg-quiet"), name="nic-quiet"), name="quiet")

    rules = [rule for rule in spine_rules() if rule.id == "NET-001"]

    assert audited(estate(exposed, quiet), rules).fleet.median is F
