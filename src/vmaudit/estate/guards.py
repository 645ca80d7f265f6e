"""Bastion hosts, just-in-time policies and Defender plans: from Azure's spellings to values (azure-facts 5.9, 5.12)."""

import re
from datetime import UTC, datetime
from typing import Final, Literal

from msgspec import UnsetType

from vmaudit.estate.machines import key_of
from vmaudit.estate.resources import (
    BastionHost,
    DefenderPlan,
    JitGrant,
    JitMachine,
    JitPolicy,
    JitPort,
    JitRequest,
    Key,
    Protocol,
)
from vmaudit.estate.rows import RowUnreadableError
from vmaudit.estate.wire_guards import (
    BastionBody,
    BastionIpConfigurationBody,
    BastionRow,
    DefenderPlanBody,
    DefenderPlanRow,
    JitGrantRow,
    JitPolicyBody,
    JitPolicyRow,
    JitPortRow,
    JitRequestRow,
)
from vmaudit.known import Read, Unknown

_SKUS: Final[dict[str, Literal["Developer", "Basic", "Standard", "Premium"]]] = {
    "developer": "Developer",
    "basic": "Basic",
    "standard": "Standard",
    "premium": "Premium",
}
_STATUSES: Final[dict[str, Literal["Initiated", "Revoked"]]] = {"initiated": "Initiated", "revoked": "Revoked"}
_TIERS: Final[dict[str, Literal["Free", "Standard"]]] = {"free": "Free", "standard": "Standard"}
_COVERAGES: Final[dict[str, Literal["FullyCovered", "PartiallyCovered", "NotCovered"]]] = {
    "fullycovered": "FullyCovered",
    "partiallycovered": "PartiallyCovered",
    "notcovered": "NotCovered",
}
_DURATION: Final = re.compile(
    r"P(?:(?P<days>\d+(?:\.\d+)?)D)?(?:T(?:(?P<hours>\d+(?:\.\d+)?)H)?(?:(?P<minutes>\d+(?:\.\d+)?)M)?"
    r"(?:(?P<seconds>\d+(?:\.\d+)?)S)?)?",
    re.IGNORECASE,
)


def read_bastion(row: BastionRow) -> BastionHost:
    """A Bastion host. Raises RowUnreadableError where its properties were left out."""
    body: BastionBody = row if isinstance(row.properties, UnsetType) else row.properties
    if body.provisioning_state is None and body.ip_configurations is None and body.virtual_network is None:
        raise RowUnreadableError("its properties were left out (`az resource list` prints none)")
    rows = body.ip_configurations or ()
    places: list[BastionIpConfigurationBody] = [
        place if isinstance(place.properties, UnsetType) else place.properties for place in rows
    ]
    subnet = next((key_of(place.subnet) for place in places if place.subnet), None)
    sku = _SKUS.get((row.sku.name or "").lower()) if row.sku else None
    return BastionHost(
        id=row.id,
        sku=Unknown(f"the row of Bastion {row.id.rpartition('/')[2]} does not give its SKU") if sku is None else sku,
        provisioning_state=body.provisioning_state or "",
        subnet=subnet,
        network=subnet.rpartition("/subnets/")[0] if subnet else key_of(body.virtual_network),
        public_ip=next((key_of(place.public_ip_address) for place in places if place.public_ip_address), None),
        shareable_link=body.enable_shareable_link is True,
        ip_connect=body.enable_ip_connect is True,
        native_client=body.enable_tunneling is True,
        file_copy=body.enable_file_copy is True,
        copy_paste=body.disable_copy_paste is not True,
        session_recording=body.enable_session_recording is True,
        private_only=body.enable_private_only_bastion is True,
    )


def read_jit_policy(row: JitPolicyRow) -> JitPolicy:
    """A just-in-time policy. Raises RowUnreadableError where its machines were left out."""
    body: JitPolicyBody = row if isinstance(row.properties, UnsetType) else row.properties
    if isinstance(body.virtual_machines, UnsetType) or body.virtual_machines is None:
        raise RowUnreadableError("its machines were left out (`az resource list` prints no properties)")
    return JitPolicy(
        id=row.id,
        provisioning_state=body.provisioning_state or "",
        machines=tuple(
            JitMachine(virtual_machine=machine.id.lower(), ports=tuple(_jit_port(port) for port in machine.ports or ()))
            for machine in body.virtual_machines
        ),
        requests=_jit_requests(row.id, body),
    )


