import shlex

import pytest

from vmaudit.assess import az

VM = "/subscriptions/s-1/resourceGroups/rg-web/providers/Microsoft.Compute/virtualMachines/vm"


def test_a_command_takes_subscription_and_group_from_the_id_in_any_letter_case() -> None:
    assert az.command("vm show", VM.lower(), ("-n", "vm")) == "az vm show --subscription s-1 -g rg-web -n vm"


@pytest.mark.parametrize("name", ["a b", "$(reboot)", "`id`", "'; rm -rf ~; '", "a\\b", '"', "é"])
def test_a_hostile_name_stays_one_argument_of_a_shell(name: str) -> None:
    assert shlex.split(az.command("vm show", VM, ("-n", name)))[-1] == name


@pytest.mark.parametrize("name", ["a\nreboot", "a\rb", "\x1b[2J", "a\u202eb", "a\x00", "\u200b"])
def test_a_character_that_nobody_can_see_is_no_part_of_a_command(name: str) -> None:
    line = az.command("vm show", VM, ("-n", name))

    assert line.isprintable()
    assert "?" in line


def test_a_name_that_starts_with_a_dash_is_no_option() -> None:
    assert az.command("vm show", VM, ("-n", "--force")).endswith("-n=--force")


def test_an_id_without_the_segment_gives_nothing() -> None:
    assert az.segment("/providers/x", "resourceGroups") == ""
