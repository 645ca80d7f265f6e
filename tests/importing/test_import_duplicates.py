import pytest

from desk import Desk, compact, vm
from vmaudit.errors import UnreadableFileError
from vmaudit.importing.duplicates import OnDuplicate

LAST = OnDuplicate.LAST


def test_one_id_twice_with_the_same_content_is_one_row(desk: Desk) -> None:
    desk.put("a.json", [vm("web", n=1), vm("web", n=1)])
    desk.put("b.json", vm("web", n=1))

    imported, snapshot = desk.brings()

    assert list(snapshot.rows("virtual_machines")) == [compact(vm("web", n=1))]
    assert imported.left_out == 2
    assert [file.rows for file in imported.files] == [2, 1]


def test_content_is_the_same_whatever_the_order_of_keys_and_the_white_space(desk: Desk) -> None:
    web = vm("web")["id"]
    desk.put("a.json", f'{{"id": "{web}", "p": {{"x": 1, "y": ["\\u00e9"]}}}}'.encode())
    desk.put("b.json", f'{{"p":{{"y":["é"],"x":1}},"id":"{web}"}}'.encode())

    assert desk.rows("virtual_machines") == [f'{{"id":"{web}","p":{{"x":1,"y":["\\u00e9"]}}}}'.encode()]


@pytest.mark.parametrize(
    "other", [{"p": [2, 1]}, {"p": [1, 2], "q": None}, {"p": [1, True]}, {"p": [1, "2"]}, {"p": None}, {}]
)
def test_content_differs_where_any_value_differs(desk: Desk, other: dict[str, object]) -> None:
    desk.put("a.json", [vm("web", p=[1, 2]), vm("web", **other)])

    assert "is given twice with different content" in desk.refusal()


def test_different_content_is_refused_with_both_places(desk: Desk) -> None:
    desk.put("a.json", [vm("db"), vm("web", n=1)])
    desk.put("b.ndjson", b"\n".join([compact(vm("jump")), b"", compact(vm("web", n=2))]))

    assert desk.refusal() == (
        "'/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/virtualMachines/web' is given twice with "
        "different content: a.json, row 2 and b.ndjson, row 2 (line 3)"
    )


@pytest.mark.parametrize("flat_first", [True, False])
def test_a_row_of_az_and_one_of_arm_are_told_apart_from_one_that_is_out_of_date(
    desk: Desk, *, flat_first: bool
) -> None:
    flat, nested = vm("web", vmId="1"), vm("web", properties={"vmId": "1"})
    desk.put("a.json", [flat, nested] if flat_first else [nested, flat])

    with pytest.raises(UnreadableFileError, match="is given twice with different content") as refused:
        desk.brings()

    assert refused.value.remedy == (
        "One is as `az` prints it, without `properties`, and one as ARM or Resource Graph answers, so they may well say "
        "the same. Keep the one that comes last with --on-duplicate last, or leave one of the files out."
    )


def test_two_rows_of_one_layout_are_not_taken_for_two_layouts(desk: Desk) -> None:
    desk.put("a.json", [vm("web", properties={"vmId": "1"}), vm("web", properties={"vmId": "2"})])

    with pytest.raises(UnreadableFileError) as refused:
        desk.brings()

    assert refused.value.remedy.startswith("Leave out the file that is out of date")


def test_an_id_in_another_letter_case_is_the_same_id(desk: Desk) -> None:
    desk.put("a.json", [vm("web", n=1), vm("WEB", n=2)])

    assert "is given twice with different content: a.json, row 1 and a.json, row 2" in desk.refusal()


def test_the_last_row_is_kept_when_that_is_asked_for(desk: Desk) -> None:
    desk.put("a.json", [vm("web", n=1), vm("db", n=1)])
    desk.put("b.json", [vm("WEB", n=2)])

    imported, snapshot = desk.brings(on_duplicate=LAST)

    assert list(snapshot.rows("virtual_machines")) == [compact(vm("db", n=1)), compact(vm("WEB", n=2))]
    assert imported.left_out == 1


def test_the_last_file_is_the_one_that_was_named_last(desk: Desk) -> None:
    new, old = desk.put("a-new.json", vm("web", n=2)), desk.put("b-old.json", vm("web", n=1))

    assert desk.rows("virtual_machines", old, new, on_duplicate=LAST) == [compact(vm("web", n=2))]


def test_a_content_that_comes_back_is_the_last(desk: Desk) -> None:
    desk.put("a.json", [vm("web", n=1), vm("web", n=2), vm("web", n=1), vm("web", n=1)])

    assert desk.rows("virtual_machines", on_duplicate=LAST) == [compact(vm("web", n=1))]


def test_a_row_that_changes_its_type_leaves_nothing_of_the_old_one(desk: Desk) -> None:
    desk.put("a.json", [vm("web", type="Microsoft.Compute/other"), vm("web", n=2)])

    imported, _ = desk.brings(on_duplicate=LAST)

    assert imported.rows == (("virtual_machines", 1),)
    assert imported.other_types == ()
