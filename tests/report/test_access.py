"""Who may act, and what is worse together, as each report shows it."""

import csv
import io
import json
from dataclasses import replace
from pathlib import Path

import pytest

from assess.judged import shipped_combinations
from report import samples
from report.markup import Page
from vmaudit.access.grants import Way
from vmaudit.access.overview import AccessTable, Overview, Reach, Wide
from vmaudit.assess.assessment import Assessment, Toxic, ToxicStep
from vmaudit.estate.rights import Activation, Held, Principal
from vmaudit.known import Unknown
from vmaudit.report.access_words import Teller
from vmaudit.report.content import Limits, content
from vmaudit.report.csv_v1 import to_csv
from vmaudit.report.html import to_html
from vmaudit.report.json_v1 import to_json
from vmaudit.report.pdf import to_pdf
from vmaudit.report.wording import anchor

JANE = Principal("aaaaaaaa-0000-0000-0000-000000000001", "User", "Jane Doe")
TWIN = Principal("aaaaaaaa-0000-0000-0000-000000000002", "User", "jane doe")
GUEST = Principal("aaaaaaaa-0000-0000-0000-000000000003", "User", samples.SCRIPT, ("guest", "disabled"))
GONE = Principal("aaaaaaaa-0000-0000-0000-000000000004", "Unknown", "", ("deleted",))
ROBOT = Principal("cccccccc-0000-0000-0000-000000000001", "ServicePrincipal", samples.FORMULA)
ASKED = Activation(mfa=True, approval=True, justification=False, max_hours=4)
UNREAD = Unknown("not read")
NOT_READ = Activation(UNREAD, UNREAD, UNREAD, UNREAD)
SUBSCRIPTION = samples.SUBSCRIPTION


def way(who: Principal, *doors: str, held: Held = "standing", **more: object) -> Way:
    values: dict[str, object] = {
        "role": "Contributor",
        "scope": f"{SUBSCRIPTION}/resourceGroups/rg-shop",
        "assignment": f"{SUBSCRIPTION}/roleAssignments/{who.id}-{held}",
        "via": (),
        "condition": "none",
        "activation": None,
        "certain": True,
        **more,
    }
    return Way(principal=who, doors=doors, held=held, **values)  # type: ignore[arg-type]


SHARED = AccessTable(
    (
        way(JANE, "run-command", "extension", "password-reset", "network-change", "log-hide", role="Owner"),
        way(GUEST, "sign-in-admin", "sign-in-user", held="unknown", via=("group-1", "group-2")),
        way(ROBOT, "run-command", held="time-bound", certain=False),
        way(TWIN, "sign-in-user", held="eligible", activation=ASKED, condition="conditional"),
        way(TWIN, "bastion-use", held="eligible", activation=NOT_READ),
        way(GONE, "run-command"),
    ),
    7,
    (f"group {samples.SCRIPT} was not read",),
    ("no deny assignment takes any of this away",),
)
NOBODY = AccessTable((), 0, (), ())
TOXIC = (
    Toxic("TOX-02", certain=True, steps=(ToxicStep(f"Leads to {samples.SCRIPT}", certain=True),), proof=("a: b",)),
    Toxic("TOX-13", certain=False, steps=(ToxicStep("Not known: whether", certain=False),), proof=()),
)


@pytest.fixture(scope="module")
def told(assessment: Assessment) -> Assessment:
    """The sample tenant, with two machines that share a table, one that nobody may act on, and others without."""
    first, second, third, *others = assessment.results
    people = (
        Reach(JANE, (("standing", 9), ("eligible", 2)), (Wide("Owner", "/", "standing", (), 11),)),
        Reach(TWIN, (("eligible", 3),), ()),
    )
    overview = Overview(
        {first.machine.key: SHARED, second.machine.key: SHARED, third.machine.key: NOBODY}, len(others), people, 4
    )
    results = (replace(first, toxic=TOXIC), second, third, *others)
    return replace(assessment, access=overview, results=results, combinations=shipped_combinations())


@pytest.fixture(scope="module")
def page(told: Assessment) -> Page:
    return Page(to_html(told, organisation="Contoso"))


def passport(told: Assessment, place: int) -> str:
    text = to_html(told)
    start = text.index(f'id="{anchor("vm", told.results[place].machine.key)}"')
    return text[start : text.index("</article>", start)]


def test_everybody_is_named_with_what_is_to_be_known_of_him(told: Assessment) -> None:
    words = content(told, "", Limits(rows=99, passports=99)).passports
    (table,) = [one.access for one in words if one.access and one.access.holders]

    assert [(one.name, one.kind, one.marks) for one in table.holders] == [
        ("Jane Doe", "", ()),
        (samples.SCRIPT, "", ("guest", "disabled")),
        (samples.FORMULA, "workload identity", ()),
        ("jane doe", "", ()),
        (GONE.id, "what it is was not read", ("deleted",)),
    ]


def test_two_people_of_one_name_are_told_apart_by_their_ids(page: Page) -> None:
    codes = [element.text for element in page.all("code")]

    assert JANE.id in codes
    assert TWIN.id in codes
    assert GUEST.id not in codes


def test_what_has_to_be_done_first_is_said_and_what_is_not_known_of_it(page: Page) -> None:
    assert "first: activate, MFA, approval; for at most 4 hours" in page.text
    assert "not known whether MFA or approval or a reason is asked for" in page.text


def test_what_is_not_known_is_shown_as_that(page: Page) -> None:
    assert "how is not known" in page.text
    assert "under a condition that may not let it pass" in page.text
    assert "perhaps: the role, or whether it counts here, was not read" in page.text


