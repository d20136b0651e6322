"""The OpenAPI document against what departments call, over real HTTP and with real tokens."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal
from uuid import UUID

import pytest
import requests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable

from gateway.tokens import Scope
from tests.operations.departments.serving import Served, served
from tests.services import Services

if TYPE_CHECKING:  # slow to import, and the unit suite collects this file too
    from schemathesis import BaseSchema

pytestmark = pytest.mark.services

SETTINGS = settings(deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
EXPLORE = settings(SETTINGS, max_examples=40)
REFUSE = settings(SETTINGS, max_examples=10)
CONFIG = {
    "generation": {"with-security-parameters": False},
    "checks": {"positive_data_acceptance": {"expected-statuses": ["2xx", 401, 403, 404, 409, 410]}},
}
"""The tests themselves choose the token; a file may be gone or withheld although all is well with the call."""
Sent = Literal["positive", "negative"]
OPERATIONS = {
    ("POST", "/api/v1/status"): Scope.STATUS,
    ("GET", "/api/v1/cases/{case_id}/contact"): Scope.CONTACT,
    ("GET", "/api/v1/attachments/{attachment_id}"): Scope.ATTACHMENTS,
}
every_operation = pytest.mark.parametrize("operation", OPERATIONS, ids=lambda one: one[1])
whatever_is_sent = pytest.mark.parametrize("sent", ["positive", "negative"])


@dataclass(frozen=True, slots=True)
class Described:
    """What is served, as its own document describes it."""

    served: Served
    document: "BaseSchema"
    session: requests.Session

    def cases(self, operation: tuple[str, str], sent: Sent) -> st.SearchStrategy[Any]:
        """Calls of an operation; of every two, one asks for what is there."""
        from schemathesis import GenerationMode

        method, path = operation
        made = self.document[path][method].as_strategy(generation_mode=GenerationMode(sent))
        there = self.served.files if OPERATIONS[operation] is Scope.ATTACHMENTS else (self.served.case_id,)
        return st.builds(_asking_for, made, st.none() | st.sampled_from(there))

    def call(self, case: Any, headers: dict[str, str]) -> Any:
        """Send it, and hold the answer against the document."""
        from schemathesis.specs.openapi.checks import negative_data_rejection

        known = {str(self.served.case_id), *map(str, self.served.files)}
        is_there = not known.isdisjoint(map(str, case.path_parameters.values()))
        return case.call_and_validate(
            base_url=self.served.url,
            headers=headers,
            session=self.session,
            excluded_checks=[negative_data_rejection] if is_there else [],  # its path was what was wrong with it
        )


def _asking_for(case: Any, known: UUID | None) -> Any:
    """The same call, about what is there."""
    if known is not None and case.path_parameters:
        case.path_parameters = dict.fromkeys(case.path_parameters, str(known))
    return case


@pytest.fixture(scope="module")
def described(services: Services, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Described]:
    """Give an installation that serves, and its document."""
    from schemathesis import openapi
    from schemathesis.config import SchemathesisConfig

    config = SchemathesisConfig.from_dict(CONFIG)
    with served(services, "described", tmp_path_factory.mktemp("served")) as found, requests.Session() as session:
        yield Described(found, openapi.from_url(f"{found.url}/openapi.json", config=config), session)


@whatever_is_sent
@every_operation
def test_every_answer_to_a_department_is_described_and_none_is_a_5xx(
    described: Described, operation: tuple[str, str], sent: Sent
) -> None:
    headers, seen = described.served.tokens[OPERATIONS[operation]], set[int]()

    @EXPLORE
    @given(case=described.cases(operation, sent))
    def explore(case: Any) -> None:
        seen.add(described.call(case, headers).status_code)

    _explore(explore, sent)
    assert 401 not in seen
    assert sent == "negative" or seen & {200, 202}


@whatever_is_sent
@every_operation
@pytest.mark.parametrize(("shown", "status"), [("another scope", 403), ("none", 401), ("forged", 401)])
def test_whatever_is_asked_without_the_right_token_is_refused(
    described: Described, operation: tuple[str, str], sent: Sent, shown: str, status: int
) -> None:
    other = described.served.token_without(OPERATIONS[operation])
    headers = {"another scope": other, "none": {}, "forged": {"Authorization": "Bearer cit_x"}}[shown]

    @REFUSE
    @given(case=described.cases(operation, sent))
    def explore(case: Any) -> None:
        assert described.call(case, headers).status_code == status

    _explore(explore, sent)


def _explore(explore: Any, sent: Sent) -> None:
    try:
        explore()
    except Unsatisfiable:
        assert sent == "negative", "nothing wrong can be sent to it"
