"""What a service tag means under the data that an audit was given (azure-facts 5.2), and what that assumes."""

from collections.abc import Iterator
from typing import Final

from vmaudit.addresses import ANY_ADDRESS, NOTHING
from vmaudit.estate.estate import Estate
from vmaudit.estate.resources import Direction, Peers
from vmaudit.exposure.meaning import Meaning, exactly
from vmaudit.known import Unknown

FRESH_DAYS: Final = 14
"""Data this close to the evidence counts as of the same time.

Microsoft publishes every week and says that new ranges are not used for at least a week after they were published.
"""


def published(estate: Estate, tag: str) -> Meaning:
    """The addresses of a tag, exactly where there is data for it. Without data it may hold anything."""
    data = estate.service_tags
    if data is None:
        return Meaning(NOTHING, ANY_ADDRESS, f"the addresses of service tag {tag} are not in the evidence")
    found = data.addresses(tag)
    return Meaning(NOTHING, ANY_ADDRESS, found.reason) if isinstance(found, Unknown) else exactly(found)


def other_times(estate: Estate) -> tuple[str, ...]:
    """What an audit takes for granted where the data is from another time than the evidence, as a sentence.

    Nothing where no rule names a tag that the data has: then it decided nothing.
    """
    data = estate.service_tags
    if data is None or not estate.taken_at:
        return ()
    days = data.days_before(estate.taken_at)
    used = sorted({name for tag in _tags(estate) if (name := data.named(tag))}, key=str.lower)
    if abs(days) <= FRESH_DAYS or not used:
        return ()
    apart = f"{days} days before" if days > 0 else f"{-days} days after"
    word = "tag" if len(used) == 1 else "tags"
    when = f"on {data.date}, {apart} the evidence was taken"
    return (f"service {word} {', '.join(used)} had the addresses that Microsoft published {when}",)


def _tags(estate: Estate) -> Iterator[str]:
    """The tags that rules name whose answer depends on data."""
    return (tag for side in _sides(estate) for tag in side.tags)


def _sides(estate: Estate) -> Iterator[Peers]:
    for group in estate.security_groups.values():
        for rule in group.rules:
            if rule.direction is Direction.INBOUND:
                yield rule.source
                yield rule.destination
    for rules in estate.admin_rules.values():
        for rule in () if isinstance(rules, Unknown) else rules:
            yield rule.source
            yield rule.destination
    for holder in (*estate.firewalls.values(), *estate.rule_collection_groups.values()):
        yield from (rule.sources for rule in holder.rules)
