"""The wheel holds all that the program needs: it runs from a folder that knows nothing of the checkout."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("wheel")
    program = "import sys; from hatchling.build import build_wheel; print(build_wheel(sys.argv[1]))"
    done = subprocess.run(
        [sys.executable, "-c", program, str(out)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return out / done.stdout.splitlines()[-1]


@pytest.mark.slow
def test_the_wheel_ships_rules_templates_and_schema(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())

    rules = {f"vmaudit/{path.relative_to(ROOT)}" for path in (ROOT / "rules").rglob("*.yaml")}
    templates = {f"vmaudit/{path.relative_to(ROOT)}" for path in (ROOT / "report_templates").rglob("*.jinja")}
    assert rules | templates | {"vmaudit/report/assessment-v1.schema.json", "vmaudit/py.typed"} <= names


@pytest.mark.slow
def test_the_installed_wheel_audits_the_demo_outside_of_the_checkout(wheel: Path, tmp_path: Path) -> None:
    site = tmp_path / "site"
    zipfile.ZipFile(wheel).extractall(site)
    program = (
        f"import sys; sys.path.insert(0, {str(site)!r});"
        "import vmaudit; assert vmaudit.__file__.startswith(sys.path[0]), vmaudit.__file__;"
        "from vmaudit.cli import run; sys.exit(run(['demo', '--out', 'demo', '--format', 'html,json']))"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "demo" / "report.html").exists()
