import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from builders import estate, nic, vm
from vmaudit.assess.columns import column, columns, combine
from vmaudit.assess.facts import FACTS
from vmaudit.assess.facts.case import cases
from vmaudit.assess.facts.fact import Level
from vmaudit.assess.values import Names, Ports
from vmaudit.exposure.reach import expose
from vmaudit.known import Unknown


def test_equal_values_get_one_code_whether_or_not_they_are_the_same_object() -> None:
    built = column([Ports(((22, 22),)), Ports(((22, 22),)), Unknown("a"), Unknown("b"), Unknown("a")])

    assert built.codes.tolist() == [0, 0, 1, 2, 1]
    assert list(built.distinct) == [Ports(((22, 22),)), Unknown("a"), Unknown("b")]


def test_an_unknown_with_another_reason_is_another_value() -> None:
    assert len(column([Names((), "a"), Names((), "b")]).distinct) == 2


@given(st.lists(st.lists(st.integers(0, 3), min_size=5, max_size=5), max_size=4))
def test_rows_share_a_place_exactly_if_they_agree_in_every_part(parts: list[list[int]]) -> None:
    first, place = combine([np.array(part, np.int64) for part in parts], 5)

    rows = list(zip(*parts, strict=True)) if parts else [()] * 5
    for i in range(5):
        for j in range(5):
            assert (place[i] == place[j]) == (rows[i] == rows[j])
    assert [rows[row] for row in first] == [rows[int(np.flatnonzero(place == n)[0])] for n in range(len(first))]


def test_a_fact_of_a_network_is_read_once_for_all_machines_in_it() -> None:
    whole = estate(vm(nic(name="a"), name="one"), vm(nic(name="b"), name="two"))
    gathered = cases(whole, expose(whole))

    table = columns(gathered, ["bastion.covering"])

    assert FACTS["bastion.covering"].level is Level.NETWORK
    assert table["bastion.covering"].codes.tolist() == [0, 0]
    assert list(table["bastion.covering"].distinct) == [Names(())]
