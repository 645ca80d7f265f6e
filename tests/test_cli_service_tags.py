"""`vmaudit service-tags`, and what the other commands do with what it stores."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from published_tags import text_of, weekly_file
from test_cli import allow, estate, snapshot_of
from vmaudit.cli import run
from vmaudit.cli.service_tags import store_path

TAGS = {"AzureDevOps": ["20.37.158.0/23", "2603:1000:4::/48"], "Storage.WestEurope": ["20.60.0.0/16"]}
SCHEMA = Path(__file__).parent.parent / "src" / "vmaudit" / "report" / "assessment-v1.schema.json"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user's data folder, and a working folder with Microsoft's file in it."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)
    write("ServiceTags_Public_20261116.json")
    return tmp_path


def write(name: str, **words: Any) -> str:
    Path(name).write_bytes(text_of(weekly_file(words.pop("tags", TAGS), **words)))
    return name


@pytest.fixture
def stored(home: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    assert run(["service-tags", "update", "ServiceTags_Public_20261116.json"]) == 0
    capsys.readouterr()
    return home / "data" / "vmaudit" / "service-tags.json"


def test_update_stores_what_it_checked_for_its_owner_alone(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["service-tags", "update", "ServiceTags_Public_20261116.json"]) == 0

    place = home / "data" / "vmaudit" / "service-tags.json"
    assert place.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in place.parent.iterdir()] == [place.name]
    assert capsys.readouterr().out == (
        f"2 service tags with 3 prefixes of cloud Public, published on 2026-11-16 (change 374), stored in {place}\n"
    )


def test_the_same_file_is_stored_as_the_same_bytes(stored: Path) -> None:
    assert run(["service-tags", "update", "ServiceTags_Public_20261116.json", "--store", "other.json"]) == 0

    assert Path("other.json").read_bytes() == stored.read_bytes()


@pytest.mark.parametrize("variable", ["", "relative/folder"])
def test_without_a_data_folder_the_usual_one_is_taken(variable: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", variable)
    monkeypatch.setenv("HOME", "/home/adam")

    assert store_path() == Path("/home/adam/.local/share/vmaudit/service-tags.json")


def test_show_names_date_cloud_counts_and_hashes(stored: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["service-tags", "show"]) == 0

    shown = capsys.readouterr().out
    assert "2 service tags with 3 prefixes of cloud Public, published on 2026-11-16 (change 374)" in shown
    assert "ServiceTags_Public_20261116.json" in shown
    assert str(stored) in shown


def test_show_lists_the_prefixes_of_one_tag(stored: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert stored.exists()
    assert run(["service-tags", "show", "azuredevops"]) == 0

    assert capsys.readouterr().out.splitlines() == TAGS["AzureDevOps"]


def test_show_says_where_nothing_is_stored(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["service-tags", "show"]) == 0

    assert f"Nothing is stored in {home / 'data'}" in capsys.readouterr().out


REFUSALS = [
    (["show", "AzureDevOp"], 2, "has no service tag 'AzureDevOp'\nDid you mean AzureDevOps?"),
    (["show", "x", "--store", "none.json"], 2, "nothing is stored in none.json"),
    (["update", "missing.json"], 3, "missing.json: no such file or directory"),
    (["update", "ServiceTags_Public_20261109.json"], 2, "is change 370 of 2026-11-09, older than what is stored"),
    (["update", "ServiceTags_AzureGovernment_20261123.json"], 2, "is of cloud AzureGovernment, and"),
    (["update", "undated.json"], 2, "from which day undated.json is"),
    (["update", "undated.json", "--date", "yesterday"], 2, "'yesterday' is not a day"),
    (["update", "broken.json"], 3, "values[0] (Sql), addressPrefixes[0]: 'x' is no prefix"),
]


@pytest.mark.usefixtures("stored")
@pytest.mark.parametrize(("arguments", "code", "message"), REFUSALS)
def test_what_can_not_be_done_gets_one_clear_error_and_changes_nothing(
    arguments: list[str], code: int, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    write("ServiceTags_Public_20261109.json", change=370)
    write("ServiceTags_AzureGovernment_20261123.json", change=400, cloud="AzureGovernment")
    write("undated.json", change=400)
    write("broken.json", tags={"Sql": ["x"]})
    before = store_path().read_bytes()

    assert run(["service-tags", *arguments]) == code

    assert message in capsys.readouterr().err
    assert store_path().read_bytes() == before


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("ServiceTags_Public_20261109.json", {"change": 370}),
        ("ServiceTags_AzureGovernment_20261123.json", {"change": 1, "cloud": "AzureGovernment"}),
    ],
)
def test_force_goes_back_or_over_to_another_cloud(stored: Path, name: str, words: dict[str, Any]) -> None:
    before = stored.read_bytes()
    write(name, **words)

    assert run(["service-tags", "update", name, "--force"]) == 0

    assert stored.read_bytes() != before


def test_a_damaged_store_is_refused_and_force_writes_over_it(stored: Path, capsys: pytest.CaptureFixture[str]) -> None:
    stored.write_bytes(stored.read_bytes()[:50])

    assert run(["service-tags", "show"]) == 3
    assert run(["service-tags", "update", "ServiceTags_Public_20261116.json"]) == 3
    assert "Write over it with --force." in capsys.readouterr().err

    assert run(["service-tags", "update", "ServiceTags_Public_20261116.json", "--force"]) == 0
    assert run(["service-tags", "show"]) == 0


# --- what the other commands make of it ------------------------------------------------------------------------------


def agents(folder: Path) -> Path:
    """A machine that lets build agents in by the tag AzureDevOps."""
    return snapshot_of(estate(allow("agents", "22", source="AzureDevOps")), folder, "--complete")


def assessment(snapshot: Path, out: Path, *options: str) -> dict[str, Any]:
    assert run(["audit", str(snapshot), "--out", str(out), "--format", "json", "--quiet", *options]) == 0
    document: dict[str, Any] = json.loads((out / "assessment.json").read_text())
    return document


def test_an_audit_uses_what_is_stored_and_names_it(stored: Path, home: Path) -> None:
    found = assessment(agents(home), home / "report")

    jsonschema.validate(found, json.loads(SCHEMA.read_text()))
    assert found["subject"]["service_tags"]["date"] == "2026-11-16"
    (path,) = (path for path in found["machines"][0]["paths"] if path["reach"] != "private")
    assert (path["certainty"], path["reach"], path["sources"]) == ("proven", "partial", ["20.37.158.0/23"])
    assert stored.exists()


@pytest.mark.usefixtures("stored")
def test_an_audit_can_be_told_to_use_nothing(home: Path) -> None:
    found = assessment(agents(home), home / "report", "--service-tags", "none")

    jsonschema.validate(found, json.loads(SCHEMA.read_text()))
    assert found["subject"]["service_tags"] is None
    assert found["machines"][0]["paths"][0]["certainty"] == "possible"


def test_microsofts_file_and_what_is_kept_of_it_give_the_same_bytes(stored: Path, home: Path) -> None:
    snapshot = agents(home)
    for name, tags in (("one", "ServiceTags_Public_20261116.json"), ("two", str(stored))):
        assessment(snapshot, home / name, "--service-tags", tags)

    assert (home / "one" / "assessment.json").read_bytes() == (home / "two" / "assessment.json").read_bytes()


def test_old_data_is_an_assumption_of_the_audit(home: Path) -> None:
    old = write("ServiceTags_Public_20200106.json")
    found = assessment(agents(home), home / "report", "--service-tags", old)

    (said,) = [sentence for sentence in found["assumptions"] if "service tag" in sentence]
    assert "AzureDevOps had the addresses that Microsoft published on 2020-01-06" in said


@pytest.mark.usefixtures("stored")
def test_gate_explain_and_ip_flow_use_what_is_stored(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    snapshot = str(agents(home))
    flow = ["--direction", "Inbound", "--protocol", "TCP", "--local", "10.0.0.4:22", "--remote", "8.8.8.8:50000"]
    told: dict[str, list[str]] = {}
    for options in ([], ["--service-tags", "none"]):
        capsys.readouterr()
        run(["explain", snapshot, "vm-one", "--port", "22", *options])
        run(["test-ip-flow", snapshot, "--vm", "vm-one", *flow, *options])
        run(["gate", snapshot, *options])
        shown = capsys.readouterr().out
        told["none" if options else "stored"] = [
            word for word in ("possibly open", "Open to some", "Deny", "Unknown", "UNKNOWN", "FAIL") if word in shown
        ]

    assert told["stored"][:2] == ["Open to some", "Deny"]
    assert "Unknown" not in told["stored"]
    assert told["none"][0] == "possibly open"
    assert "Unknown" in told["none"]


def test_a_file_of_tags_that_is_none_is_refused(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    snapshot = agents(home)

    assert run(["audit", str(snapshot), "--service-tags", str(home / "rows.json")]) == 3

    assert "is no file of service tags" in capsys.readouterr().err


# --- explain: what would turn the verdict ----------------------------------------------------------------------------


def test_explain_names_the_change_that_closes_a_door(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    snapshot = snapshot_of(estate(allow("ssh", "22")), tmp_path, "--complete")

    assert run(["explain", str(snapshot), "vm-one", "--port", "22", "--what-closes", "--what-would-open"]) == 0

    shown = capsys.readouterr().out
    assert "What closes it: delete rule ssh (priority 300) of NSG nsg" in shown
    assert "az network nsg rule delete" in shown
    assert "after that: closed from the internet" in shown
    assert "It is open already." in shown


def test_explain_says_it_in_json_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    snapshot = snapshot_of(estate(), tmp_path, "--complete")
    ask = ["explain", str(snapshot), "vm-one", "--port", "22", "--output", "json"]

    assert run([*ask, "--what-would-open", "--what-closes"]) == 0

    told = json.loads(capsys.readouterr().out)
    opens = told["what_would_open"]
    assert (opens["before"], opens["after"]) == ("closed", "open")
    assert opens["change"]["commands"][0].startswith("az network nsg rule create")
    assert [hop["code"] for hop in opens["stops"]] == ["NSG_DEFAULT_DENIES"]
    assert (told["what_closes"]["change"], told["what_closes"]["after"]) == (None, "closed")


def test_explain_says_where_no_single_change_suffices(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    snapshot = snapshot_of(estate(public=False), tmp_path, "--complete")

    assert run(["explain", str(snapshot), "vm-one", "--port", "22", "--what-would-open"]) == 0

    assert "No single change opens it for sure." in capsys.readouterr().out
