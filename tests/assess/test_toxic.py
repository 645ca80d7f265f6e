"""What a toxic combination does to a machine: its path in words, its grade, the causes, the gate."""

from dataclasses import replace

import pytest

from assess.judged import audited, result, shipped_combinations, shipped_rules
from builders import Built, allow, estate, ip_configuration, nic, nsg, public_ip, vm
from vmaudit.assess.assessment import Assessment, Letter, Status, Toxic
from vmaudit.assess.combination import Combination
from vmaudit.assess.gate import Profile, gate, gate_input
from vmaudit.assess.grade import grade
from vmaudit.estate.estate import Estate
from vmaudit.known import Read, Unknown

NOT_READ = Unknown("the disk is a specialised one")
BY_ID = {combination.id: combination for combination in shipped_combinations()}


def passwords(whole: Estate, *, accepted: Read[bool] = NOT_READ) -> Estate:
    """The same estate with its machines made for passwords, or for keys only, or nobody knows."""
    machines = {
        key: replace_struct(machine, password_sign_in=accepted, operating_system="Linux")
        for key, machine in whole.machines.items()
    }
    return replace(whole, machines=machines)


def replace_struct(struct: object, **values: object) -> object:
    from msgspec import structs

    return structs.replace(struct, **values)  # type: ignore[type-var]


def open_to_the_internet(*rules: Built) -> Estate:
    group = nsg(*(rules or (allow(22),)), name="nsg")
    return estate(vm(nic(group, ip_configuration(public_ip(sku="Standard"), at="10.0.0.4"))))


def judged(whole: Estate, *combinations: Combination) -> Assessment:
    return audited(whole, shipped_rules(), combinations=combinations or shipped_combinations())


def there(assessment: Assessment, combination: str) -> Toxic | None:
    return next((one for one in result(assessment).toxic if one.combination == combination), None)


def test_a_path_is_told_step_by_step() -> None:
    found = there(judged(passwords(open_to_the_internet(), accepted=True)), "TOX-02")

    assert found is not None
    assert found.certain
    assert [step.says for step in found.steps] == [
        "Anybody on the internet gets as far as SSH: TCP 22 now",
        "The machine runs Linux",
        "It was made to accept passwords, so every guess is tried",
    ]


def test_a_machine_with_keys_only_has_no_such_path() -> None:
    assert there(judged(passwords(open_to_the_internet(), accepted=False)), "TOX-02") is None


def test_a_step_that_was_not_read_makes_the_combination_possible_and_says_so() -> None:
    found = there(judged(passwords(open_to_the_internet())), "TOX-02")

    assert found is not None
    assert not found.certain
    assert [step.certain for step in found.steps] == [True, True, False]
    assert found.steps[2].says == "Not known: the disk is a specialised one"


def test_it_caps_the_grade_whatever_the_rules_say() -> None:
    toxic = Toxic("TOX-13", certain=True, steps=(), proof=())
    possible = Toxic("TOX-13", certain=False, steps=(), proof=())
    caps = {"TOX-13": Letter.C}

    certainly, perhaps = grade((), caps, [toxic]), grade((), caps, [possible])

    assert (certainly.worst, certainly.best, certainly.decided_by) == (Letter.C, Letter.C, ("TOX-13",))
    assert (perhaps.worst, perhaps.best, perhaps.decided_by) == (Letter.C, Letter.A, ("TOX-13",))


def test_mending_a_part_ends_it_for_the_causes() -> None:
    """Closing the port raises the grade although the combination capped it too."""
    found = judged(passwords(open_to_the_internet(), accepted=True))

    closing = next(cause for cause in found.causes if cause.rule == "NET-001")
    assert "TOX-02" in result(found).grade.decided_by
    assert closing.improves == 1
    assert closing.becomes is not Letter.F


def test_mending_something_else_leaves_it() -> None:
    hostile = replace(BY_ID["TOX-02"], parts=("BAS-001",))

    found = judged(passwords(open_to_the_internet(), accepted=True), hostile)

    assert next(cause for cause in found.causes if cause.rule == "NET-001").improves == 0


@pytest.mark.parametrize(("accepted", "code"), [(True, 1), (False, 0)])
def test_the_gate_fails_for_what_is_there(*, accepted: bool, code: int) -> None:
    """The only thing that guards this gate is the combination."""
    assessment = judged(passwords(open_to_the_internet(), accepted=accepted), BY_ID["TOX-02"])
    given = gate_input(assessment)

    outcome = gate(replace(given, gates={"TOX-02": given.gates["TOX-02"]}), Profile.DEFAULT)

    assert outcome.exit_code == code
    assert [finding.rules for finding in outcome.failed] == [("TOX-02",)] * code
    assert all("gets as far as SSH" in finding.says for finding in outcome.failed)


def test_a_possible_one_leaves_the_gate_undecided() -> None:
    given = gate_input(judged(passwords(open_to_the_internet()), BY_ID["TOX-02"]))

    outcome = gate(replace(given, gates={"TOX-02": given.gates["TOX-02"]}), Profile.DEFAULT)

    assert outcome.exit_code == 4


def test_the_rules_of_a_machine_stay_the_rules() -> None:
    found = judged(passwords(open_to_the_internet(), accepted=True))

    assert [verdict.rule for verdict in result(found).verdicts] == [rule.id for rule in shipped_rules()]
    assert all(verdict.status in Status for verdict in result(found).verdicts)


def test_the_coverage_names_the_combinations_that_lean_on_a_table() -> None:
    from assess.judged import manifest
    from vmaudit.snapshot.manifest import Outcome, OutcomeKind, TableEntry

    entry = TableEntry(
        name="virtual_machines",
        file="",
        rows=0,
        sha256="",
        outcomes=(Outcome("", OutcomeKind.COMPLETE),),
    )

    found = audited(open_to_the_internet(), shipped_rules(), manifest(entry), combinations=shipped_combinations())

    assert "TOX-02" in found.coverage[0].rules
