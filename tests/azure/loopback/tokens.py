"""The token endpoint, and who a token belongs to."""

import base64
import json
import threading
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import uuid4

from loopback.access import Identity
from loopback.clock import Clock
from loopback.refusals import Refusal, arm

ARM_AUDIENCES: Final = (
    "https://management.azure.com",
    "https://management.core.windows.net",
    "https://management.core.usgovcloudapi.net",
    "https://management.usgovcloudapi.net",
    "https://management.chinacloudapi.cn",
    "https://management.core.chinacloudapi.cn",
)
GRAPH_AUDIENCES: Final = (
    "https://graph.microsoft.com",
    "https://graph.microsoft.us",
    "https://dod-graph.microsoft.us",
    "https://microsoftgraph.chinacloudapi.cn",
)
LOGS_AUDIENCES: Final = (
    "https://api.loganalytics.io",
    "https://api.loganalytics.azure.com",
    "https://api.loganalytics.us",
    "https://api.loganalytics.azure.cn",
)
ARM, GRAPH, LOGS, ANY = "arm", "graph", "logs", "any"
_SERVICE_OF: Final = {
    **dict.fromkeys(ARM_AUDIENCES, ARM),
    **dict.fromkeys(GRAPH_AUDIENCES, GRAPH),
    **dict.fromkeys(LOGS_AUDIENCES, LOGS),
}


@dataclass(frozen=True, slots=True)
class Token:
    """What a bearer token stands for."""

    identity: Identity
    service: str
    expires: datetime


class TokenOffice:
    """Issues a token per audience, and knows each one again until it expires."""

    def __init__(self, tenant_id: str, identities: dict[str, Identity], clock: Clock) -> None:
        self.tenant_id = tenant_id
        self.lifetime = timedelta(seconds=3599)
        self.identities = identities
        self._clock = clock
        self._tokens: dict[str, Token] = {}
        self._lock = threading.Lock()

    def configuration(self, base: str) -> dict[str, Any]:
        """What authority discovery asks for (`.well-known/openid-configuration`)."""
        authority = f"{base}/{self.tenant_id}"
        return {
            "token_endpoint": f"{authority}/oauth2/v2.0/token",
            "authorization_endpoint": f"{authority}/oauth2/v2.0/authorize",
            "device_authorization_endpoint": f"{authority}/oauth2/v2.0/devicecode",
            "issuer": f"{authority}/v2.0",
            "jwks_uri": f"{authority}/discovery/v2.0/keys",
            "tenant_region_scope": None,
        }

    def issue(self, form: dict[str, str], own: str) -> dict[str, Any]:
        """The answer to a request for a token by client secret. Raises Refusal with Entra's own words.

        A token for the server's `own` address opens all its services: a client whose endpoint is its audience gets in.
        """
        if form.get("grant_type") != "client_credentials":
            raise self._no(400, "unsupported_grant_type", 70003, "The app requested an unsupported grant type.")
        identity = self.identities.get(form.get("client_id", ""))
        if identity is None:
            raise self._no(400, "unauthorized_client", 700016, "Application was not found in the directory.")
        if form.get("client_secret") != identity.secret:
            raise self._no(401, "invalid_client", 7000215, "Invalid client secret provided.")
        scope = form.get("scope", "").split(" ")[0]
        audience = scope.removesuffix("/.default").rstrip("/")
        service = ANY if audience == own else _SERVICE_OF.get(audience)
        if service is None or not scope.endswith("/.default"):
            message = f"The resource principal named {audience} was not found in the tenant."
            raise self._no(400, "invalid_resource", 500011, message)
        expires = self._clock.now() + self.lifetime
        text = _jwt({"aud": audience, "appid": identity.client_id, "oid": identity.object_id, "tid": self.tenant_id,
                     "exp": int(expires.timestamp()), "jti": str(uuid4())})  # fmt: skip
        with self._lock:
            self._tokens[text] = Token(identity, service, expires)
        seconds = int(self.lifetime.total_seconds())
        return {"token_type": "Bearer", "expires_in": seconds, "ext_expires_in": seconds, "access_token": text}

    def holder(self, authorization: str | None, service: str) -> Identity:
        """Whose token it is. Raises a 401 Refusal without one, with one of another audience, or an expired one."""
        scheme, _, text = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not text:
            raise _unauthorized("AuthenticationFailed", "Authentication failed. The 'Authorization' header is missing.")
        with self._lock:
            token = self._tokens.get(text)
        if token is None:
            raise _unauthorized("InvalidAuthenticationToken", "The access token is invalid.")
        if token.service not in {service, ANY}:
            raise _unauthorized(
                "InvalidAuthenticationTokenAudience", "The access token has been obtained for the wrong audience."
            )
        if token.expires <= self._clock.now():
            raise _unauthorized("ExpiredAuthenticationToken", "The access token expiry UTC time is in the past.")
        return token.identity

    def expire_all(self) -> None:
        """Let every token that was issued so far be of no use any more."""
        past = self._clock.now() - timedelta(seconds=1)
        with self._lock:
            for text, token in self._tokens.items():
                self._tokens[text] = Token(token.identity, token.service, past)

    def issued(self) -> tuple[str, ...]:
        """Every token as text, for tests that look for them where they must not be."""
        with self._lock:
            return tuple(self._tokens)

    def _no(self, status: int, error: str, number: int, message: str) -> Refusal:
        said = (
            f"AADSTS{number}: {message} Trace ID: {uuid4()} Correlation ID: {uuid4()} Timestamp: {self._clock.stamp()}"
        )
        return Refusal(status, {"error": error, "error_description": said, "error_codes": [number]})


def _unauthorized(code: str, message: str) -> Refusal:
    challenge = (
        f'Bearer authorization_uri="https://login.windows.net/", error="invalid_token", error_description="{message}"'
    )
    return arm(401, code, message, {"WWW-Authenticate": challenge})


def _jwt(claims: dict[str, Any]) -> str:
    """A token in the form of a JWT, signed by nobody."""
    parts = (json.dumps({"typ": "JWT", "alg": "none"}), json.dumps(claims), "loopback")
    return ".".join(base64.urlsafe_b64encode(part.encode()).rstrip(b"=").decode() for part in parts)
