"""Conditions of role assignments, as far as they bear on doors (azure-facts 6.1)."""

import pytest

from vmaudit.access.conditions import ASSIGNING, holds, named_roles

LOGIN, PUSH = "1c0163c0-47e6-4577-8991-ea5c82e286e4", "8311e382-0749-4cb8-b61a-304f252e45ec"
RUN = "microsoft.compute/virtualmachines/runcommand/action"
NAMES_LOGIN = (
    f"@Request[Microsoft.Authorization/roleAssignments:RoleDefinitionId] ForAnyOfAnyValues:GuidEquals {{{LOGIN}}}"
)
NOT_LOGIN = NAMES_LOGIN.replace("ForAnyOfAnyValues:GuidEquals", "ForAnyOfAllValues:GuidNotEquals")
WRITE = "ActionMatches{'Microsoft.Authorization/roleAssignments/write'}"
OTHER = "@Principal[x:y] StringEquals 'z'"


@pytest.mark.parametrize(
    ("condition", "operation", "answer"),
    [
        (WRITE, ASSIGNING, True),
        (WRITE, RUN, False),
        (f"!({WRITE})", RUN, True),
        (f"NOT {WRITE}", RUN, True),
        ("ActionMatches{'Microsoft.Compute/*'}", RUN, True),
        (OTHER, RUN, None),
        (f"!({OTHER})", RUN, None),
        (f"{WRITE} AND {OTHER}", RUN, False),
        (f"{WRITE} AND {OTHER}", ASSIGNING, None),
        (f"{WRITE} OR {OTHER}", ASSIGNING, True),
        (f"{OTHER} || {WRITE}", RUN, None),
        (f"{OTHER} && {WRITE}", RUN, False),
        (f"(({WRITE}))", ASSIGNING, True),
        (f"{WRITE} AND {WRITE} OR {OTHER}", ASSIGNING, True),
        (f"!({WRITE}) OR {NAMES_LOGIN}", RUN, True),
        (NAMES_LOGIN, RUN, None),
    ],
)
def test_a_condition_holds_or_not_or_that_can_not_be_told(condition: str, operation: str, answer: bool | None) -> None:  # noqa: FBT001 - a table of answers
    assert holds(condition, operation) is answer


@pytest.mark.parametrize(
    ("condition", "role", "answer"),
    [
        (NAMES_LOGIN, LOGIN, True),
        (NAMES_LOGIN, PUSH, False),
        (NOT_LOGIN, LOGIN, False),
        (NOT_LOGIN, PUSH, True),
        (f"({NAMES_LOGIN}) AND ({OTHER})", LOGIN, None),
        (f"({NAMES_LOGIN}) AND ({OTHER})", PUSH, False),
    ],
)
def test_which_role_may_be_assigned(condition: str, role: str, answer: bool | None) -> None:  # noqa: FBT001 - likewise
    assert holds(condition, ASSIGNING, role) is answer


def test_guids_are_one_with_and_without_dashes() -> None:
    assert named_roles(NAMES_LOGIN.replace("-", "")) == (LOGIN,)


@pytest.mark.parametrize(
    "condition",
    [
        "",
        "(",
        ")",
        f"({WRITE}",
        f"{WRITE})",
        f"{WRITE} {WRITE}",
        "AND",
        "!",
        f"{WRITE} OR",
        "(" * 500 + WRITE + ")" * 500,
    ],
)
def test_a_text_that_is_no_condition_tells_nothing(condition: str) -> None:
    assert holds(condition, ASSIGNING) is None
