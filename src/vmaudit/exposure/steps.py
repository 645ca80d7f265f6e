"""Commands that make a change in Azure, as values: whoever shows them quotes them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Step:
    """One command of the Azure CLI: `az VERB`, in the resource group of `resource`, with named options."""

    verb: str
    resource: str
    options: tuple[tuple[str, tuple[str, ...]], ...]


def az_step(verb: str, resource: str, **options: str | tuple[str, ...]) -> Step:
    """`nsg_name="x"` becomes `--nsg-name x`; a tuple is several values of one option."""
    named = ((f"--{name.replace('_', '-')}", value) for name, value in options.items())
    return Step(verb, resource, tuple((name, (value,) if isinstance(value, str) else value) for name, value in named))
