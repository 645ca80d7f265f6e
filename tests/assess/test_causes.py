from assess.guards import bastion, guarded, jit_policy, jit_port, machine_with
from assess.judged import audited, spine_rules
from builders import Built, allow, estate, nic, nsg, public_ip, resource_id, subnet, vm
from vmaudit.assess.assessment import Cause, Letter
from vmaudit.assess.rule import Rule
from vmaudit.estate.estate import Estate

SHARED = subnet(
    nsg(allow(22, name="ssh", priority=100), allow(3389, name="rdp", priority=110), name="nsg-shared"), name="shared"
)


def rules(*ids: str) -> list[Rule]:
    return [rule for rule in spine_rules() if rule.id in ids]


def causes(whole: Estate, *ids: str) -> tuple[Cause, ...]:
    return audited(whole, rules(*ids) if ids else None).causes


def exposed(number: int, *more: Built) -> Built:
    """A machine behind the shared group, with a public address of its own."""
    pip = public_ip(f"20.50.0.{number}", name=f"pip-{number}")
    return vm(nic(SHARED, pip, *more, name=f"nic-{number}", at=f"10.0.0.{number}"), name=f"vm-{number}")


def guest(number: int, system: str) -> Built:
    """A machine with an interface behind an NSG, and this operating system."""
    interface = nic(nsg(name=f"nsg-{number}"), name=f"nic-{number}", at=f"10.0.0.{number}")
    return machine_with(vm(interface, name=f"vm-{number}"), operating_system=system)


def test_one_group_that_exposes_many_machines_is_one_cause_for_every_rule_that_it_breaks() -> None:
    (cause,) = causes(estate(exposed(4), exposed(5)), "NET-001", "NET-002")

    assert (cause.rule, cause.resource) == ("NET-001", resource_id("networkSecurityGroups", "nsg-shared"))
    assert cause.says == "NSG nsg-shared, rule ssh, lets it in; NSG nsg-shared, rule rdp, lets it in"
    assert [fix.rpartition(" -n ")[2] for fix in cause.fix.split(" && ")] == ["ssh", "rdp"]
    assert [key.rpartition("/")[2] for key in cause.machines] == ["vm-4", "vm-5"]
    assert (cause.improves, cause.becomes) == (2, Letter.A)


def test_a_machine_improves_only_as_far_as_its_other_failures_let_it() -> None:
    found = causes(estate(exposed(4)), "NET-001", "NET-004")

    assert [(cause.rule, cause.improves, cause.becomes) for cause in found] == [
        ("NET-001", 1, Letter.C),
        ("NET-004", 0, None),
    ]


def test_a_machine_with_two_holes_in_different_groups_is_not_mended_by_closing_one() -> None:
    second = nic(public_ip("20.50.0.9", name="pip-9"), nsg(allow(22), name="nsg-two"), name="nic-two", at="10.0.0.9")
    first = nic(public_ip("20.50.0.8", name="pip-8"), nsg(allow(22), name="nsg-one"), name="nic-one", at="10.0.0.8")

    found = causes(estate(vm(first, second)), "NET-001")

    assert [cause.resource.rpartition("/")[2] for cause in found] == ["nsg-one", "nsg-two"]
    assert [(cause.improves, cause.becomes) for cause in found] == [(0, None), (0, None)]


def test_the_lowest_letter_that_a_cause_leads_to_is_told() -> None:
    inside = vm(nic(SHARED, name="nic-6", at="10.0.0.6"), name="vm-6")

    found = causes(estate(exposed(4), exposed(5), inside))

    group = next(cause for cause in found if cause.rule == "NET-001")
    assert len(group.machines) == 3
    assert group.becomes is Letter.C


def test_what_keeps_machines_at_f_comes_first() -> None:
    quiet = [vm(nic(nsg(name=f"nsg-{n}"), name=f"nic-q{n}", at=f"10.0.0.{n}"), name=f"q-{n}") for n in range(20, 24)]

    found = causes(estate(exposed(4), *quiet))

    assert found[0].rule == "NET-001"
    assert found[0].becomes is Letter.C


def test_what_was_not_reached_is_mended_along_with_what_it_needs() -> None:
    whole = guarded(estate(vm(nic(nsg()))), bastion(sku="Standard"), jit_policy(jit_port(443, sources=("*",))))

    (cause,) = causes(whole, "JIT-002", "JIT-003")

    assert (cause.rule, cause.improves, cause.becomes) == ("JIT-002", 1, Letter.A)


def test_a_machine_that_accepts_passwords_is_itself_to_be_mended() -> None:
    (cause,) = causes(estate(machine_with(vm(nic()), password_sign_in=True)), "HST-001")

    assert (cause.rule, cause.resource) == ("HST-001", resource_id("virtualMachines", "web"))


def test_size_and_group_of_a_bastion_subnet_are_two_causes() -> None:
    whole = guarded(estate(vm(nic()), subnet(name="AzureBastionSubnet", space="10.0.1.0/27")), bastion())

    found = causes(whole, "BAS-001", "BAS-003", "BAS-004")

    assert sorted(cause.rule for cause in found) == ["BAS-003", "BAS-004"]
    assert len({cause.resource for cause in found}) == 1


def test_without_failures_there_is_nothing_to_mend() -> None:
    assert causes(estate(vm(nic(nsg()))), "NET-001") == ()


def test_a_policy_that_misses_different_ports_of_several_machines_is_one_sentence() -> None:
    linux, windows = guest(4, "Linux"), guest(5, "Windows")
    policy = jit_policy(jit_port(443), machine="vm-4")

    (cause,) = causes(guarded(estate(linux, windows), policy), "JIT-002")

    assert (
        cause.says == "just-in-time policy default in rg, westeurope leaves management ports of some machines unguarded"
    )
    assert len(cause.machines) == 2


def test_where_there_is_no_policy_the_sentence_says_so() -> None:
    (cause,) = causes(guarded(estate(guest(4, "Linux"), guest(5, "Windows"))), "JIT-002")

    assert cause.says == "no just-in-time policy in rg, westeurope guards the management ports of some machines"
