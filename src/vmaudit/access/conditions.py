"""Conditions of role assignments and roles (ABAC), as far as they bear on the doors of a machine.

Two kinds of test are understood: which operation is asked for (`ActionMatches`), and which role somebody assigns
(`@Request[...:RoleDefinitionId] ... GuidEquals{...}`). Any other test may turn out either way. So a condition holds,
does not hold, or can't be told (azure-facts 6.1).
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from vmaudit.access.matching import matches
from vmaudit.estate.rights import RoleId

OTHER_ROLE: Final[RoleId] = "any other role"
"""Stands for all roles that a condition does not name."""

ASSIGNING: Final = "microsoft.authorization/roleassignments/write"

_TOKEN: Final = re.compile(
    r"\s+|(?P<open>\()|(?P<close>\))|(?P<and>&&|\bAND\b)|(?P<or>\|\||\bOR\b)|(?P<not>!|\bNOT\b)"
    r"|(?P<action>\bActionMatches\s*\{\s*'(?P<pattern>[^']*)'\s*\})"
    r"|(?P<role>@Request\[Microsoft\.Authorization/roleAssignments:RoleDefinitionId\]\s*"
    r"(?P<test>(?:ForAnyOfAnyValues:|ForAllOfAnyValues:)?GuidEquals|(?:ForAnyOfAllValues:|ForAllOfAllValues:)?GuidNotEquals)"
    r"\s*\{(?P<guids>[^}]*)\})"
    r"|(?P<opaque>(?:[^()&|!{}'\s]|\{[^}]*\}|'[^']*')+)",
    re.IGNORECASE,
)
_DEEPEST: Final = 100


class _UnreadableError(Exception):
    """A text that is no condition as Azure documents it."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """What somebody wants to do: an operation, and the role to be assigned where that is it."""

    operation: str
    role: RoleId


@lru_cache(maxsize=4096)
def holds(condition: str, operation: str, role: RoleId = OTHER_ROLE) -> bool | None:
    """Whether a condition lets an operation pass; None where that can't be told.

    >>> holds("!(ActionMatches{'a/write'}) OR @Resource[x] StringEquals 'y'", "b/write")
    True
    >>> holds("@Resource[x] StringEquals 'y'", "b/write") is None
    True
    """
    try:
        reader = _Reader(_tokens(condition), _Asked(operation, role))
        return reader.whole()
    except _UnreadableError:
        return None


@lru_cache(maxsize=4096)
def named_roles(condition: str) -> tuple[RoleId, ...]:
    """The roles that a condition names in a test of which role is assigned."""
    found = [_guids(match["guids"]) for match in _TOKEN.finditer(condition) if match["role"]]
    return tuple(dict.fromkeys(guid for guids in found for guid in guids))


def _guids(text: str) -> tuple[RoleId, ...]:
    """GUIDs in a list, some of which Azure's own roles write without dashes."""
    plain = (part.strip().strip("'").lower().replace("-", "") for part in text.split(","))
    return tuple("-".join((one[:8], one[8:12], one[12:16], one[16:20], one[20:])) for one in plain if one)


def _tokens(condition: str) -> list[re.Match[str]]:
    found: list[re.Match[str]] = []
    position = 0
    while position < len(condition):
        match = _TOKEN.match(condition, position)
        if match is None:
            raise _UnreadableError
        position = match.end()
        if match.lastgroup is not None:
            found.append(match)
    return found


class _Reader:
    """Reads `or` of `and` of tests from left to right. Words that are no known test are one test together."""

    def __init__(self, tokens: list[re.Match[str]], asked: _Asked) -> None:
        self._tokens = tokens
        self._next = 0
        self._depth = 0
        self._asked = asked

    def whole(self) -> bool | None:
        found = self._either()
        if self._next != len(self._tokens):
            raise _UnreadableError
        return found

    def _either(self) -> bool | None:
        found = self._both()
        while self._takes("or"):
            other = self._both()
            found = True if found or other else None if found is None or other is None else False
        return found

    def _both(self) -> bool | None:
        found = self._one()
        while self._takes("and"):
            other = self._one()
            found = False if found is False or other is False else None if found is None or other is None else True
        return found

    def _one(self) -> bool | None:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise _UnreadableError
        found = self._test()
        self._depth -= 1
        return found

    def _test(self) -> bool | None:
        if self._takes("not"):
            inner = self._one()
            return None if inner is None else not inner
        if self._takes("open"):
            inner = self._either()
            if not self._takes("close"):
                raise _UnreadableError
            return inner
        if self._at("action"):
            return matches(self._taken()["pattern"], self._asked.operation)
        if self._at("role"):
            return self._role_is_named(self._taken())
        if not self._at("opaque"):
            raise _UnreadableError
        while self._at("opaque"):
            self._taken()
        return None

    def _role_is_named(self, test: re.Match[str]) -> bool | None:
        if self._asked.operation.lower() != ASSIGNING:
            return None  # no role is named in such a request
        equal = self._asked.role in _guids(test["guids"])
        return not equal if test["test"].lower().endswith("guidnotequals") else equal

    def _at(self, kind: str) -> bool:
        return self._next < len(self._tokens) and self._tokens[self._next][kind] is not None

    def _takes(self, kind: str) -> bool:
        if not self._at(kind):
            return False
        self._next += 1
        return True

    def _taken(self) -> re.Match[str]:
        self._next += 1
        return self._tokens[self._next - 1]
