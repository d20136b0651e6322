"""A department's system that reports what it does with a case, over HTTP with a token of its own."""

import json
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx

from tests.browser.running import Demo
from tests.waiting import until

_ROUTED_S = 120.0


@dataclass(frozen=True, slots=True)
class Department:
    """The system of the department that a case was routed to. `token` lets it report on its cases."""

    demo: Demo
    case_id: UUID
    token: str

    def reports(self, status: str, text: str | None = None) -> None:
        """Hand a report in."""
        told: dict[str, Any] = {"case_id": str(self.case_id), "status": status, "by": "desk-7"}
        answer = httpx.post(
            f"{self.demo.url}/api/v1/status",
            json=told | ({"text_for_customer": text} if text else {}),
            headers={"Authorization": f"Bearer {self.token}"},
            timeout=30,
        )
        assert answer.status_code == httpx.codes.ACCEPTED, answer.text


async def department_of(demo: Demo, number: str, name: str) -> Department:
    """The system of this department, once the complaint has been routed."""
    await until(lambda: demo.happened(number, "routed"), _ROUTED_S, 1)
    made = json.loads(demo.asked("tokens", "add", "browser", "--scope", "status", "--department", name, "--json"))
    return Department(demo, UUID(demo.shown(number)["case_id"]), made["token"])
