import pytest

from vmaudit.collect.read_only import NotAQuestionError, check_question

ARM = "https://management.azure.com"
GRAPH = "https://graph.microsoft.com"


@pytest.mark.parametrize(
    ("method", "url", "endpoint"),
    [
        ("GET", f"{ARM}/subscriptions?api-version=2022-12-01", ARM),
        ("POST", f"{ARM}/providers/Microsoft.ResourceGraph/resources?api-version=2024-04-01", ARM),
        ("POST", f"{GRAPH}/v1.0/directoryObjects/getByIds", GRAPH),
        ("POST", "https://api.loganalytics.io/v1/workspaces/w/query", "https://api.loganalytics.io"),
    ],
)
def test_questions_may_leave(method: str, url: str, endpoint: str) -> None:
    check_question(method, url, endpoint)


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "HEAD", "post"])
def test_no_other_method_may(method: str) -> None:
    with pytest.raises(NotAQuestionError):
        check_question(method, f"{ARM}/providers/Microsoft.ResourceGraph/resources", ARM)


@pytest.mark.parametrize(
    "path",
    [
        "/subscriptions/s/providers/Microsoft.Security/register",
        "/subscriptions/s/providers/Microsoft.ResourceGraph/resources",
        "/providers/Microsoft.ResourceGraph/resources/x",
        "/v1.0/directoryObjects/getByIds/../../users",
    ],
)
def test_no_other_post_may(path: str) -> None:
    with pytest.raises(NotAQuestionError):
        check_question("POST", f"{ARM}{path}", ARM)


@pytest.mark.parametrize(
    "url",
    [
        "http://management.azure.com/subscriptions",
        "https://management.azure.com.evil.example/subscriptions",
        "https://management.azure.com@evil.example/subscriptions",
        "https://management.azure.com:444/subscriptions",
    ],
)
def test_nothing_goes_to_a_stranger_or_unencrypted(url: str) -> None:
    with pytest.raises(NotAQuestionError):
        check_question("GET", url, ARM)
