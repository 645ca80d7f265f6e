"""Programs of the directory and what they sign in with: from Graph's rows to values (azure-facts 3.3)."""

from collections.abc import Mapping

from msgspec import UnsetType

from vmaudit.estate.directory_guards import Complete, Rows, owners
from vmaudit.estate.rights import PrincipalId, Workload
from vmaudit.estate.roles import principal_id
from vmaudit.estate.wire_directory import ApplicationRow, ProgramRow
from vmaudit.estate.wire_rights import Secret
from vmaudit.known import Read, Unknown

_Owners = Mapping[PrincipalId, tuple[PrincipalId, ...]]


def read_workloads(rows: Rows, complete: Complete) -> dict[PrincipalId, Workload]:
    """Every service principal, with the secrets and owners of its application."""
    applications = {(row.app_id or "").lower(): row for row in rows("applications", ApplicationRow)}
    of_programs, of_applications = owners(rows, "service_principal_owners"), owners(rows, "application_owners")
    unread = next(
        (
            table
            for name in ("service_principal_owners", "application_owners")
            if isinstance(table := complete(name), Unknown)
        ),
        None,
    )
    found: dict[PrincipalId, Workload] = {}
    for row in rows("service_principals", ProgramRow):
        application = applications.get((row.app_id or "").lower())
        one = principal_id(row.id)
        owned = bool(of_programs.get(one) or (application and of_applications.get(principal_id(application.id))))
        found[one] = Workload(
            managed=(row.service_principal_type or "").lower() == "managedidentity",
            secrets=_all_secrets(row, application, complete("applications")),
            owned=owned or unread or False,
        )
    return found


def _all_secrets(row: ProgramRow, application: ApplicationRow | None, complete: Read[bool]) -> Read[tuple[str, ...]]:
    """Those of the program and of its application. The application of another tenant is not to be seen from here."""
    if (row.service_principal_type or "").lower() == "managedidentity":
        return ()
    own = _secrets(row.password_credentials)
    if application is None:
        beyond = complete if isinstance(complete, Unknown) else Unknown("its application is in another tenant")
        return own if isinstance(own, Unknown) else beyond
    others = _secrets(application.password_credentials)
    if isinstance(own, Unknown) or isinstance(others, Unknown):
        return own if isinstance(own, Unknown) else others
    return (*own, *others)


def _secrets(given: tuple[Secret, ...] | UnsetType | None) -> Read[tuple[str, ...]]:
    if isinstance(given, UnsetType):
        return Unknown("the row of the program does not show its secrets")
    return tuple(one.start_date_time or "" for one in given or ())
