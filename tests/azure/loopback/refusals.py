"""How each of Azure's services says no: the bodies of its errors, as their clients take them apart."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import uuid4

_SUPPORT: Final = "Please provide below info when asking for support: timestamp = {}, correlationId = {}."


@dataclass(eq=False)
class Refusal(Exception):  # noqa: N818 - Azure refuses; nothing here went wrong
    """An answer other than 200. Raised anywhere below a route, it becomes the response."""

    status: int
    body: Mapping[str, Any]
    headers: Mapping[str, str] = field(default_factory=dict)


def arm(status: int, code: str, message: str, headers: Mapping[str, str] | None = None) -> Refusal:
    """What Azure Resource Manager and its providers answer."""
    return Refusal(status, {"error": {"code": code, "message": message}}, headers or {})


def authorization_failed(principal: str, action: str, scope: str) -> Refusal:
    """403 for a principal without the right; Azure names the action and the scope."""
    return arm(
        403,
        "AuthorizationFailed",
        f"The client '{principal}' with object id '{principal}' does not have authorization to perform action "
        f"'{action}' over scope '{scope}' or the scope is invalid. If access was recently granted, please refresh "
        "your credentials.",
    )


def resource_graph(
    status: int, code: str, *details: tuple[str, str], at: str, headers: Mapping[str, str] | None = None
) -> Refusal:
    """What Resource Graph answers: a code without meaning, and the reasons under `details`. `at` is the time there."""
    said = [{"code": detail, "message": message} for detail, message in details]
    error = {"code": code, "message": _SUPPORT.format(at, uuid4()), "details": said}
    return Refusal(status, {"error": error}, headers or {})


def invalid_query(detail: str, message: str, *, at: str) -> Refusal:
    """400 for KQL that can't be run: `ParserFailure`, `UnknownTable`, `InvalidQuery` ..."""
    general = "Query is invalid. Please refer to the documentation for the Azure Resource Graph service and fix the error before retrying."
    return resource_graph(400, "BadRequest", ("InvalidQuery", general), (detail, message), at=at)


def microsoft_graph(status: int, code: str, message: str, headers: Mapping[str, str] | None = None) -> Refusal:
    """What Microsoft Graph answers, with the ids that support asks for."""
    ids = {"request-id": str(uuid4()), "client-request-id": str(uuid4())}
    return Refusal(status, {"error": {"code": code, "message": message, "innerError": ids}}, headers or {})


def log_analytics(
    status: int,
    code: str,
    message: str,
    inner: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Refusal:
    """What the query endpoint of Log Analytics answers; a query that can't be run says why under `innererror`."""
    error: dict[str, Any] = {"message": message, "code": code, "correlationId": str(uuid4())}
    if inner is not None:
        error["innererror"] = inner
    return Refusal(status, {"error": error}, headers or {})


def semantic_error(code: str, message: str) -> Refusal:
    """400 for a query that names a table or column which is not there (`SEM0100`) or can't be parsed (`SYN0002`)."""
    kind = "SyntaxError" if code.startswith("SYN") else "SemanticError"
    inner = {"code": kind, "message": f"A {kind} occurred.", "innererror": {"code": code, "message": message}}
    return log_analytics(400, "BadArgumentError", "The request had some invalid properties", inner)
