"""The Jinja environment of the reports: everything escaped, every missing name an error, every odd character visible."""

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from vmaudit.report.wording import code_parts, commands, counted, listed, moment, number, one_line, shortened, visible
from vmaudit.shipped import templates_folder

if TYPE_CHECKING:
    from jinja2 import Environment


def _shown(value: Any) -> Any:
    """What an expression of a template prints. Markup made by a macro passes: its parts were shown already."""
    return visible(value) if type(value) is str else value


@lru_cache(maxsize=1)
def environment() -> "Environment":
    """The environment over `report_templates/`. Jinja is imported on first use: `vmaudit --help` does without."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    made = Environment(
        loader=FileSystemLoader(templates_folder()),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        auto_reload=False,
    )
    made.filters.update(
        code_parts=code_parts,
        commands=commands,
        counted=counted,
        listed=listed,
        moment=moment,
        number=number,
        one_line=one_line,
        shortened=shortened,
    )
    return made
