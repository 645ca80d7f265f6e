"""Which windows requests hold open, and which rules they account for (azure-facts 5.12)."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest

from builders import asg, estate, rule
from just_in_time import NOW, WEB, at, grant, jit_allow, policy, request, with_policies
from vmaudit.addresses import NOTHING, prefix
from vmaudit.estate.resources import JitGrant, JitPolicy, SecurityRule
from vmaudit.exposure.jit_requests import (
    Account,
    Fate,
    Window,
    account,
    described_machine,
    hidden_requests,
    looks_like_jit,
    windows_by_machine,
)
from vmaudit.known import Unknown


def windows(*policies: JitPolicy, moment: datetime = NOW) -> tuple[Window, ...]:
    return windows_by_machine(with_policies(estate(), *policies), moment).get(WEB, ())


def only(given: JitGrant, **words: Any) -> Window:
    (window,) = windows(policy(request(given, **words)))
    return window


def accounted(
    written: SecurityRule, *grants: JitGrant, moment: datetime = NOW, hidden: str = "", firewalls: str = ""
) -> Account:
    behind = prefix(firewalls) if firewalls else NOTHING
    found = windows(*(policy(request(each, starts="08:00"), name=f"p{n}") for n, each in enumerate(grants)))
    return account(written, found, moment, hidden=hidden, firewalls=behind)


# --- windows ----------------------------------------------------------------------------------------------------------


def test_a_granted_window_is_open_until_its_end() -> None:
    window = only(grant(ends="14:00"))

    assert [window.is_open(at(time)) for time in ("12:00", "13:59", "14:00", "15:00")] == [True, True, False, False]


def test_a_revoked_request_is_still_listed_and_not_open_even_if_its_end_is_to_come() -> None:
    assert only(grant(ends="14:00", status="Revoked")).is_open(NOW) is False


def test_a_request_that_says_initiated_is_over_when_its_end_has_passed() -> None:
    assert only(grant(ends="11:00", status="Initiated")).is_open(NOW) is False


def test_an_end_or_a_status_that_can_not_be_read_leaves_it_open_whether_it_is_open() -> None:
    no_end, no_status = Unknown("the time 'x' can't be read"), Unknown("a status 'Paused'")

    assert only(grant(ends=no_end)).is_open(NOW) == no_end
    assert only(grant(status=no_status)).is_open(NOW) == no_status
    assert only(grant(ends="11:00", status=no_status)).is_open(NOW) is False
    assert only(grant(ends=no_end, status="Revoked")).is_open(NOW) is False


def test_a_request_that_begins_after_the_moment_is_not_there_yet() -> None:
    later = policy(request(grant(), starts="12:01"))

    assert windows(later) == ()
    assert len(windows(later, moment=at("12:01"))) == 1


def test_a_request_whose_begin_can_not_be_read_counts() -> None:
    assert only(grant(ends="14:00"), starts=Unknown("x")).is_open(NOW) is True


def test_a_window_that_ran_out_closed_at_its_end() -> None:
    assert only(grant(ends="11:00")).ended(NOW) == at("11:00")
    assert only(grant(ends="11:00", status="Revoked")).ended(NOW) == at("11:00")


def test_when_a_request_was_revoked_before_its_end_azure_does_not_say() -> None:
    assert only(grant(22, ends="14:00", status="Revoked")).ended(NOW) == Unknown(
        "when the request for port 22 was revoked is not in the evidence"
    )


def test_one_request_may_open_ports_of_several_machines() -> None:
    both = request(grant(22), grant(3389), grant(22, machine="other"))

    assert [window.grant.number for window in windows(policy(both))] == [22, 3389]


# --- what is hidden ---------------------------------------------------------------------------------------------------


def test_a_list_of_policies_that_is_not_whole_hides_requests_of_every_machine() -> None:
    whole, _ = hidden_requests(with_policies(estate(incomplete=["jit_policies"]), policy()))

    assert whole == "Just-in-time access policies: they were not collected"


def test_a_policy_that_does_not_list_its_requests_hides_those_of_its_machines() -> None:
    silent = policy(requests=Unknown("it does not list them"))

    assert hidden_requests(with_policies(estate(), silent)) == ("", {WEB: "it does not list them"})
    assert hidden_requests(with_policies(estate(), policy())) == ("", {})


# --- which rules look like just-in-time's -----------------------------------------------------------------------------


@pytest.mark.parametrize("brand", ["MicrosoftDefenderForCloud", "SecurityCenter", "SECURITYCENTER"])
@pytest.mark.parametrize("rest", ["_-1151891693_545C", "-1170687618-8C18", "--1350843399-8E23", "_1367608472_3E84"])
def test_both_names_of_the_product_and_both_kinds_of_rule_are_known(brand: str, rest: str) -> None:
    assert looks_like_jit(rule("Allow", 22, name=f"{brand}-JITRule{rest}"))


@pytest.mark.parametrize(
    "name", ["JITRule_1_A", "x-SecurityCenter-JITRule_1_A", "SecurityCenter-JITRule1", "default-allow-ssh"]
)
def test_other_names_are_not(name: str) -> None:
    assert not looks_like_jit(rule("Allow", 22, name=name))


@pytest.mark.parametrize(
    "text",
    [
        "MDC JIT Network Access rule for policy 'default' of VM 'MyAccountVM'.",
        "ASC JIT Network Access rule created by an initiation request for policy 'default' of VM 'MYACCOUNTVM'.",
    ],
)
def test_the_description_names_the_machine(text: str) -> None:
    described = msgspec.structs.replace(rule("Deny", 22), description=text)

    assert described_machine(described) == "myaccountvm"


def test_a_description_of_ones_own_names_none() -> None:
    assert described_machine(msgspec.structs.replace(rule("Deny", 22), description="of VM 'web'")) == ""


# --- which requests account for a rule --------------------------------------------------------------------------------


def test_a_rule_that_admits_what_an_open_window_grants_is_live() -> None:
    assert accounted(jit_allow(22, "203.0.113.7"), grant(22, "203.0.113.7")) == Account(Fate.LIVE)


def test_a_rule_that_admits_less_than_was_granted_is_live() -> None:
    assert accounted(jit_allow(22, "203.0.113.7"), grant(22, ("203.0.113.0/24", "198.51.100.1"))).fate is Fate.LIVE
    assert accounted(jit_allow(22, "203.0.113.7"), grant(22, "*")).fate is Fate.LIVE
    assert accounted(jit_allow(22, "Internet"), grant(22, "*")).fate is Fate.LIVE


def test_a_rule_for_two_ports_is_live_while_both_are_granted() -> None:
    both = jit_allow([22, 3389])

    assert accounted(both, grant(22), grant(3389)).fate is Fate.LIVE
    assert accounted(both, grant(22), grant(3389, ends="11:00")).fate is Fate.EXPIRED


def test_a_rule_whose_source_was_widened_is_edited() -> None:
    for wider in ("203.0.113.0/24", "*", "Internet", ["203.0.113.7", "198.51.100.1"]):
        assert accounted(jit_allow(22, wider), grant(22, "203.0.113.7")).fate is Fate.EDITED


def test_a_rule_that_got_another_port_is_edited() -> None:
    for more in ([22, 3389], "22-23", "*"):
        assert accounted(jit_allow(more), grant(22)).fate is Fate.EDITED


def test_a_rule_for_a_group_instead_of_an_address_is_edited() -> None:
    assert accounted(jit_allow(22, from_groups=[asg("admins")]), grant(22)).fate is Fate.EDITED
    assert accounted(jit_allow(22, from_groups=[asg("admins")]), grant(22, "*")).fate is Fate.LIVE


def test_a_rule_whose_window_is_over_is_expired_since_then() -> None:
    assert accounted(jit_allow(22), grant(22, ends="11:00")) == Account(Fate.EXPIRED, at("11:00"))
    assert accounted(jit_allow(22), grant(22, ends="11:00", status="Revoked")) == Account(Fate.EXPIRED, at("11:00"))


def test_of_several_windows_the_last_counts() -> None:
    found = accounted(jit_allow(22), grant(22, ends="09:00"), grant(22, ends="11:00"), grant(22, ends="10:00"))

    assert found == Account(Fate.EXPIRED, at("11:00"))


def test_a_window_for_another_source_does_not_keep_an_old_rule_alive() -> None:
    found = accounted(jit_allow(22, "203.0.113.7"), grant(22, ends="11:00"), grant(22, "198.51.100.1", ends="14:00"))

    assert found == Account(Fate.EXPIRED, at("11:00"))


def test_a_rule_of_a_request_that_was_revoked_early_is_expired_since_nobody_knows_when() -> None:
    found = accounted(jit_allow(22), grant(22, ends="14:00", status="Revoked"))

    assert found.fate is Fate.EXPIRED
    assert isinstance(found.ended, Unknown)


def test_a_rule_that_nobody_asked_for_is_unmatched() -> None:
    assert accounted(jit_allow(22)).fate is Fate.UNMATCHED
    assert accounted(jit_allow(22), grant(3389)).fate is Fate.UNMATCHED
    assert accounted(jit_allow(22, "198.51.100.1"), grant(22, "203.0.113.7", ends="11:00")).fate is Fate.UNMATCHED


def test_where_requests_may_be_hidden_only_a_live_rule_is_known() -> None:
    hidden = "policies were not read"

    assert accounted(jit_allow(22), grant(22), hidden=hidden).fate is Fate.LIVE
    for grants in ((), (grant(22, ends="11:00"),), (grant(22, "198.51.100.1"),)):
        assert accounted(jit_allow(22), *grants, hidden=hidden) == Account(Unknown(hidden))


def test_where_a_window_may_be_open_the_rule_may_be_live() -> None:
    unread = Unknown("the time 'x' can't be read")

    assert accounted(jit_allow(22), grant(22, ends=unread)) == Account(unread)
    assert accounted(jit_allow(22, "*"), grant(22, ends=unread)).fate is Fate.UNMATCHED


def test_through_an_azure_firewall_the_machine_sees_an_address_of_the_firewall() -> None:
    through = grant(22, "203.0.113.7", mapped_port=13722)

    assert accounted(jit_allow(22, "10.0.9.4"), through, firewalls="10.0.9.0/26").fate is Fate.LIVE
    assert accounted(jit_allow(22, "10.0.8.4"), through, firewalls="10.0.9.0/26").fate is Fate.EDITED
    assert accounted(jit_allow(22, "10.0.9.4"), grant(22, "203.0.113.7"), firewalls="10.0.9.0/26").fate is Fate.EDITED


def test_tags_of_a_request_match_in_any_letter_case() -> None:
    assert accounted(jit_allow(22, "AzureBastion"), grant(22, "azurebastion")).fate is Fate.LIVE


def test_a_window_does_not_end_before_its_last_second() -> None:
    window = only(grant(ends="14:00"))
    exact = replace(window, grant=msgspec.structs.replace(window.grant, ends=at("14:00") + timedelta(microseconds=1)))

    assert exact.is_open(at("14:00")) is True
