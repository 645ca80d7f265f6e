"""Which app is opened: by its appId, never by its name, which may not exist in the tenant (facts 3.2).

What is done in an app can take an authentication context: activating a role does. It is asked about like an app.
"""

import re
from typing import Final, NamedTuple

from vmaudit.access.conditional_access.levels import MAYBE, NO, YES, Level, opposite
from vmaudit.estate.conditional_access import Policy, Words

AppId = str

AZURE_MANAGEMENT: Final[AppId] = "797f4846-ba00-4fd7-ba43-dac1f8f63013"
WINDOWS_SIGN_IN: Final[AppId] = "372140e0-b3b7-4226-8ef9-d57986796201"
LINUX_SIGN_IN: Final[AppId] = "ce6ff14a-7fdc-4685-bbe0-f6afdfcfa8e0"
EXCHANGE_ONLINE: Final[AppId] = "00000002-0000-0ff1-ce00-000000000000"
ANY_OTHER: Final[AppId] = "any other app"
"""Stands for every app that no policy names."""


class KnownApp(NamedTuple):
    """An app of Microsoft's: its name, a short one for the command line, and whether it belongs to Office 365."""

    name: str
    short: str
    office: bool = False


KNOWN: Final[dict[AppId, KnownApp]] = {
    AZURE_MANAGEMENT: KnownApp("Windows Azure Service Management API", "azure-management"),
    WINDOWS_SIGN_IN: KnownApp("Microsoft Azure Windows Virtual Machine Sign-in", "windows-sign-in"),
    LINUX_SIGN_IN: KnownApp("Microsoft Azure Linux Virtual Machine Sign-In", "linux-sign-in"),
    "a4a365df-50f1-4397-bc59-1a1564b8bb9c": KnownApp("Microsoft Remote Desktop", "remote-desktop"),
    "270efc09-cd0d-444b-a71f-39af4910ec45": KnownApp("Windows Cloud Login", "windows-cloud-login"),
    "9cdead84-a844-4324-93f2-b2e6bb768d07": KnownApp("Azure Virtual Desktop", "azure-virtual-desktop"),
    "0af06dc6-e4b5-4f28-818e-e78e62d137a5": KnownApp("Windows 365", "windows-365"),
    EXCHANGE_ONLINE: KnownApp("Office 365 Exchange Online", "exchange-online", office=True),
}
"""Azure management stands for all that goes through Azure Resource Manager: portal, command line, Bastion, JIT."""

_BUNDLES: Final = frozenset({"office365", "microsoftadminportals"})
_SPECIAL: Final = frozenset({"all", "none"}) | _BUNDLES
_WORD: Final = re.compile(r"[a-z]+\d*")
_CONTEXT: Final = "authentication context "


def context_id(name: str) -> AppId:
    """What stands for doing something that takes an authentication context, such as `c1`."""
    return f"{_CONTEXT}{name.lower()}"


def shown(app: AppId) -> str:
    """How an app is called for people."""
    return KNOWN[app].name if app in KNOWN else app


def aims_at(policy: Policy, app: AppId) -> Level:
    """Whether a policy is about opening an app. A filter over attributes of apps leaves it open.

    A context is asked for by what is done after the app was opened: only policies that name it are about that.
    """
    if app.startswith(_CONTEXT):
        return YES if app.removeprefix(_CONTEXT) in policy.contexts else NO
    if policy.actions or policy.contexts:
        return NO
    inside = _among(policy.apps.include, app)
    outside = _among(policy.apps.exclude, app)
    if policy.apps_filtered:
        named = app in policy.apps.include
        inside = inside if named and inside == YES else MAYBE
    return min(inside, opposite(outside))


def apps_named(policy: Policy) -> Words:
    """The apps that a policy tells from others by their ids."""
    return frozenset(one for one in policy.apps.include | policy.apps.exclude if not _WORD.fullmatch(one))


def _among(listed: Words, app: AppId) -> Level:
    """Whether a list of apps means one. Bundles are the ones of Microsoft's list, which changes."""
    if "all" in listed or app in listed:
        return YES
    levels = [_in_bundle(bundle, app) for bundle in sorted(listed & _BUNDLES)]
    if any(_WORD.fullmatch(word) for word in listed - _SPECIAL):
        levels.append(MAYBE)
    return max(levels, default=NO)


def _in_bundle(bundle: str, app: AppId) -> Level:
    """Admin portals are clients: what they call, such as Azure's management, is not in the bundle (facts 3.2)."""
    if app not in KNOWN:
        return MAYBE
    return YES if bundle == "office365" and KNOWN[app].office else NO