def _jit_requests(policy: str, body: JitPolicyBody) -> Read[tuple[JitRequest, ...]]:
    """The requests in the order in which they are listed. Azure writes an empty list where there are none."""
    if isinstance(body.requests, UnsetType) or body.requests is None:
        return Unknown(f"the row of just-in-time policy {policy.rpartition('/')[2]} does not list its requests")
    return tuple(jit_request(request) for request in body.requests)


def jit_request(row: JitRequestRow) -> JitRequest:
    """What somebody asked for, and was granted."""
    return JitRequest(
        requestor=row.requestor or "",
        justification=row.justification or "",
        starts=moment(row.start_time_utc),
        grants=tuple(
            _jit_grant(machine.id.lower(), grant)
            for machine in row.virtual_machines or ()
            for grant in machine.ports or ()
        ),
    )


def _jit_grant(machine: Key, row: JitGrantRow) -> JitGrant:
    status = _STATUSES.get((row.status or "").lower())
    return JitGrant(
        virtual_machine=machine,
        number=row.number,
        sources=_jit_sources(row),
        ends=moment(row.end_time_utc),
        status=Unknown(f"a just-in-time request has the status {row.status!r}") if status is None else status,
        status_reason=row.status_reason or "",
        mapped_port=row.mapped_port,
    )


def _jit_sources(row: JitPortRow | JitGrantRow) -> tuple[str, ...]:
    """The singular and the plural field together, each source once."""
    given = dict.fromkeys((row.allowed_source_address_prefix, *(row.allowed_source_address_prefixes or ())))
    return tuple(source for source in given if source)


def _jit_port(row: JitPortRow) -> JitPort:
    named = (row.protocol or "*").upper()
    protocols = frozenset(
        protocol for protocol in (Protocol.TCP, Protocol.UDP) if named in (protocol.value, "*", "ALL")
    )
    return JitPort(
        number=row.number,
        protocols=protocols,
        sources=_jit_sources(row),
        longest_minutes=minutes(row.max_request_access_duration),
    )


def minutes(text: str | None) -> Read[float]:
    """An ISO 8601 duration in minutes.

    >>> minutes("PT3H"), minutes("P1DT30M")
    (180.0, 1470.0)
    """
    match = _DURATION.fullmatch(text or "")
    if match is None or not any(match.groups()):
        return Unknown(f"the duration {text!r} can't be read")
    days, hours, mins, seconds = (float(part or 0) for part in match.groups())
    return days * 1440 + hours * 60 + mins + seconds / 60


def moment(text: str | None) -> Read[datetime]:
    """A time of Azure's. It writes seven digits of a second, and means UTC where it names no zone.

    >>> moment("2026-07-16T17:25:39.1160131Z").isoformat()
    '2026-07-16T17:25:39.116013+00:00'
    """
    try:
        found = datetime.fromisoformat(text or "")
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except (ValueError, OverflowError):  # the latter where a zone takes the first or the last year out of reach
        return Unknown(f"the time {text!r} can't be read")


def read_defender_plan(row: DefenderPlanRow) -> DefenderPlan:
    """A plan at one scope. Raises RowUnreadableError where its properties were left out."""
    body: DefenderPlanBody = row if isinstance(row.properties, UnsetType) else row.properties
    if body.pricing_tier is None:
        raise RowUnreadableError("its pricing tier was left out (`az resource list` prints no properties)")
    tier = _TIERS.get(body.pricing_tier.lower())
    return DefenderPlan(
        id=row.id,
        tier=Unknown(f"a Defender plan has the pricing tier {body.pricing_tier!r}") if tier is None else tier,
        sub_plan=body.sub_plan or None,
        enforced=str(body.enforce).lower() == "true",
        inherited=str(body.inherited).lower() == "true",
        coverage=_COVERAGES.get((body.resources_coverage_status or "").lower()),
    )
