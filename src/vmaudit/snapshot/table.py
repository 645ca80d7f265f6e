"""What an evidence table is."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Table:
    """One evidence table, kept in `evidence/<name>.ndjson.zst`.

    `types` are ARM resource types in lower case, as in Resource Graph's list of supported tables and resources. A table
    with a `parent` holds children that Azure also answers inside their parent's body; the estate joins them. One that
    is `like` another holds the same for Uniform scale sets: what leans on the other leans on it. `permission` is the
    action that reading it takes. `about` is for rows that Azure does not answer as such: each names one object by the
    first key, and under the second lists what hangs on it. Rows about one object add up.
    """

    name: str
    title: str
    types: tuple[str, ...]
    permission: str
    parent: str | None = None
    like: str | None = None
    about: tuple[str, str] | None = None
