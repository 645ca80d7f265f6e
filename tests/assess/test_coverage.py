from assess.judged import audited, manifest, spine_rules
from builders import allow, estate, nic, nsg, public_ip, vm
from vmaudit.assess.coverage import asserted_tables, coverage
from vmaudit.snapshot.manifest import Outcome, OutcomeKind, TableEntry

HERE, THERE = "/subscriptions/a", "/subscriptions/b"


def test_every_table_and_scope_has_a_line_with_the_rules_that_lean_on_it() -> None:
    denied = Outcome(scope=THERE, outcome=OutcomeKind.DENIED, code="403", message="no rights")
    table = TableEntry(
        name="bastion_hosts",
        outcomes=(Outcome(scope=HERE, outcome=OutcomeKind.COMPLETE), denied),
        rows=3,
        sha256="abc",
    )

    first, second = coverage(manifest(table), spine_rules())

    assert (first.scope, first.outcome, first.rows, first.permission) == (HERE, "complete", 3, "")
    assert (second.scope, second.outcome, second.message) == (THERE, "denied", "no rights")
    assert second.permission == "Microsoft.Network/bastionHosts/read"
    assert second.rules == ("BAS-001", "BAS-002", "BAS-003", "BAS-004")
    assert (first.title, first.sha256) == ("Bastion hosts", "abc")


def test_a_table_that_this_version_does_not_know_is_shown_by_its_name() -> None:
    table = TableEntry(name="moons", outcomes=(Outcome(scope="", outcome=OutcomeKind.PARTIAL),))

    (line,) = coverage(manifest(table), spine_rules())

    assert (line.title, line.rules, line.permission) == ("moons", (), "")


def test_a_table_is_asserted_only_if_nothing_of_it_is_missing() -> None:
    claimed = Outcome(scope="", outcome=OutcomeKind.COMPLETE, asserted=True)
    partial = Outcome(scope=HERE, outcome=OutcomeKind.PARTIAL)

    assert asserted_tables(manifest(TableEntry(name="bastion_hosts", outcomes=(claimed,)))) == {
        "bastion_hosts": "Bastion hosts"
    }
    assert asserted_tables(manifest(TableEntry(name="bastion_hosts", outcomes=(claimed, partial)))) == {}


def test_assumptions_are_what_people_asserted_and_what_paths_take_for_granted() -> None:
    whole = estate(vm(nic(public_ip(), nsg(allow(22)))), incomplete=["security_admin_rules"])

    found = audited(whole, about=manifest(assertions=("these files hold all",))).assumptions

    assert found[0] == "these files hold all"
    assert any(line.startswith("no security admin rule denies it") for line in found[1:])
