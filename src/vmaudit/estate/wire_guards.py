"""Azure's JSON of what guards machines: Bastion hosts, just-in-time policies, Defender plans (facts 5.9, 5.12)."""

from msgspec import UNSET, UnsetType, field

from vmaudit.estate.rows import Reference
from vmaudit.estate.wire import Sku, Texts, Wire


class BastionIpConfigurationBody(Wire):
    """Where a Bastion stands."""

    subnet: Reference | None = None
    public_ip_address: Reference | None = field(default=None, name="publicIPAddress")


class BastionIpConfigurationRow(BastionIpConfigurationBody, kw_only=True):
    """Where a Bastion stands, nested or flat."""

    properties: BastionIpConfigurationBody | UnsetType = UNSET


class BastionBody(Wire):
    """What a Bastion host says (azure-facts 5.9)."""

    provisioning_state: str | None = None
    ip_configurations: tuple[BastionIpConfigurationRow, ...] | None = None
    virtual_network: Reference | None = None
    enable_shareable_link: bool | None = None
    enable_ip_connect: bool | None = None
    enable_tunneling: bool | None = None
    enable_file_copy: bool | None = None
    disable_copy_paste: bool | None = None
    enable_session_recording: bool | None = None
    enable_private_only_bastion: bool | None = None


class BastionRow(BastionBody, kw_only=True):
    """A Bastion host, nested or flat."""

    id: str
    sku: Sku | None = None
    properties: BastionBody | UnsetType = UNSET


class JitPortRow(Wire, kw_only=True):
    """A port that a policy guards."""

    number: int
    protocol: str | None = None
    allowed_source_address_prefix: str | None = None
    allowed_source_address_prefixes: Texts = None
    max_request_access_duration: str | None = None


class JitMachineRow(Wire, kw_only=True):
    """A machine that a policy guards."""

    id: str
    ports: tuple[JitPortRow, ...] | None = None


class JitGrantRow(Wire, kw_only=True):
    """A port that a request was granted."""

    number: int
    allowed_source_address_prefix: str | None = None
    allowed_source_address_prefixes: Texts = None
    end_time_utc: str | None = None
    status: str | None = None
    status_reason: str | None = None
    mapped_port: int | None = None


class JitGrantMachineRow(Wire, kw_only=True):
    """A machine that a request was granted ports of."""

    id: str
    ports: tuple[JitGrantRow, ...] | None = None


class JitRequestRow(Wire):
    """A request. Azure leaves a justification out that nobody gave."""

    requestor: str | None = None
    justification: str | None = None
    start_time_utc: str | None = None
    virtual_machines: tuple[JitGrantMachineRow, ...] | None = None


class JitPolicyBody(Wire):
    """What a just-in-time policy says (azure-facts 5.12)."""

    provisioning_state: str | None = None
    virtual_machines: tuple[JitMachineRow, ...] | UnsetType | None = UNSET
    requests: tuple[JitRequestRow, ...] | UnsetType | None = UNSET


class JitPolicyRow(JitPolicyBody, kw_only=True):
    """A just-in-time policy."""

    id: str
    properties: JitPolicyBody | UnsetType = UNSET


class DefenderPlanBody(Wire):
    """What a plan of Defender for Cloud says. Azure writes yes and no as texts here."""

    pricing_tier: str | None = None
    sub_plan: str | None = None
    enforce: str | bool | None = None
    inherited: str | bool | None = None
    resources_coverage_status: str | None = None


class DefenderPlanRow(DefenderPlanBody, kw_only=True):
    """A plan of Defender for Cloud, nested or flat."""

    id: str
    properties: DefenderPlanBody | UnsetType = UNSET
