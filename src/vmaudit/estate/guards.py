"""Bastion hosts and just-in-time policies: from Azure's spellings to values (azure-facts 5.9, 5.12)."""

import re
from typing import Final, Literal

from msgspec import UnsetType

from vmaudit.estate.machines import key_of
from vmaudit.estate.resources import BastionHost, JitMachine, JitPolicy, JitPort, Protocol
from vmaudit.estate.rows import RowUnreadableError
from vmaudit.estate.wire import (
    BastionBody,
    BastionIpConfigurationBody,
    BastionRow,
    JitPolicyBody,
    JitPolicyRow,
    JitPortRow,
)
from vmaudit.known import Read, Unknown

_SKUS: Final[dict[str, Literal["Developer", "Basic", "Standard", "Premium"]]] = {
    "developer": "Developer",
    "basic": "Basic",
    "standard": "Standard",
    "premium": "Premium",
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
    if isinstance(body.virtual_machines, UnsetType):
        raise RowUnreadableError("its machines were left out (`az resource list` prints no properties)")
    return JitPolicy(
        id=row.id,
        provisioning_state=body.provisioning_state or "",
        machines=tuple(
            JitMachine(virtual_machine=machine.id.lower(), ports=tuple(_jit_port(port) for port in machine.ports or ()))
            for machine in body.virtual_machines or ()
        ),
    )


def _jit_port(row: JitPortRow) -> JitPort:
    named = (row.protocol or "*").upper()
    protocols = frozenset(
        protocol for protocol in (Protocol.TCP, Protocol.UDP) if named in (protocol.value, "*", "ALL")
    )
    sources = dict.fromkeys((row.allowed_source_address_prefix, *(row.allowed_source_address_prefixes or ())))
    return JitPort(
        number=row.number,
        protocols=protocols,
        sources=tuple(source for source in sources if source),
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
