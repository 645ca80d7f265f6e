"""Parameters that change what facts say: what is the internet at large, and where a system is managed."""

from dataclasses import replace
from pathlib import Path

from assess.guards import guarded, jit_policy, jit_port, machine_with
from assess.judged import audited, shipped_rules, verdict
from assess.test_reading_rules import GOOD, problems, write
from builders import Built, allow, estate, nic, nsg, public_ip, vm
from vmaudit.assess.assessment import Assessment, Status
from vmaudit.assess.configuration import configured
from vmaudit.assess.reading import read_rules
from vmaudit.assess.rule import Ask, Rule
from vmaudit.assess.settings import DEFAULTS, settings_in_force
from vmaudit.estate.resources import JitPolicy
from vmaudit.exposure.paths import Reach
from vmaudit.exposure.reach import expose
from vmaudit.known import Unknown

SLASH_16 = 65_536


def reaches(*sources: str, internet_wide: int) -> set[Reach]:
    """How wide SSH is open where each of these sources is let in by a rule of its own."""
    rules = [allow(22, source=source, priority=100 + at) for at, source in enumerate(sources)]
    (found,) = expose(estate(vm(nic(nsg(*rules), public_ip()))), internet_wide=internet_wide).values()
    return {path.reach for path in found.paths}


def test_so_many_addresses_are_the_internet_and_one_fewer_are_not() -> None:
    assert reaches("20.0.0.0/16", internet_wide=SLASH_16) == {Reach.INTERNET}
    assert reaches("20.0.0.0/16", internet_wide=SLASH_16 + 1) == {Reach.PARTIAL}


def test_the_sources_of_several_rules_add_up_to_it() -> None:
    assert reaches("20.0.0.0/17", "40.0.0.0/17", internet_wide=SLASH_16) == {Reach.INTERNET}


def test_two_widths_asked_of_the_same_sources_do_not_share_an_answer() -> None:
    found = [reaches("20.0.0.0/16", internet_wide=wide) for wide in (SLASH_16, SLASH_16 + 1, SLASH_16)]

    assert found == [{Reach.INTERNET}, {Reach.PARTIAL}, {Reach.INTERNET}]


def test_anybody_is_the_internet_whatever_is_configured(tmp_path: Path) -> None:
    """Half of IPv4 is more than the most that may be configured."""
    (tmp_path / "c.yaml").write_text("rules:\n  NET-001: {internet_wide_ipv4: 1073741824}\n", encoding="utf-8")
    wide = settings_in_force(configured(shipped_rules(), tmp_path / "c.yaml")).internet_wide_ipv4

    assert reaches("*", internet_wide=wide) == reaches("0.0.0.0/1", internet_wide=wide) == {Reach.INTERNET}


def test_the_shipped_rules_set_what_holds_where_no_rule_sets_anything() -> None:
    assert settings_in_force(shipped_rules()) == settings_in_force([]) == DEFAULTS


# --- where a system is managed ---------------------------------------------------------------------------------------


def judged(machine: Built, ports: str, folder: Path, *policies: JitPolicy) -> Assessment:
    """What JIT-002 says where the configuration sets these ports."""
    path = folder / "vmaudit.yaml"
    path.write_text(f"rules:\n  JIT-002: {{{ports}}}\n", encoding="utf-8")
    rules = [rule for rule in configured(shipped_rules(), path) if rule.id == "JIT-002"]
    return audited(guarded(estate(machine), *policies), rules)


def windows(machine: Built) -> Built:
    return machine_with(machine, operating_system="Windows")


def test_a_configured_port_must_be_guarded_though_the_list_of_management_ports_lacks_it(tmp_path: Path) -> None:
    ssh = jit_policy(jit_port(22))
    found = verdict(judged(vm(nic()), "linux_ports: [22, 2222]", tmp_path, ssh), "JIT-002")

    assert (found.status, found.says) == (Status.FAIL, "No just-in-time policy guards TCP 2222")


def test_a_port_that_the_system_is_not_managed_on_need_not_be_guarded(tmp_path: Path) -> None:
    rdp = jit_policy(jit_port(3389))

    assert verdict(judged(windows(vm(nic())), "linux_ports: [22]", tmp_path, rdp), "JIT-002").status is Status.FAIL
    assert verdict(judged(windows(vm(nic())), "windows_ports: [3389]", tmp_path, rdp), "JIT-002").status is Status.PASS


def test_a_port_that_a_rule_of_the_nsg_opens_by_number_counts_all_the_same(tmp_path: Path) -> None:
    winrm = windows(vm(nic(nsg(allow(5986)))))
    found = verdict(judged(winrm, "windows_ports: [3389]", tmp_path, jit_policy(jit_port(3389))), "JIT-002")

    assert (found.status, found.says) == (Status.FAIL, "No just-in-time policy guards TCP 5986")


def test_a_machine_whose_system_was_not_read_may_be_managed_on_the_ports_of_either(tmp_path: Path) -> None:
    hidden = machine_with(vm(nic()), operating_system=Unknown("its row does not say"))
    only_linux = judged(hidden, "linux_ports: [22], windows_ports: [4711]", tmp_path, jit_policy(jit_port(22)))
    both = judged(
        hidden, "linux_ports: [22], windows_ports: [4711]", tmp_path, jit_policy(jit_port(22), jit_port(4711))
    )

    assert verdict(only_linux, "JIT-002").status is Status.UNKNOWN
    assert verdict(both, "JIT-002").status is Status.PASS


# --- rule files ------------------------------------------------------------------------------------------------------

PORTS = GOOD.replace("params:\n", "params:\n  ports: {default: [22], doc: Ports., sets: linux_ports}\n")


def test_a_parameter_that_sets_something_needs_no_question_of_the_rule_itself(tmp_path: Path) -> None:
    (rule,) = read_rules(write(tmp_path, PORTS))

    assert [(parameter.name, parameter.sets) for parameter in rule.parameters] == [
        ("ports", "linux_ports"),
        ("name", ""),
    ]
    assert settings_in_force([rule]) == replace(DEFAULTS, linux_ports=((22, 22),))


def test_two_rules_can_not_set_the_same(tmp_path: Path) -> None:
    write(tmp_path, PORTS)
    folder = write(tmp_path, PORTS, "network/NET-902-called-web.yaml")

    assert problems(folder) == (
        "rules/network/NET-902-called-web.yaml:5: parameter 'ports' sets 'linux_ports', which NET-901 sets",
    )


def test_a_list_takes_the_items_of_the_lists_that_it_names() -> None:
    rule = one(shipped_rules(), "JIT-002")
    (ask,) = [part for part in getattr(rule.fail_when, "parts", ()) if part.fact == "jit.unguarded_ports"]

    assert isinstance(ask, Ask)
    assert ask.operand == [22, 3389, 5985, 5986, 3389, 5985, 5986, 22]


def one(rules: tuple[Rule, ...], name: str) -> Rule:
    return next(rule for rule in rules if rule.id == name)
