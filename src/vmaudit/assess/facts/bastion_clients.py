"""Facts about the clients of Bastion: from which public addresses its NSG takes HTTPS (controls BAS-006)."""

from collections.abc import Iterator
from functools import partial
from typing import Final

from vmaudit.addresses import NOTHING, PUBLIC, Intervals, single, size, union
from vmaudit.assess import kinds
from vmaudit.assess.facts.bastion_cover import TABLES, WHOLE
from vmaudit.assess.facts.bastion_flows import client_rulings
from vmaudit.assess.facts.bastion_posts import Post, bastion_posts
from vmaudit.assess.facts.bastion_traffic_remedies import narrow_clients
from vmaudit.assess.facts.case import Case
from vmaudit.assess.facts.fact import Fact, Level, Remedy
from vmaudit.assess.values import AtLeast, Names, Openings
from vmaudit.estate.resources import Access, Protocol
from vmaudit.exposure.breadth import INTERNET_WIDE_IPV4
from vmaudit.exposure.paths import Certainty, Opening
from vmaudit.known import Read, Unknown

_HTTPS: Final = single(443)


def _client_openings(case: Case) -> Read[Openings]:
    return case.around.once(("bastion clients", case.place), partial(_read_clients, case))


def _read_clients(case: Case) -> Read[Openings]:
    posts = bastion_posts(case)
    if isinstance(posts, Unknown):
        return posts
    found = [opening for post in posts.known if not post.host.private_only for opening in _clients_of(post)]
    if posts.more:
        found.append(Opening(PUBLIC, Protocol.TCP, _HTTPS, Certainty.POSSIBLE, posts.more))
    return tuple(found)


def _clients_of(post: Post) -> Iterator[Opening]:
    if post.broker is None:
        yield Opening(PUBLIC, Protocol.TCP, _HTTPS, Certainty.PROVEN)
        return
    for ruling in client_rulings(post.broker):
        if ruling.access is Access.ALLOW:
            yield Opening(ruling.box.remote, Protocol.TCP, _HTTPS, Certainty.PROVEN)
        elif ruling.access is None:
            yield Opening(ruling.box.remote, Protocol.TCP, _HTTPS, Certainty.POSSIBLE, ruling.doubts[0])


def _client_addresses(case: Case) -> Read[float | AtLeast[float]]:
    openings = _client_openings(case)
    if isinstance(openings, Unknown):
        return openings
    proven: Intervals = NOTHING
    reason = ""
    for opening in openings:
        if opening.certainty is Certainty.PROVEN:
            proven = union(proven, opening.sources)
        else:
            reason = reason or opening.reason
    return AtLeast(float(size(proven)), reason) if reason else float(size(proven))


def _narrow_clients(case: Case, _found: object) -> tuple[Remedy, ...]:
    return case.around.once(("narrow clients", case.place), partial(_narrowing, case))


def _narrowing(case: Case) -> tuple[Remedy, ...]:
    posts = bastion_posts(case)
    known = () if isinstance(posts, Unknown) else posts.known
    return tuple(
        remedy for post in known if not post.host.private_only for remedy in narrow_clients(post.subnet, post.broker)
    )


def _shut_hosts(case: Case) -> Read[Names]:
    """A host with a public address is asked for at that address alone, so private sources never match there."""
    posts = bastion_posts(case)
    if isinstance(posts, Unknown):
        return posts
    found = {
        post.host.name
        for post in posts.known
        if post.host.public_ip and not post.host.private_only and not list(_clients_of(post))
    }
    return Names(tuple(sorted(found)), posts.more)


def _show_clients(value: Openings) -> str:
    return kinds.listed(dict.fromkeys(kinds.sources_text(opening.sources) for opening in value))


def _show_addresses(value: float | AtLeast[float]) -> str:
    if isinstance(value, AtLeast):
        return f"at least {_show_addresses(value.least)}"
    if value >= INTERNET_WIDE_IPV4:
        return kinds.sources_text(PUBLIC)
    return "1 public address" if value == 1 else f"{kinds.NUMBER.show(value)} public addresses"


def _show_shut(value: Names) -> str:
    return f"nobody, at {kinds.NAMES.show(value)}" if value.proven else kinds.NAMES.show(value)


_TABLES: Final = (*TABLES, "subnets", "security_groups", "security_rules")

FACTS: Final = (
    Fact(
        name="bastion.client_openings",
        kind=kinds.OPENINGS,
        level=Level.NETWORK,
        label="who can open HTTPS to a covering Bastion",
        doc="Public addresses from which covering Bastions take HTTPS; none for one that is private-only.",
        read=_client_openings,
        tables=_TABLES,
        whole=WHOLE,
        remedies=_narrow_clients,
        shown=_show_clients,
    ),
    Fact(
        name="bastion.client_addresses",
        kind=kinds.NUMBER,
        level=Level.NETWORK,
        label="from how many addresses HTTPS to a covering Bastion is open",
        doc="How many public addresses covering Bastions take HTTPS from.",
        read=_client_addresses,
        tables=_TABLES,
        whole=WHOLE,
        remedies=_narrow_clients,
        shown=_show_addresses,
    ),
    Fact(
        name="bastion.shut_hosts",
        kind=kinds.NAMES,
        level=Level.NETWORK,
        label="Bastions that nobody can reach",
        doc="Covering Bastions with a public address whose NSG lets no public address in: private ones never match.",
        read=_shut_hosts,
        tables=_TABLES,
        whole=WHOLE,
        remedies=_narrow_clients,
        shown=_show_shut,
    ),
)
