"""Facts about the features of the Azure Bastions that cover a machine (azure-facts 5.9)."""

from collections.abc import Callable
from typing import Final

from vmaudit.assess import az, kinds
from vmaudit.assess.facts.bastion_cover import NO_BASTION, TABLES, WHOLE, cover
from vmaudit.assess.facts.case import Case
from vmaudit.assess.facts.fact import Fact, Level, Remedy
from vmaudit.assess.values import Names
from vmaudit.estate.resources import BastionHost
from vmaudit.known import Read, Unknown

_FEATURES: Final[dict[str, tuple[Callable[[BastionHost], bool], str, str]]] = {
    "shareable_link": (lambda host: host.shareable_link, "shareable links", "enableShareableLink=false"),
    "ip_connect": (lambda host: host.ip_connect, "IP-based connections", "enableIpConnect=false"),
    "native_client": (lambda host: host.native_client, "native clients", "enableTunneling=false"),
    "file_copy": (lambda host: host.file_copy, "file copy", "enableFileCopy=false"),
    "copy_paste": (lambda host: host.copy_paste, "copy and paste", "disableCopyPaste=true"),
    "session_recording": (lambda host: host.session_recording, "session recording", "enableSessionRecording=false"),
}
"""By the name that rules use: whether it is on, how a sentence says it, and the property that switches it off."""


def _hosts(case: Case, wanted: Callable[[BastionHost], bool]) -> Read[tuple[tuple[BastionHost, ...], str]]:
    """The covering Bastions that are as wanted, and why there could be more."""
    covering = cover(case)
    if isinstance(covering, Unknown):
        return covering
    return tuple(host for host in covering.hosts if wanted(host)), covering.more


def _named(case: Case, wanted: Callable[[BastionHost], bool]) -> Read[Names]:
    found = _hosts(case, wanted)
    if isinstance(found, Unknown):
        return found
    hosts, more = found
    return Names(tuple(sorted(host.name for host in hosts)), more)


def _features(case: Case) -> Read[Names]:
    covering = cover(case)
    if isinstance(covering, Unknown):
        return covering
    found = (name for name, (is_on, _, _) in _FEATURES.items() if any(map(is_on, covering.hosts)))
    return Names(tuple(sorted(found)), covering.more)


def _switch_off(case: Case, found: Names) -> tuple[Remedy, ...]:
    covering = cover(case)
    hosts = () if isinstance(covering, Unknown) else covering.hosts
    return tuple(
        _set(host, f"Bastion {host.name} has {_FEATURES[name][1]} switched on", _FEATURES[name][2], part=name)
        for host in hosts
        for name in found.proven
        if _FEATURES[name][0](host)
    )


def _set(host: BastionHost, says: str, *properties: str, part: str) -> Remedy:
    changed = " ".join(f"properties.{each}" if "." not in each else each for each in properties)
    return Remedy(host.id, says, f"az resource update --ids {az.quoted(host.id)} --set {changed}", part=part)


def _show_features(value: Names) -> str:
    words = tuple(_FEATURES[name][1] if name in _FEATURES else name for name in value.proven)
    return kinds.NAMES.show(Names(words, value.more))


def _is_bypassed(host: BastionHost) -> bool:
    return host.session_recording and host.native_client


def _bypassed(case: Case) -> Read[Names]:
    return _named(case, _is_bypassed)


def _close_bypass(case: Case, _found: object) -> tuple[Remedy, ...]:
    found = _hosts(case, _is_bypassed)
    hosts = () if isinstance(found, Unknown) else found[0]
    says = "records sessions, but not those of native clients"
    return tuple(_set(host, f"Bastion {host.name} {says}", "enableTunneling=false", part="tunnel") for host in hosts)


def _show_bypassed(value: Names) -> str:
    words = "native clients, whose sessions go unrecorded, at "
    return f"{words}{kinds.NAMES.show(value)}" if value.proven else kinds.NAMES.show(value)


def _is_not_recording(host: BastionHost) -> bool:
    return not host.session_recording


def _not_recording(case: Case) -> Read[Names]:
    return _named(case, _is_not_recording)


def _show_not_recording(value: Names) -> str:
    return f"no recording at {kinds.NAMES.show(value)}" if value.proven else kinds.NAMES.show(value)


def _record(case: Case, _found: object) -> tuple[Remedy, ...]:
    found = _hosts(case, _is_not_recording)
    hosts = () if isinstance(found, Unknown) else found[0]
    premium = ("sku.name=Premium", "enableSessionRecording=true")
    return tuple(
        _set(host, f"Bastion {host.name} does not record sessions", *premium, part="recording") for host in hosts
    )


def _kept_safe(case: Case) -> Read[bool]:
    """Which container takes the recordings, and until when its link is good, Azure tells to no reader."""
    found = _hosts(case, lambda host: host.session_recording)
    if isinstance(found, Unknown):
        return found
    hosts, more = found
    if not hosts:
        return Unknown(more) if more else NO_BASTION
    return Unknown(f"Azure does not say where Bastion {hosts[0].name} keeps its recordings, nor who can read them")


FACTS: Final = (
    Fact(
        name="bastion.features",
        kind=kinds.NAMES,
        level=Level.NETWORK,
        label="features that are switched on",
        doc=f"Features that some covering Bastion has switched on, out of {kinds.listed(f'`{f}`' for f in _FEATURES)}.",
        read=_features,
        tables=TABLES,
        whole=WHOLE,
        remedies=_switch_off,
        shown=_show_features,
        vocabulary=tuple(_FEATURES),
    ),
    Fact(
        name="bastion.bypassed_recordings",
        kind=kinds.NAMES,
        level=Level.NETWORK,
        label="Bastions whose recording native clients bypass",
        doc="Covering Bastions that record sessions and let native clients in, whose sessions are not recorded.",
        read=_bypassed,
        tables=TABLES,
        whole=WHOLE,
        remedies=_close_bypass,
        shown=_show_bypassed,
    ),
    Fact(
        name="bastion.not_recording",
        kind=kinds.NAMES,
        level=Level.NETWORK,
        label="Bastions that do not record sessions",
        doc="Covering Bastions with session recording off.",
        read=_not_recording,
        tables=TABLES,
        whole=WHOLE,
        remedies=_record,
        shown=_show_not_recording,
    ),
    Fact(
        name="bastion.recordings_kept_safe",
        kind=kinds.YES_NO,
        level=Level.NETWORK,
        label="whether recordings are kept safe",
        doc=(
            "Whether what covering Bastions record is private and its link short-lived. No read permission shows that, "
            "so it is not known wherever a Bastion records."
        ),
        read=_kept_safe,
        tables=TABLES,
    ),
)
