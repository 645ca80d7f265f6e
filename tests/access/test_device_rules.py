"""Rules of device filters, by Microsoft Learn's page about them."""

import pytest

from vmaudit.access.conditional_access.device_rules import UNSURE, comparisons, holds
from vmaudit.access.conditional_access.levels import MAYBE, NO, YES

SAW = {"iscompliant": "true", "trusttype": "azuread", "extensionattribute1": "saw", "model": "surface 9"}
NOT_REGISTERED = dict.fromkeys(SAW)


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ('device.extensionAttribute1 -eq "SAW"', YES),
        ("device.extensionAttribute1 -eq 'saw'", YES),
        ("device.isCompliant -eq True", YES),
        ('device.isCompliant -ne "True"', NO),
        ('device.trustType -in ["ServerAD", "AzureAD"]', YES),
        ('device.trustType -notIn ["ServerAD", "Workplace"]', YES),
        ('device.model -startsWith "Surface"', YES),
        ('device.model -notContains "9"', NO),
        ('device.model -endsWith "9"', YES),
        ('device.isCompliant -eq "True" -and device.trustType -eq "ServerAD"', NO),
        ('device.isCompliant -eq "False" -or device.trustType -eq "AzureAD"', YES),
        ('-not (device.isCompliant -eq "True" -and device.trustType -eq "ServerAD")', YES),
        ('(device.model -eq "x" -or device.model -eq "Surface 9") -and device.trustType -ne "ServerAD"', YES),
        ('device.trustType -eq "ServerAD" -or device.isCompliant -eq "True" -and device.model -eq "x"', NO),
    ],
)
def test_a_registered_device_is_tested_by_what_it_has(rule: str, expected: int) -> None:
    assert holds(rule, SAW) == expected


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ('device.trustType -eq "AzureAD"', NO),
        ('device.trustType -ne "AzureAD"', YES),
        ('device.model -notStartsWith "Surface"', YES),
        ('device.model -in ["a"]', NO),
    ],
)
def test_on_a_device_that_is_not_registered_positive_tests_fail_and_negative_ones_hold(
    rule: str, expected: int
) -> None:
    assert holds(rule, NOT_REGISTERED) == expected


def test_an_attribute_that_may_be_there_leaves_it_open() -> None:
    assert holds('device.extensionAttribute1 -eq "SAW"', {"extensionattribute1": UNSURE}) == MAYBE


@pytest.mark.parametrize(
    "rule",
    [
        'device.model -match "S.*"',
        "device.model -eq",
        'user.department -eq "Sales"',
        '(device.model -eq "x"',
        'device.model -eq "x" device.model -eq "y"',
        "",
        "(" * 200 + 'device.model -eq "x"' + ")" * 200,
    ],
)
def test_what_is_no_rule_that_is_documented_is_not_understood(rule: str) -> None:
    assert comparisons(rule) is None
    assert holds(rule, SAW) == MAYBE
