import pytest

from collect.simulated import answer, error
from vmaudit.collect.answers import Answer, RefusedError, refusal, seconds_to_wait
from vmaudit.snapshot.manifest import OutcomeKind


def test_resource_graph_hides_its_reason_under_details() -> None:
    body = {
        "error": {
            "code": "BadRequest",
            "message": "Please provide below info when asking for support",
            "details": [{"code": "ResponsePayloadTooLarge", "message": "Response payload size is 17 MB."}],
        }
    }

    refused = refusal(answer(400, body))

    assert (refused.code, refused.message) == ("ResponsePayloadTooLarge", "Response payload size is 17 MB.")


def test_log_analytics_hides_its_reason_under_innererror() -> None:
    inner = {"code": "SemanticError", "innererror": {"code": "SEM0100", "message": "Failed to resolve table"}}
    body = {
        "error": {"code": "BadArgumentError", "message": "The request had some invalid properties", "innererror": inner}
    }

    refused = refusal(answer(400, body))

    assert "SEM0100" in refused.codes


@pytest.mark.parametrize("body", [b"<html>Bad gateway</html>", b"", b"[]", b'{"error": "no"}', b"\xff\xfe"])
def test_an_error_page_that_is_none_of_azures_has_its_status_for_a_code(body: bytes) -> None:
    assert refusal(Answer(502, {}, body)).code == "Http502"


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (403, "AuthorizationFailed", OutcomeKind.DENIED),
        (400, "AadPremiumLicenseRequired", OutcomeKind.DENIED),
        (404, "ResourceNotFound", OutcomeKind.FAILED),
        (409, "MissingSubscriptionRegistration", OutcomeKind.FAILED),
        (429, "TooManyRequests", OutcomeKind.FAILED),
        (401, "ExpiredAuthenticationToken", OutcomeKind.FAILED),
    ],
)
def test_what_a_refusal_makes_of_a_table(status: int, code: str, kind: OutcomeKind) -> None:
    assert refusal(error(status, code)).kind is kind


@pytest.mark.parametrize(
    ("status", "code", "step"),
    [
        (400, "AadPremiumLicenseRequired", "licence"),
        (409, "MissingSubscriptionRegistration", "register"),
        (401, "ExpiredAuthenticationToken", "Sign in again"),
        (429, "TooManyRequests", "--resume"),
    ],
)
def test_a_refusal_names_the_step_that_mends_it(status: int, code: str, step: str) -> None:
    assert step in refusal(error(status, code)).says


def test_a_long_message_is_cut() -> None:
    assert len(refusal(error(400, "Odd", "x" * 100_000)).says) < 600


def test_a_date_to_wait_for_is_compared_with_the_servers_own_clock() -> None:
    headers = {"retry-after": "Sat, 21 Nov 2026 09:00:30 GMT", "date": "Sat, 21 Nov 2026 09:00:00 GMT"}

    assert seconds_to_wait(headers) == 30


@pytest.mark.parametrize("text", ["soon", "-3", "12:00", "1:2:3:4"])
def test_a_time_that_says_nothing_is_no_time(text: str) -> None:
    assert seconds_to_wait({"retry-after": text, "x-ms-user-quota-resets-after": text}) is None


def test_a_refusal_of_nothing_that_http_knows_failed() -> None:
    assert RefusedError(0, "CountsDiffer", "").kind is OutcomeKind.FAILED
