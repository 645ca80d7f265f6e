"""What a rule asks of roles that are held: whether one permits some operations, how it is held, for how long, where."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from math import inf
from typing import Any, Final, cast

from vmaudit.access.doors import ALL_NEEDS, NEEDS, Mask
from vmaudit.access.held import RoleHeld, RolesAt
from vmaudit.access.matching import matches
from vmaudit.assess import kinds
from vmaudit.assess.logic import Truth, all_of, truth
from vmaudit.assess.values import Roles
from vmaudit.estate.rights import Held
from vmaudit.known import Unknown

HELD: Final[tuple[Held, ...]] = ("standing", "time-bound", "activated", "eligible")
_ACTIVE: Final = frozenset(HELD) - {"eligible"}
"""What a role may be of which it is not known how it is held: only active ones leave that open."""
SCOPES: Final = ("root", "management-group", "subscription", "resource-group", "resource")
"""What a scope can be, the widest first."""
_MOST_SHOWN: Final = 10
"""A sentence shows no more words than these of any scope."""
_FIELDS: Final = ("operations", "held", "longer_than", "over_machines", "scopes", "other_than")


@dataclass(frozen=True, slots=True)
class Asked:
    """The operand of `allow`. What a rule leaves out asks nothing."""

    operations: Mask
    held: frozenset[str]
    longer_than: float = -1.0
    over_machines: float = -1.0
    scopes: frozenset[str] = frozenset(SCOPES)
    other_than: frozenset[str] = frozenset()
    """Ids and names of principals that are left out, folded."""


def operations(written: Any) -> Mask:
    """Operations, each one that vmaudit knows or a pattern that covers some. Raises MiswrittenError."""
    mask = 0
    for pattern in kinds.name_list(written):
        covered = sum(1 << bit for bit, need in enumerate(NEEDS) if matches(pattern, need.operation))
        if not covered:
            raise kinds.MiswrittenError(
                f"operations that vmaudit looks at; {pattern!r} covers none (docs/access.md lists them)"
            )
        mask |= covered
    return mask


def asked(written: Any) -> Asked:
    """The operand of `allow` as a rule writes it. Raises MiswrittenError."""
    parts = kinds.fields(written, _FIELDS)
    held = _some_of(parts.get("held", list(HELD)), HELD)
    return Asked(
        operations=operations(parts["operations"]) if "operations" in parts else ALL_NEEDS,
        held=held,
        longer_than=kinds.minutes(parts["longer_than"]) if "longer_than" in parts else -1.0,
        over_machines=_count(parts.get("over_machines", -1)),
        scopes=_some_of(parts.get("scopes", list(SCOPES)), SCOPES),
        other_than=frozenset(name.casefold() for name in kinds.name_list(parts.get("other_than", []))),
    )


def _some_of(written: Any, known: Sequence[str]) -> frozenset[str]:
    strange = [name for name in kinds.name_list(written) if name not in known]
    if strange:
        raise kinds.MiswrittenError(f"some of {kinds.listed(known)}, not {strange[0]!r}")
    return frozenset(kinds.name_list(written))


def _count(written: Any) -> float:
    if isinstance(written, bool) or not isinstance(written, int | float):
        raise kinds.MiswrittenError(f"a number of machines, not {written!r}")
    return float(written)


def answer(value: Roles, question: Asked) -> tuple[Truth, Roles]:
    """Whether one of the roles fits, and those that do, or that may where none does for sure."""
    told = [(each, _of(each, question)) for each in value.at]
    best = max((found for _, (found, _) in told), default=Truth.NO)
    if best is Truth.NO:
        return best, value
    return best, Roles(tuple(narrowed for _, (found, narrowed) in told if found is best))


def _of(roles: RolesAt, question: Asked) -> tuple[Truth, RolesAt]:
    """The answer for the roles of one scope. Every machine below it asks the same, so it is kept."""
    kept: dict[Asked, tuple[Truth, RolesAt]] = roles.kept
    found = kept.get(question)
    if found is None:
        fits = [(role, _fits(role, question)) for role in roles.held]
        best = max((fit for _, fit in fits), default=Truth.NO)
        chosen = [role for role, fit in fits if fit is best]
        if best is Truth.UNKNOWN:
            chosen = [role if role.because else replace(role, because=_why(role, question)) for role in chosen]
        found = kept[question] = best, RolesAt(tuple(chosen))
    return found


def _fits(role: RoleHeld, question: Asked) -> Truth:
    found = _permits(role, question.operations)
    if found is Truth.NO or _left_out(role, question):
        return Truth.NO
    ways = _ACTIVE if role.held == "unknown" else frozenset({role.held})
    if ways.isdisjoint(question.held):
        return Truth.NO
    if role.because or not ways <= question.held:
        found = Truth.UNKNOWN
    return all_of(found, _lasts(role, question.longer_than), _reaches(role, question.over_machines))


def _left_out(role: RoleHeld, question: Asked) -> bool:
    """Whether the question leaves this role out, by who holds it or by where."""
    if question.other_than and {role.who.casefold(), role.principal} & question.other_than:
        return True
    somewhere = role.principal or role.at
    return bool(somewhere and len(question.scopes) < len(SCOPES) and scope_kind(role.at) not in question.scopes)


def _permits(role: RoleHeld, wanted: Mask) -> Truth:
    return Truth.YES if role.may & wanted else Truth.UNKNOWN if role.might & wanted else Truth.NO


def _lasts(role: RoleHeld, limit: float) -> Truth:
    """A role that is held for good lasts longer than anything."""
    if limit < 0 or role.held == "standing":
        return Truth.YES
    return Truth.UNKNOWN if isinstance(role.minutes, Unknown) else truth(role.minutes > limit)


def _reaches(role: RoleHeld, limit: float) -> Truth:
    if role.machines > limit:
        return Truth.YES
    return Truth.UNKNOWN if role.uncounted else Truth.NO


def _why(role: RoleHeld, question: Asked) -> str:
    what = f"{role.role} of {role.who}"
    if role.held == "unknown":
        return f"PIM does not say how {what} is held"
    if not role.may & question.operations:
        return f"whether a condition lets {what} do it can't be told"
    if isinstance(role.minutes, Unknown) and question.longer_than >= 0:
        return f"{what}: {role.minutes.reason}"
    return role.uncounted or f"{what} was read in part"


def parse(written: Any) -> Roles:
    """Roles as an example writes them: a list of them. Raises MiswrittenError."""
    if not isinstance(written, list):
        raise kinds.MiswrittenError(f"a list of roles, not {written!r}")
    given = [_role(item) for item in cast("list[Any]", written)]
    return Roles((RolesAt(tuple(given)),) if given else ())


_WRITTEN: Final = ("who", "role", "at", "held", "may", "for", "machines", "because")


def _role(written: Any) -> RoleHeld:
    parts: Mapping[str, Any] = kinds.fields(written, _WRITTEN)
    held = parts.get("held", "standing")
    if held not in (*HELD, "unknown") or "may" not in parts:
        raise kinds.MiswrittenError(f"a role with `may`, and `held` out of {kinds.listed((*HELD, 'unknown'))}")
    may = operations(parts["may"])
    because = kinds.TEXT.parse(parts.get("because", ""))
    return RoleHeld(
        who=kinds.TEXT.parse(parts.get("who", "Adam")),
        principal="",
        role=kinds.TEXT.parse(parts.get("role", "Owner")),
        role_id="",
        at=kinds.TEXT.parse(parts.get("at", "")),
        held=held,
        may=may,
        might=may,
        minutes=kinds.minutes(parts["for"]) if "for" in parts else inf,
        machines=_count(parts.get("machines", 1)),
        because=because,
    )


def shown(value: Roles) -> str:
    """Who holds what: `Adam (Owner at resource group rg-shop)`; many are cut and counted."""
    return kinds.listed_of(
        [words for each in value.at for words in islice(_words(each), _MOST_SHOWN)], _count_of(value)
    )


def _words(roles: RolesAt) -> tuple[str, ...]:
    """The words for the roles of one scope, made once for all machines below it."""
    found: tuple[str, ...] | None = roles.kept.get("words")
    if found is None:
        found = roles.kept["words"] = tuple(dict.fromkeys(_said(role) for role in roles.held))
    return found


def _count_of(value: Roles) -> int:
    return sum(len(_words(each)) for each in value.at)


def _said(role: RoleHeld) -> str:
    before = "possibly " if role.because else ""
    return f"{before}{role.who} ({role.role}{f' at {scope_text(role.at)}' if role.at else ''})"


def scope_text(scope: str) -> str:
    """A scope as people call it.

    >>> scope_text("/subscriptions/s/resourceGroups/rg-shop"), scope_text("/")
    ('resource group rg-shop', 'the root of the tenant')
    """
    kind, name = scope_kind(scope), scope.rpartition("/")[2]
    if kind == "root":
        return "the root of the tenant"
    return name if kind == "resource" else f"{kind.replace('-', ' ')} {name}"


def scope_kind(scope: str) -> str:
    """Which of `SCOPES` a scope is.

    >>> scope_kind("/subscriptions/s"), scope_kind("/providers/Microsoft.Management/managementGroups/g")
    ('subscription', 'management-group')
    """
    parts = scope.strip("/").lower().split("/")
    if parts == [""]:
        return "root"
    if len(parts) <= 2:
        return "subscription"
    return {"managementgroups": "management-group", "resourcegroups": "resource-group"}.get(parts[-2], "resource")


ROLES: Final = kinds.Kind(
    "roles",
    "`[{who: Adam, role: Owner, may: [operations]}]`, each with `at`, `held` (standing unless said otherwise), `for` "
    "(ISO 8601) and `machines` if they matter, and with `because: ...` if it is only possible",
    parse,
    shown,
)
