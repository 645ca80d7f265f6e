"""What may leave this process: questions, to the hosts of one cloud, and nothing else."""

import re
from typing import Final
from urllib.parse import urlsplit

_QUERIES: Final = (
    re.compile(r"/providers/microsoft\.resourcegraph/resources", re.IGNORECASE),
    re.compile(r"/v1/workspaces/[^/]+/query", re.IGNORECASE),
    re.compile(r"/v1\.0/directoryobjects/getbyids", re.IGNORECASE),
)
"""Paths that are asked by POST because the question is too long for an address."""


class NotAQuestionError(Exception):
    """Something was about to be sent that could change Azure, or that goes to a stranger. Nothing was sent."""


def check_question(method: str, url: str, endpoint: str) -> None:
    """Raise NotAQuestionError unless a request is a GET, or a query by POST, to the endpoint that it is meant for.

    >>> check_question("GET", "https://management.azure.com/subscriptions", "https://management.azure.com")
    >>> check_question("PUT", "https://management.azure.com/subscriptions", "https://management.azure.com")
    Traceback (most recent call last):
    vmaudit.collect.read_only.NotAQuestionError: PUT https://management.azure.com/subscriptions is no question
    """
    parts, home = urlsplit(url), urlsplit(endpoint)
    shown = f"{method} {parts.scheme}://{parts.netloc}{parts.path}"
    if (parts.scheme, parts.netloc.lower()) != ("https", home.netloc.lower()):
        raise NotAQuestionError(f"{shown} goes to another place than {endpoint}")
    if method != "GET" and not (method == "POST" and any(query.fullmatch(parts.path) for query in _QUERIES)):
        raise NotAQuestionError(f"{shown} is no question")
