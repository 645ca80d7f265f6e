"""Just-in-time policies and their requests, from Azure's spellings to values (azure-facts 5.12)."""

from typing import Any

import pytest

from evidence import estate_of, machine_id
from just_in_time import at
from vmaudit.estate.guards import moment
from vmaudit.estate.resources import JitGrant, JitPolicy, JitRequest
from vmaudit.known import Unknown

ID = (
    "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg/providers"
    "/Microsoft.Security/locations/westeurope/jitNetworkAccessPolicies/default"
)
WEB = machine_id("Web")


def row(*requests: Any, **members: Any) -> dict[str, Any]:
    body = {
        "virtualMachines": [{"id": WEB, "ports": [{"number": 22, "protocol": "*"}]}],
        "provisioningState": "Succeeded",
    }
    return {"id": ID, "properties": body | {"requests": list(requests)} | members}


def request(*ports: dict[str, Any], **members: Any) -> dict[str, Any]:
    given = {"requestor": "jane@contoso.com", "startTimeUtc": "2026-11-20T11:30:00.1160131Z"}
    return given | {"virtualMachines": [{"id": WEB, "ports": list(ports)}]} | members


def port(**members: Any) -> dict[str, Any]:
    given = {
        "number": 22,
        "allowedSourceAddressPrefix": "203.0.113.7",
        "endTimeUtc": "2026-11-20T14:00:00Z",
        "status": "Initiated",
        "statusReason": "UserRequested",
    }
    return given | members


def policy(*rows: dict[str, Any]) -> JitPolicy:
    (found,) = estate_of(rows).jit_policies.values()
    return found


def only(found: JitPolicy) -> JitRequest:
    assert not isinstance(found.requests, Unknown)
    (request,) = found.requests
    return request


def grant_of(**members: Any) -> JitGrant:
    (found,) = only(policy(row(request(port(**members))))).grants
    return found


def test_a_request_is_read_whole() -> None:
    found = only(policy(row(request(port(mappedPort=13722), justification="patching"))))

    assert (found.requestor, found.justification) == ("jane@contoso.com", "patching")
    assert found.starts == at("11:30").replace(microsecond=116013)
    assert found.grants == (
        JitGrant(
            virtual_machine=WEB.lower(),
            number=22,
            sources=("203.0.113.7",),
            ends=at("14:00"),
            status="Initiated",
            status_reason="UserRequested",
            mapped_port=13722,
        ),
    )


def test_singular_and_plural_sources_are_one_set() -> None:
    both = grant_of(
        allowedSourceAddressPrefix="203.0.113.7", allowedSourceAddressPrefixes=["203.0.113.7", "10.0.0.0/8"]
    )

    assert both.sources == ("203.0.113.7", "10.0.0.0/8")
    assert grant_of(allowedSourceAddressPrefix=None, allowedSourceAddressPrefixes=["10.0.0.0/8"]).sources == (
        "10.0.0.0/8",
    )


@pytest.mark.parametrize("left_out", [{}, {"justification": None}, {"justification": ""}])
def test_a_justification_that_nobody_gave_is_empty(left_out: dict[str, Any]) -> None:
    assert only(policy(row(request(port(), **left_out)))).justification == ""


@pytest.mark.parametrize("spelling", ["Revoked", "revoked", "REVOKED"])
def test_the_letter_case_of_a_status_does_not_matter(spelling: str) -> None:
    assert grant_of(status=spelling).status == "Revoked"


def test_a_status_that_azure_does_not_document_is_unknown() -> None:
    assert grant_of(status="Paused").status == Unknown("a just-in-time request has the status 'Paused'")
    assert grant_of(status=None).status == Unknown("a just-in-time request has the status None")


def test_a_time_that_can_not_be_read_is_unknown() -> None:
    assert grant_of(endTimeUtc="tomorrow").ends == Unknown("the time 'tomorrow' can't be read")
    assert grant_of(endTimeUtc=None).ends == Unknown("the time None can't be read")


@pytest.mark.parametrize(
    "text", ["2026-11-20T14:00:00Z", "2026-11-20T14:00:00", "2026-11-20T15:00:00+01:00", "2026-11-20T14:00:00.0000000Z"]
)
def test_times_are_in_utc_whatever_zone_they_are_written_in(text: str) -> None:
    assert moment(text) == at("14:00")


@pytest.mark.parametrize("text", ["", "2026-13-01T00:00:00Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_what_is_no_moment_is_unknown(text: str) -> None:
    assert moment(text) == Unknown(f"the time {text!r} can't be read")


def test_a_policy_lists_its_requests_or_says_that_there_are_none() -> None:
    assert policy(row()).requests == ()


@pytest.mark.parametrize("left_out", [{"requests": None}, {}])
def test_a_row_that_does_not_list_requests_is_no_policy_without_any(left_out: dict[str, Any]) -> None:
    given = row()
    del given["properties"]["requests"]
    given["properties"] |= left_out

    assert policy(given).requests == Unknown("the row of just-in-time policy default does not list its requests")


def test_the_azure_cli_lifts_the_requests_up() -> None:
    nested = row(request(port()))
    flat = {"id": ID, "type": "Microsoft.Security/locations/jitNetworkAccessPolicies"} | nested["properties"]

    assert policy(flat) == policy(nested)


def test_keys_in_another_letter_case_are_read_too() -> None:
    odd = request() | {
        "virtualMachines": [{"id": WEB, "ports": [{"number": 22, "endtimeutc": "2026-11-20T14:00:00Z"}]}]
    }
    flat = {"id": ID, "type": "Microsoft.Security/locations/jitNetworkAccessPolicies", "requests": [odd]}

    assert only(policy(flat | {"virtualMachines": []})).grants[0].ends == at("14:00")


def test_a_request_that_is_no_request_leaves_the_policy_unread() -> None:
    whole = estate_of([row(request(port(number="ssh")))])

    assert whole.jit_policies == {}
    assert not whole.completeness["jit_policies"].complete


def test_a_row_without_its_machines_is_a_row_that_was_not_read() -> None:
    whole = estate_of([{"id": ID, "type": "Microsoft.Security/locations/jitNetworkAccessPolicies"}])

    assert whole.jit_policies == {}
    assert "its machines were left out" in whole.unread[ID.lower()]
