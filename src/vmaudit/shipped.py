"""Where the rules and the report templates are, in a checkout and in an installed wheel."""

from pathlib import Path

_PACKAGE = Path(__file__).parent


def shipped(folder: str) -> Path:
    """The shipped folder `rules` or `report_templates`: inside the wheel, or at the top of a checkout."""
    inside = _PACKAGE / folder
    return inside if inside.is_dir() else _PACKAGE.parent.parent / folder


def rules_folder() -> Path:
    """The folder that holds one YAML file per rule."""
    return shipped("rules")


def templates_folder() -> Path:
    """The folder that holds the Jinja templates of the reports."""
    return shipped("report_templates")
