"""The rows as Resource Graph has them: one DuckDB table per table of its own, in a database that queries can't name."""

import tempfile
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

import duckdb
import duckdb_kql
import msgspec

from loopback.access import Access
from loopback.places import TABLES, resource_group_of, subscription_of, table_of
from loopback.tenant import Held, Tenant

TEXT_COLUMNS: Final = (
    "id",
    "name",
    "type",
    "tenantId",
    "kind",
    "location",
    "resourceGroup",
    "subscriptionId",
    "managedBy",
)
DYNAMIC_COLUMNS: Final = ("sku", "plan", "properties", "tags", "identity", "zones", "extendedLocation")
COLUMNS: Final = (*TEXT_COLUMNS, *DYNAMIC_COLUMNS)
_TYPES: Final = {**dict.fromkeys(TEXT_COLUMNS, "VARCHAR"), **dict.fromkeys(DYNAMIC_COLUMNS, "JSON")}
_STORED: Final = {**_TYPES, "row_scope": "VARCHAR"}


def graph_row(held: Held, tenant_id: str) -> dict[str, Any]:
    """A resource with every column of its table: text is never null, a dynamic column that says nothing is."""
    row = held.row
    subscription = subscription_of(held.id)
    made: dict[str, Any] = {name: row.get(name) or "" for name in TEXT_COLUMNS}
    made |= {name: row.get(name) for name in DYNAMIC_COLUMNS}
    made |= {"type": held.kind, "tenantId": tenant_id, "resourceGroup": resource_group_of(held.id).lower()}
    made["subscriptionId"] = row.get("subscriptionId") or subscription
    made["name"] = row.get("name") or held.id.rpartition("/")[2]
    scope = (row.get("properties") or {}).get("scope")
    made["row_scope"] = (scope.lower().rstrip("/") or "/") if isinstance(scope, str) else ""
    return made


class Store:
    """Tables for queries, kept up with the tenant."""

    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant
        self._version = -1
        self._lock = threading.Lock()
        self._empty: set[str] = set()
        self._connection = duckdb_kql.connect()
        self._connection.execute("ATTACH ':memory:' AS held")

    def cursor(self, tables: Iterable[str], shown: str, access: Access) -> duckdb.DuckDBPyConnection:
        """A connection that sees the rows of `tables` for which the SQL condition `shown` holds and `access` is given."""
        self.load()
        cursor = self._connection.cursor()
        condition = f"({shown}) AND {_readable(access)}"
        for table in tables:
            columns = ", ".join(f'"{name}"' for name in COLUMNS)
            cursor.execute(f"CREATE TEMP VIEW {table} AS SELECT {columns} FROM held.{table} WHERE {condition}")  # noqa: S608 - made of this module's names and quoted literals
        return cursor

    def load(self) -> None:
        """Take over the rows of the tenant, where it has changed. Every query does that first."""
        with self._lock:
            if self._version == self._tenant.version:
                return
            version = self._tenant.version
            rows: dict[str, list[Held]] = {name: [] for name in TABLES}
            for held in self._tenant:
                table = table_of(held.kind)
                if table is not None:
                    rows[table].append(held)
            with tempfile.TemporaryDirectory() as folder:
                self._connection.begin()  # others query meanwhile: they see the rows of before, or those of after
                for table, helds in rows.items():
                    self._load(table, helds, Path(folder))
                self._connection.commit()
            self._version = version

    def _load(self, table: str, helds: list[Held], folder: Path) -> None:
        if not helds and table in self._empty:
            return
        columns = ", ".join(f'"{name}" {kind}' for name, kind in _STORED.items())
        self._connection.execute(f"CREATE OR REPLACE TABLE held.{table} ({columns})")
        if not helds:
            self._empty.add(table)
            return
        self._empty.discard(table)
        path = folder / f"{table}.ndjson"
        encode = msgspec.json.Encoder().encode
        with path.open("wb") as file:
            file.writelines(encode(graph_row(held, self._tenant.tenant_id)) + b"\n" for held in helds)
        spec = ", ".join(f"'{name}': '{kind}'" for name, kind in _STORED.items())
        self._connection.execute(
            f"INSERT INTO held.{table} SELECT * FROM read_json(?, format='newline_delimited', columns={{{spec}}},"  # noqa: S608 - names of this module
            " maximum_object_size=67108864)",
            [str(path)],
        )


def _readable(access: Access) -> str:
    """The SQL condition for the rows that an identity may read. Azure leaves out the others without a word."""
    parts = [f"NOT starts_with(lower(id) || '/', {quoted(f'{scope}/')})" for scope in sorted(access.hidden)]
    denied = [quoted(action.removesuffix("/read")) for action in sorted(access.denied) if action.endswith("/read")]
    if denied:
        parts.append(f"type NOT IN ({', '.join(denied)})")
    return " AND ".join(parts) or "TRUE"


def quoted(text: str) -> str:
    """A SQL literal."""
    return "'" + text.replace("'", "''") + "'"
