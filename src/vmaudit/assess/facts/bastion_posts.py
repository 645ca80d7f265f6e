"""The covering Bastions that have a subnet, each with the NSG that guards it: what facts about their traffic ask."""

from dataclasses import dataclass
from functools import partial

from vmaudit.assess.facts.bastion_cover import cover
from vmaudit.assess.facts.bastion_flows import Broker
from vmaudit.assess.facts.case import Case
from vmaudit.estate.resources import BastionHost, Key, Subnet
from vmaudit.exposure.surroundings import surroundings
from vmaudit.known import Read, Unknown


@dataclass(frozen=True, slots=True)
class Post:
    """One covering Bastion with a subnet; `broker` is None where no NSG guards it."""

    host: BastionHost
    subnet: Subnet
    broker: Broker | None


@dataclass(frozen=True, slots=True)
class Posts:
    """Those that were read, and why there could be more; "" where these are all."""

    known: tuple[Post, ...]
    more: str

    @property
    def brokers(self) -> tuple[Broker, ...]:
        """Those that an NSG guards."""
        return tuple(post.broker for post in self.known if post.broker)


def bastion_posts(case: Case) -> Read[Posts]:
    """The posts of the Bastions that cover the machine; worked out once per place."""
    return case.around.once(("bastion posts", case.place), partial(_read_posts, case))


def _read_posts(case: Case) -> Read[Posts]:
    covering = cover(case)
    if isinstance(covering, Unknown):
        return covering
    found: list[Post] = []
    more = covering.more
    for host in covering.hosts:
        post = _post(case, host, host.subnet) if host.subnet else None
        if isinstance(post, Unknown):
            more = more or post.reason
        elif post is not None:
            found.append(post)
    return Posts(tuple(found), more)


def _post(case: Case, host: BastionHost, key: Key) -> Read[Post]:
    subnet = case.estate.find(case.estate.subnets, key, "subnet")
    if isinstance(subnet, Unknown) or subnet.security_group is None:
        return subnet if isinstance(subnet, Unknown) else Post(host, subnet, None)
    group = case.estate.find(case.estate.security_groups, subnet.security_group, "NSG")
    if isinstance(group, Unknown):
        return group
    return Post(host, subnet, Broker(subnet, group, surroundings(case.estate, key), host.private_only))
