"""Options that several commands share."""

from pathlib import Path
from typing import Final

import click

config_option: Final = click.option(
    "--config",
    "config_path",
    type=click.Path(path_type=Path),
    help="A YAML file with the organisation's name and other values for the parameters of rules; none is read unless "
    "it is named.",
)
"""See docs/configuration.md."""
