"""The API does what its own description says, whatever is sent that this allows, and refuses the rest."""

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance

from rag.server.reference import BEGIN, reference
from tests.conftest import REPOSITORY

CHECKS = [not_a_server_error, content_type_conformance, response_schema_conformance]


@pytest.fixture(scope="module")
def described(server: str) -> schemathesis.BaseSchema:
    """The description of a server."""
    return schemathesis.openapi.from_url(f"{server}/openapi.json")


def test_no_request_breaks_it(described: schemathesis.BaseSchema) -> None:
    called = set()
    for found in described.get_all_operations():
        operation = found.ok()

        @settings(
            max_examples=5,
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
            database=None,
        )
        @given(case=operation.as_strategy())
        def call(case: schemathesis.Case) -> None:
            called.add(case.operation.label)
            case.call_and_validate(checks=CHECKS, timeout=60)

        call()
    assert {"POST /v1/chat/completions", "POST /v1/documents", "DELETE /v1/documents", "GET /metrics"} <= called


def test_the_reference_is_what_the_code_says(api: httpx.Client) -> None:
    page = (REPOSITORY / "docs" / "api.md").read_text(encoding="utf-8")
    assert page.split(BEGIN)[1] == reference(api.get("/openapi.json").json())