def test_many_doors_are_told_in_short_and_whole_where_one_points(page: Page) -> None:
    (short,) = [element for element in page.all("abbr") if "run commands" in element.text]

    assert short.text == "run commands, put code on it, reset passwords and 2 more"
    assert short.attributes["title"].endswith("change its network and turn off its logs")


def test_machines_that_share_a_table_tell_it_once(told: Assessment) -> None:
    text = to_html(told)

    assert text.count('class="holders"') == 1
    assert text.count("The same as on") == 1
    assert f'href="#{anchor("vm", told.results[0].machine.key)}-access"' in text or (
        f'href="#{anchor("vm", told.results[1].machine.key)}-access"' in text
    )


def test_that_nobody_may_act_is_said_and_that_nobody_knows_is_not_the_same(told: Assessment) -> None:
    assert "Nobody is known to be able to act on it." in passport(told, 2)
    assert "Who may act" not in passport(told, 5)


def test_whoever_was_deleted_is_not_counted_among_those_who_may_act(told: Assessment) -> None:
    overview = told.access
    assert overview is not None

    words = Teller(overview, holders=9).table(SHARED, "vm", "vm-1")

    assert words.says == "3 people and identities at least may act at once, and 1 after activating a role."


def test_a_long_table_says_how_many_it_leaves_out(told: Assessment) -> None:
    words = content(told, "", Limits(rows=99, passports=99, holders=2)).passports
    (table,) = [one.access for one in words if one.access and one.access.holders]

    assert len(table.holders) == 2
    assert table.left_out == 3


def test_people_with_most_reach_come_with_how_far_they_get(page: Page) -> None:
    (table,) = [element for element in page.all("table") if element.attributes.get("class") == "reach"]

    assert "standing 9" in table.text
    assert "eligible 2" in table.text
    assert "Owner at the root" in table.text
    assert "And 4 others with less reach" in page.text


def test_without_roles_the_page_says_that_nobody_knows(assessment: Assessment) -> None:
    text = Page(to_html(assessment)).text

    assert "no role of anybody was read" in text


def test_a_toxic_combination_is_told_step_by_step_and_a_possible_one_folded(told: Assessment, page: Page) -> None:
    text = passport(told, 0)

    assert "TOX-02" in text
    assert text.index("TOX-02") < text.index("Worse together, perhaps") < text.index("TOX-13")
    assert f"Leads to {samples.SCRIPT}" in page.text
    assert "TOX-15" in page.text


def test_every_link_of_the_page_leads_somewhere(told: Assessment, page: Page) -> None:
    ids = {element.attributes["id"] for element in page.elements if "id" in element.attributes}
    links = {element.attributes["href"][1:] for element in page.all("a") if element.attributes["href"].startswith("#")}

    known = {f"rule-{part}" for one in told.combinations for part in one.parts}
    assert links - ids <= known  # the sample has rules of its own, and not every part is among them


def test_names_of_people_make_no_elements_and_no_formulas(told: Assessment, page: Page) -> None:
    rows = list(csv.reader(io.StringIO(to_csv(told)["access.csv"].decode("utf-8-sig"))))

    assert len(page.all("script")) == 1
    assert samples.SCRIPT in page.text
    assert {row[3] for row in rows if row[2] == ROBOT.id} == {f"'{samples.FORMULA}"}


def test_the_csv_has_a_row_per_way_and_each_machine_names_its_table(told: Assessment) -> None:
    files = to_csv(told)
    ways = list(csv.DictReader(io.StringIO(files["access.csv"].decode("utf-8-sig"))))
    machines = list(csv.DictReader(io.StringIO(files["machines.csv"].decode("utf-8-sig"))))

    assert len(ways) == len(SHARED.ways)
    assert {row["machines"] for row in ways} == {"2"}
    assert [row["access_table"] for row in machines[:4]] == ["0", "0", "1", ""]
    assert ways[0]["doors"] == "run-command; extension; password-reset; network-change; log-hide"
    assert ways[1]["via"] == "group-1; group-2"


def test_without_roles_there_is_no_csv_that_would_say_nobody(assessment: Assessment) -> None:
    assert "access.csv" not in to_csv(assessment)


def test_the_json_shares_tables_and_knows_what_it_leaves_out(told: Assessment) -> None:
    document = json.loads(to_json(told))

    assert [machine["access_table"] for machine in document["machines"][:4]] == [0, 0, 1, None]
    assert [(table["number"], table["machines"], table["left_out"]) for table in document["access_tables"]] == [
        (0, 2, 7),
        (1, 1, 0),
    ]
    assert document["access"]["machines_left_out"] == len(told.results) - 3
    assert document["access"]["people"][0]["by_held"] == {"standing": 9, "eligible": 2}
    assert document["access_tables"][0]["ways"][4]["activation"] == dict.fromkeys(
        ("mfa", "approval", "justification", "max_hours"), "unknown"
    )


def test_the_json_keeps_to_its_schema(told: Assessment) -> None:
    import jsonschema

    from vmaudit.report import json_v1

    schema = json.loads(Path(json_v1.__file__).with_name("assessment-v1.schema.json").read_text("utf-8"))

    jsonschema.Draft202012Validator(schema).validate(json.loads(to_json(told)))


def test_without_roles_the_json_says_null_and_not_nobody(assessment: Assessment) -> None:
    document = json.loads(to_json(assessment))

    assert document["access"] is None
    assert document["access_tables"] == []
    assert {machine["access_table"] for machine in document["machines"]} == {None}


def test_the_pdf_names_people_and_paths(told: Assessment) -> None:
    from pypdf import PdfReader

    text = " ".join(page.extract_text() for page in PdfReader(io.BytesIO(to_pdf(told))).pages)

    for words in ("People with most reach", "Worse together", "TOX-02", "Jane Doe", JANE.id, "Who may act"):
        assert words in text
