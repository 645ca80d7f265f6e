"""Conditional Access as evidence says it: policies, named locations, and what policies ask about people (facts 3.1).

Words that Microsoft may add to are kept as they come. `unread` of a policy names what this vmaudit does not know: what
hangs on it is unknown, never left out.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

import msgspec

from vmaudit.addresses import NOTHING, Intervals
from vmaudit.estate.rights import PrincipalId
from vmaudit.known import Read, Unknown

Words: TypeAlias = frozenset[str]
"""Microsoft Graph's words in lower case, or ids in lower case."""

NONE: Final[Words] = frozenset()

GuestKind: TypeAlias = Literal[
    "member",
    "internalguest",
    "b2bcollaborationguest",
    "b2bcollaborationmember",
]
"""What somebody with an account in the directory can be; the other kinds of external users have none there."""


class Guests(msgspec.Struct, frozen=True, gc=False):
    """Guests and external users of some kinds."""

    kinds: Words
    tenants: Words | None
    """The tenants that they come from; None for any."""


class Audience(msgspec.Struct, frozen=True, gc=False):
    """Whom one side of a policy, include or exclude, names."""

    users: Words = NONE
    """Ids, and the words `all`, `none` and `guestsorexternalusers`."""
    groups: Words = NONE
    roles: Words = NONE
    """Template ids of directory roles."""
    guests: Guests | None = None

    @property
    def empty(self) -> bool:
        """Whether it names nobody."""
        return not (self.users or self.groups or self.roles or self.guests)


class Workloads(msgspec.Struct, frozen=True, gc=False):
    """The workload identities that a policy is about."""

    include: Words = NONE
    exclude: Words = NONE
    filtered: bool = False
    """Whether a filter over custom attributes narrows them down, which are not in the evidence."""


class Sides(msgspec.Struct, frozen=True, gc=False):
    """Two lists of words, of which the second wins."""

    include: Words = NONE
    exclude: Words = NONE


class DeviceFilter(msgspec.Struct, frozen=True, gc=False):
    """A rule over attributes of devices; `mode` is `include` or `exclude`."""

    mode: str
    rule: str


class Strength(msgspec.Struct, frozen=True, gc=False):
    """An authentication strength: the combinations of methods that satisfy it."""

    id: str
    name: str
    combinations: Read[Words]
    requires: str
    """`mfa` where every combination is multifactor authentication; "" where that was not said."""


class Grant(msgspec.Struct, frozen=True, gc=False):
    """What a policy asks for before it lets somebody in."""

    operator: str
    """`and`, `or`, or another word."""
    controls: tuple[str, ...]
    """Microsoft's words in its own letter case, sorted; also `termsOfUse` and `customAuthenticationFactor`."""
    strength: Strength | None
    unread: tuple[str, ...] = ()
    """What it asks for beyond that and vmaudit does not know, each by its path in the policy."""


class Policy(msgspec.Struct, frozen=True, gc=False):
    """One Conditional Access policy. An empty set of a condition means that it is not configured."""

    id: str
    name: str
    state: str
    """In lower case: `enabled`, `disabled`, `enabledforreportingbutnotenforced`, or another word."""
    include: Audience = Audience()
    exclude: Audience = Audience()
    workloads: Workloads | None = None
    apps: Sides = Sides()
    """Ids, and the words `all`, `none`, `office365` and `microsoftadminportals`."""
    actions: Words = NONE
    """User actions: where there are any, the policy is not about opening an app."""
    contexts: Words = NONE
    """Authentication contexts such as `c1`, which stand for something done in an app: likewise."""
    apps_filtered: bool = False
    clients: Words = NONE
    platforms: Sides = Sides()
    locations: Sides = Sides()
    device_filter: DeviceFilter | None = None
    sign_in_risks: Words = NONE
    user_risks: Words = NONE
    workload_risks: Words = NONE
    insider_risks: Words = NONE
    flows: Words = NONE
    grant: Grant | None = None
    session: tuple[str, ...] = ()
    """The session controls that are on, as Microsoft calls them, sorted."""
    unread: tuple[str, ...] = ()
    """Conditions of the policy that vmaudit does not know, each by its path in the policy."""


class NamedLocation(msgspec.Struct, frozen=True, gc=False):
    """A place that policies name."""

    id: str
    name: str
    addresses: Intervals = NOTHING
    countries: Words = NONE
    """Two letters each, in lower case."""
    unknown_countries: bool = False
    """Whether addresses that belong to no country are in it."""
    network: bool = False
    """Whether it is the compliant network of Global Secure Access."""
    trusted: bool = False
    unclear: str = ""
    """Why what is in it can't be told, as a clause; "" where it can."""


class Workload(msgspec.Struct, frozen=True, gc=False):
    """A service principal."""

    app_id: str
    kind: str
    """In lower case: `application`, `managedidentity`, or another word; "" where its row does not say."""
    owner: str
    """The tenant that the application is registered in; "" where its row does not say."""


class DirectoryRole(msgspec.Struct, frozen=True, gc=False):
    """Who holds a directory role now, all over the tenant."""

    name: str
    members: frozenset[PrincipalId]
    whole: Read[bool]
    """True where these are all."""


@dataclass(frozen=True, slots=True)
class ConditionalAccess:
    """All that was read about Conditional Access."""

    policies: tuple[Policy, ...]
    """Sorted by their names and ids."""
    locations: Mapping[str, NamedLocation]
    """By id, in lower case."""
    guests: Mapping[PrincipalId, Read[GuestKind]]
    """What each user who has a row is."""
    sign_in_names: Mapping[str, PrincipalId]
    """Users by the name that they sign in with, in lower case."""
    workloads: Mapping[PrincipalId, Workload]
    roles: Mapping[str, DirectoryRole]
    """By template id."""
    other_roles: Read[bool]
    """True where nobody holds a role that is not among these."""
    security_defaults: Read[bool]
    """Whether the tenant has them on: then Azure management takes MFA, and no policy can be on."""
    methods: Mapping[str, bool]
    """Which authentication methods the tenant allows, by Microsoft Graph's ids in lower case; only what was read."""
    tenants: frozenset[str]
    """The tenants that the subscriptions belong to."""
    tables: Mapping[str, Read[bool]]
    """Per evidence table that was read for this: True where it holds everything there is."""
    broken: Mapping[str, tuple[str, ...]]
    """Per table: rows that could not be read, each as a clause."""


TABLES: Final = (
    "conditional_access_policies",
    "named_locations",
    "directory_roles",
    "directory_role_definitions",
    "directory_role_assignments",
    "security_defaults",
    "authentication_methods_policy",
    "users",
    "groups",
    "group_members",
    "service_principals",
)

NO_POLICIES_READ: Final = ConditionalAccess(
    policies=(),
    locations={},
    guests={},
    sign_in_names={},
    workloads={},
    roles={},
    other_roles=Unknown("who holds directory roles was not collected"),
    security_defaults=Unknown("security defaults were not collected"),
    methods={},
    tenants=frozenset(),
    tables={name: Unknown(f"{name} was not collected") for name in TABLES},
    broken={},
)
"""Conditional Access of which no evidence was given."""
