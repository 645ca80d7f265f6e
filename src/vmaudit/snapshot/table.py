"""What an evidence table is."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Table:
    """One evidence table, kept in `evidence/<name>.ndjson.zst`.

    `types` are ARM resource types in lower case, as in Resource Graph's list of supported tables and resources. A table
    with a `parent` holds children that Azure also answers inside their parent's body; the estate joins them. One that
    is `like` another holds the same for Uniform scale sets: what leans on the other leans on it. `permission` is the
    action that reading it takes.
    """

    name: str
    title: str
    types: tuple[str, ...]
    permission: str
    parent: str | None = None
    like: str | None = None
